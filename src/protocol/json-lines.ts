import { concat, utf8 } from "./bytes.js";
import { DuetError } from "./problem.js";
import { type JsonObject, parseJsonObject } from "./strict-json.js";

/** JSON lines, as manifest and accept are made of: one object a line. We end each by LF; the last may come without. */

/** Without its LF. Room for a path and a link target of 4096 bytes each, escapes included in all but contrived cases. */
export const LINE_MAX_BYTES = 16_384;

const LF = 0x0a;
const EMPTY = new Uint8Array(0);

/** @throws DuetError `bad_message` for a line that no peer would take */
export function encodeLine(object: object): Uint8Array {
  const line = utf8(`${JSON.stringify(object)}\n`);
  if (line.length > LINE_MAX_BYTES + 1) throw badMessage("a line is too long");
  return line;
}

/** Cuts the plaintext of a message into lines as it comes, holding at most one line. */
export class LineReader {
  #held: Uint8Array = EMPTY;

  /**
   * @param plaintext the next chunk; kept only in copy
   * @returns lines without their LF, each good until the next: to be read by `readLine`
   * @throws DuetError `bad_message`
   */
  *push(plaintext: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    for (let end = plaintext.indexOf(LF); end !== -1; end = plaintext.indexOf(LF, start)) {
      yield this.#take(plaintext.subarray(start, end));
      start = end + 1;
    }
    const rest = plaintext.subarray(start);
    if (this.#held.length + rest.length > LINE_MAX_BYTES) throw badMessage("a line is too long");
    if (rest.length > 0) this.#held = concat(this.#held, rest);
  }

  /**
   * The message has ended.
   *
   * @throws DuetError `bad_message`
   */
  *finish(): Generator<Uint8Array> {
    if (this.#held.length > 0) yield this.#take(EMPTY);
  }

  #take(end: Uint8Array): Uint8Array {
    if (this.#held.length === 0) return end;
    const line = concat(this.#held, end);
    this.#held = EMPTY;
    return line;
  }
}

export function badMessage(message: string): DuetError {
  return new DuetError("bad_message", { message });
}

/** @throws DuetError `bad_message` */
export function readLine(line: Uint8Array): JsonObject {
  const object = line.length > LINE_MAX_BYTES ? undefined : parseJsonObject(line);
  if (object === undefined) throw badMessage("a line is not a JSON object");
  return object;
}
