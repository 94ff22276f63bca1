import { createHash } from "node:crypto";
import { type Manifest, type ManifestEntry, ManifestReader, PathTable } from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import { displayName } from "../display-name.js";
import type { IncomingMessage } from "../connection/incoming.js";
import { MANIFEST_MAX_BYTES, TEXT_MAX_BYTES } from "../lists/limits.js";
import { collisionKey, linkLeadsTo, PathFaults, topOf } from "../lists/names.js";
import type { SpoolOptions } from "../lists/spool.js";
import { SpooledEntries } from "../lists/spooled-entries.js";
import { nextTurn } from "../waiting.js";

/** How much of a list is read between two turns: some hundred lines, so a few milliseconds. */
const BYTES_A_TURN = 64 * 1024;

/** A manifest that was read to its end, added up, and holds only names that may be stored. */
export interface OfferedManifest {
  readonly manifest: Manifest;
  /** Its paths, and the folders that they imply. */
  readonly paths: PathTable;
  /** Equal for equal manifests: whether a person has to be asked again. */
  readonly digest: string;
  /** Lets go of the list. */
  close(): void;
}

export interface ManifestOptions extends SpoolOptions {
  /** Of the plaintext; `MANIFEST_MAX_BYTES` if not given. */
  readonly maxBytes?: number;
}

/**
 * Refuses the whole offer when a single name could do harm: who sends one such name is not to be trusted with the
 * others, and our own senders leave them out.
 *
 * @throws DuetError `bad_message` for anything that an honest sender does not send, `connection_lost`, `interfered`,
 * and `no_space` or `cannot_write` when there is no room for the list
 */
export async function readManifest(message: IncomingMessage, options: ManifestOptions = {}): Promise<OfferedManifest> {
  const entries = new SpooledEntries(options);
  try {
    return await readInto(entries, message, options.maxBytes ?? MANIFEST_MAX_BYTES);
  } catch (error) {
    entries.close();
    throw error;
  }
}

async function readInto(entries: SpooledEntries, message: IncomingMessage, maxBytes: number): Promise<OfferedManifest> {
  const paths = new PathTable({ fold: collisionKey });
  const faults = new PathFaults();
  const add = (entry: ManifestEntry, line: Uint8Array): void => {
    const fault = faults.of(entry.path);
    if (fault !== undefined) throw refused(`${displayName(entry.path)} ${fault}`);
    entries.add(entry, line);
  };
  const reader = new ManifestReader({ add }, paths);
  const hash = createHash("sha256");
  let bytes = 0;
  for (let chunk = await message.next(); chunk !== undefined; chunk = await message.next()) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw refused("the list of files is too long");
    hash.update(chunk);
    for (let at = 0; at < chunk.length; at += BYTES_A_TURN) {
      reader.push(chunk.subarray(at, at + BYTES_A_TURN));
      await nextTurn();
    }
  }
  const head = reader.finish();
  checkLinks(entries, paths);
  if (head.kind === "text" && (head.bytes ?? 0) > TEXT_MAX_BYTES) throw refused("the text is too long");
  return { manifest: { head, entries }, paths, digest: hash.digest("base64url"), close: () => entries.close() };
}

function checkLinks(entries: SpooledEntries, paths: PathTable): void {
  for (let index = 0; index < entries.length; index++) {
    const entry = entries.sizes.typeOf(index) === "link" ? entries.at(index) : undefined;
    if (entry?.type === "link" && !leadsInside(entry.path, entry.target, paths))
      throw refused(`${displayName(entry.path)} is a link that leads out of the folder`);
  }
}

function leadsInside(path: string, target: string, paths: PathTable): boolean {
  const place = linkLeadsTo(path, target);
  // Beside a topmost link lie the recipient's own files: only what arrives with it may be meant.
  return place !== undefined && paths.has(topOf(place));
}

function refused(message: string): DuetError {
  return new DuetError("bad_message", { message, hint: "Nothing was written. Ask the sender what they sent." });
}
