import { fromBase64Url, toBase64Url } from "./base64url.js";
import { badMessage, encodeLine, LineReader } from "./json-lines.js";
import type { Manifest } from "./manifest.js";
import { isCount, type JsonObject } from "./strict-json.js";

/** What the recipient wants (PROTOCOL.md section 6, accept): a default, then ascending exceptions from it. */

const SHA256_BYTES = 32;

export type Decision =
  | { readonly do: "send" }
  | { readonly do: "skip" }
  | {
      readonly do: "resume";
      /** How many bytes are there. */
      readonly offset: number;
      /** Of those bytes. */
      readonly sha256: Uint8Array;
    };

export interface Acceptance {
  readonly default: "send" | "skip";
  /** By entry. */
  readonly exceptions: ReadonlyMap<number, Decision>;
}

/** @returns what is to be done with an entry */
export function decisionFor(acceptance: Acceptance, entry: number): Decision {
  return acceptance.exceptions.get(entry) ?? { do: acceptance.default };
}

export function encodeAcceptHead(choice: "send" | "skip"): Uint8Array {
  return encodeLine({ default: choice });
}

export function encodeAcceptException(entry: number, decision: Decision): Uint8Array {
  if (decision.do !== "resume") return encodeLine({ entry, do: decision.do });
  return encodeLine({ entry, do: "resume", offset: decision.offset, sha256: toBase64Url(decision.sha256) });
}

/** Reads the answer to a manifest as its chunks come. */
export class AcceptReader {
  readonly #manifest: Manifest;
  readonly #lines = new LineReader();
  readonly #exceptions = new Map<number, Decision>();
  #default: "send" | "skip" | undefined;
  #latest = -1;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  /** @throws DuetError `bad_message` */
  push(plaintext: Uint8Array): void {
    for (const line of this.#lines.push(plaintext)) this.#read(line);
  }

  /** The message has ended. @throws DuetError `bad_message` */
  finish(): Acceptance {
    for (const line of this.#lines.finish()) this.#read(line);
    if (this.#default === undefined) throw badMessage("the answer is empty");
    return { default: this.#default, exceptions: this.#exceptions };
  }

  #read(line: JsonObject): void {
    if (this.#default === undefined) this.#default = readDefault(line);
    else this.#add(line);
  }

  #add(line: JsonObject): void {
    const { entry } = line;
    if (!isCount(entry) || entry <= this.#latest) throw badMessage("the exceptions do not ascend");
    const offered = this.#manifest.entries.at(entry);
    if (offered === undefined) throw badMessage("an exception for an entry that was not offered");
    const decision = readDecision(line);
    if (
      decision.do === "resume" &&
      (offered.type !== "file" || offered.size === null || decision.offset > offered.size)
    ) {
      throw badMessage("an entry cannot be resumed there");
    }
    this.#exceptions.set(entry, decision);
    this.#latest = entry;
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
