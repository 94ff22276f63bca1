import { renderUnicodeCompact } from "uqr";

/** What readers of such codes expect around it (ISO/IEC 18004 asks for four; two are enough for today's cameras). */
const QUIET_ZONE = 2;

/**
 * A text as a QR code of block characters, two rows of it in each line.
 *
 * @param text at most some 2,900 characters
 */
export function qrLines(text: string): readonly string[] {
  // Light modules are drawn, dark ones left: right on a dark terminal, and today's readers take both.
  return renderUnicodeCompact(text, { border: QUIET_ZONE, ecc: "M" }).split("\n");
}
