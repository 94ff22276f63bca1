import { createHash } from "node:crypto";
import { type EntryList, type Manifest, ManifestReader } from "../protocol/index.js";
import { DuetError } from "../protocol/problem.js";
import { displayName } from "./display-name.js";
import type { IncomingMessage } from "./incoming.js";
import { MANIFEST_MAX_BYTES, TEXT_MAX_BYTES } from "./limits.js";
import { collisionKey, linkLeadsTo, pathFault } from "./names.js";

/** A manifest that was read to its end, added up, and holds only names that may be stored. */
export interface OfferedManifest {
  readonly manifest: Manifest;
  /** Equal for equal manifests: whether a person has to be asked again. */
  readonly digest: string;
}

/** @throws DuetError `bad_message` for anything that an honest sender does not send, `connection_lost`, `interfered` */
export async function readManifest(message: IncomingMessage): Promise<OfferedManifest> {
  const reader = new ManifestReader();
  const hash = createHash("sha256");
  let bytes = 0;
  for (let chunk = await message.next(); chunk !== undefined; chunk = await message.next()) {
    bytes += chunk.length;
    if (bytes > MANIFEST_MAX_BYTES) throw refused("the list of files is too long");
    hash.update(chunk);
    reader.push(chunk);
  }
  const manifest = reader.finish();
  checkNames(manifest.entries);
  if (manifest.head.kind === "text" && (manifest.head.bytes ?? 0) > TEXT_MAX_BYTES)
    throw refused("the text is too long");
  return { manifest, digest: hash.digest("base64url") };
}

/**
 * Refuses the whole offer when a single name could do harm: who sends one such name is not to be trusted with the
 * others, and our own senders leave them out.
 */
function checkNames(entries: EntryList): void {
  const spellings = new Spellings();
  for (const { path } of entries) {
    const fault = pathFault(path);
    if (fault !== undefined) throw refused(`${displayName(path)} ${fault}`);
    spellings.add(path);
  }
  for (const entry of entries) {
    if (entry.type === "link" && !leadsInside(entry.path, entry.target, spellings)) {
      throw refused(`${displayName(entry.path)} is a link that leads out of the folder`);
    }
  }
}

function leadsInside(path: string, target: string, spellings: Spellings): boolean {
  const place = linkLeadsTo(path, target);
  // Beside a topmost link lie the recipient's own files: only what arrives with it may be meant.
  return place !== undefined && spellings.hasTop(topOf(place));
}

/** A name in its folder, as it was first spelled. */
interface Spelled {
  readonly name: string;
  inside: Map<string, Spelled> | undefined;
}

/**
 * Every path and every folder in one, by what file systems may take for the same. A tree and not a set of paths: what
 * a path costs then grows with its length, not with its length times its depth.
 */
class Spellings {
  readonly #root: Spelled = { name: "", inside: undefined };

  add(path: string): void {
    let folder = this.#root;
    for (const name of path.split("/")) {
      folder.inside ??= new Map();
      const key = collisionKey(name);
      let known = folder.inside.get(key);
      if (known === undefined) {
        known = { name, inside: undefined };
        folder.inside.set(key, known);
      } else if (known.name !== name) {
        throw refused(
          `${displayName(name)} and ${displayName(known.name)} differ only in case or in invisible characters`,
        );
      }
      folder = known;
    }
  }

  /** Whether something topmost has this name. */
  hasTop(name: string): boolean {
    return this.#root.inside?.get(collisionKey(name))?.name === name;
  }
}

/** The first part of a path: what appears in the folder that receives. */
export function topOf(path: string): string {
  const slash = path.indexOf("/");
  return slash === -1 ? path : path.slice(0, slash);
}

function refused(message: string): DuetError {
  return new DuetError("bad_message", { message, hint: "Nothing was written. Ask the sender what they sent." });
}
