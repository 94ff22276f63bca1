import {
  HELLO_MAX_BYTES,
  STAPLED_LINE,
  type StaplerErrorCode,
  WAITING_LINE,
  formatErrorLine,
  parseHelloLine,
} from "../protocol/hello-line.js";
import type { Hello } from "./admission.js";

const LF = 0x0a;

/** The answer lines, as bytes that are made once. */
export const WAITING: Buffer = Buffer.from(WAITING_LINE, "ascii");
export const STAPLED: Buffer = Buffer.from(STAPLED_LINE, "ascii");

/** @returns the answer line of a refusal */
export function errorLine(code: StaplerErrorCode): Buffer {
  return Buffer.from(formatErrorLine(code), "ascii");
}

/** What a hello reader knows after some bytes: not all yet, no hello line, or the line and the bytes behind it. */
export type HelloProgress =
  | { readonly kind: "more" }
  | { readonly kind: "bad" }
  | { readonly kind: "hello"; readonly hello: Hello; readonly rest: Buffer };

const MORE: HelloProgress = { kind: "more" };
const BAD: HelloProgress = { kind: "bad" };

/** Collects the bytes of one hello line, however they are cut, and never more than `HELLO_MAX_BYTES` of them. */
export class HelloReader {
  #line = "";

  /**
   * @param bytes what arrived; may be overwritten afterwards
   * @returns with `hello`, `rest` is a view into `bytes`: the first bytes of the stream behind the line
   */
  push(bytes: Buffer): HelloProgress {
    const end = bytes.indexOf(LF);
    const length = this.#line.length + (end === -1 ? bytes.length : end);
    // The LF counts: a line without one may have one byte less.
    if (length >= HELLO_MAX_BYTES) return BAD;
    // One character per byte, whatever the bytes are.
    this.#line += bytes.toString("latin1", 0, end === -1 ? bytes.length : end);
    if (end === -1) return MORE;
    const hello = parseHelloLine(this.#line);
    return hello === undefined ? BAD : { kind: "hello", hello, rest: bytes.subarray(end + 1) };
  }

  /** Whether anything has arrived: a connection that ends without a byte gets no answer. */
  get empty(): boolean {
    return this.#line.length === 0;
  }
}
