import { fromBase64Url, toBase64Url } from "./base64url.js";
import { Acceptance, type Decision, RESUMES_MAX } from "./acceptance.js";
import { EntrySizes } from "./entry-sizes.js";
import { badMessage, encodeLine, LineReader, readLine } from "./json-lines.js";
import type { Manifest } from "./manifest.js";
import { isCount, type JsonObject } from "./strict-json.js";

/** What the recipient wants (PROTOCOL.md section 6, accept): a default, then ascending exceptions from it. */

const SHA256_BYTES = 32;

export function encodeAcceptHead(choice: "send" | "skip"): Uint8Array {
  return encodeLine({ default: choice });
}

export function encodeAcceptException(entry: number, decision: Decision): Uint8Array {
  if (decision.do !== "resume") return encodeLine({ entry, do: decision.do });
  return encodeLine({ entry, do: "resume", offset: decision.offset, sha256: toBase64Url(decision.sha256) });
}

/** Reads the answer to a manifest as its chunks come. */
export class AcceptReader {
  readonly #sizes: EntrySizes;
  readonly #lines = new LineReader();
  #acceptance: Acceptance | undefined;
  #latest = -1;
  #resumes = 0;

  constructor({ entries }: Manifest) {
    this.#sizes = EntrySizes.of(entries);
  }

  /** @throws DuetError `bad_message` */
  push(plaintext: Uint8Array): void {
    for (const line of this.#lines.push(plaintext)) this.#read(line);
  }

  /** The message has ended. @throws DuetError `bad_message` */
  finish(): Acceptance {
    for (const line of this.#lines.finish()) this.#read(line);
    if (this.#acceptance === undefined) throw badMessage("the answer is empty");
    return this.#acceptance;
  }

  #read(bytes: Uint8Array): void {
    const line = readLine(bytes);
    if (this.#acceptance === undefined) this.#acceptance = new Acceptance(readDefault(line));
    else this.#add(line, this.#acceptance);
  }

  #add(line: JsonObject, acceptance: Acceptance): void {
    const { entry } = line;
    if (!isCount(entry) || entry <= this.#latest) throw badMessage("the exceptions do not ascend");
    if (entry >= this.#sizes.length) throw badMessage("an exception for an entry that was not offered");
    const decision = readDecision(line);
    if (decision.do === "resume") this.#checkResume(entry, decision.offset);
    acceptance.set(entry, decision);
    this.#latest = entry;
  }

  #checkResume(entry: number, offset: number): void {
    const size = this.#sizes.sizeOf(entry);
    if (!this.#sizes.isFile(entry) || size === null || offset > size)
      throw badMessage("an entry cannot be resumed there");
    if (++this.#resumes > RESUMES_MAX) throw badMessage("too many entries are to be resumed");
  }
}

function readDefault(line: JsonObject): "send" | "skip" {
  const choice = line["default"];
  if (choice !== "send" && choice !== "skip") throw badMessage("the answer has no default");
  return choice;
}

function readDecision({ do: action, offset, sha256 }: JsonObject): Decision {
  if (action === "send" || action === "skip") return { do: action };
  const hash = typeof sha256 === "string" ? fromBase64Url(sha256) : undefined;
  if (action !== "resume" || !isCount(offset) || hash?.length !== SHA256_BYTES)
    throw badMessage("an exception is not valid");
  return { do: action, offset, sha256: hash };
}
