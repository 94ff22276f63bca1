import { hash } from "node:crypto";

/**
 * Which names may be stored, beyond what PROTOCOL.md section 6 says of a path on the wire. The rules are the same on
 * every platform, on both sides: what one machine stores, each other must be able to hold too, and a hostile sender
 * gets the same answer everywhere. A sender leaves such files out and says so; a recipient refuses the whole offer.
 *
 * Bidi marks and other invisible characters are part of real names (Persian, Hebrew, emoji), so they are stored as
 * they came, shown escaped (`displayName`), and ignored when two names are compared. Control characters are refused.
 */

/** What ext4, APFS and NTFS hold, in bytes of UTF-8 (they count differently; this is the smallest). */
const NAME_MAX_BYTES = 255;
/** Deeper than any folder that people make, shallow enough that no walk over the parents of a path costs much. */
const DEPTH_MAX = 128;

/** Names of devices on Windows, with any ending: `nul.txt` opens the null device too. */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])[ ]*(?:\.|$)/i;
const CONTROL = /\p{Cc}/u;
const LONE_SURROGATE = /\p{Cs}/u;
/** Characters that Windows has other uses for (NTFS streams, wildcards, redirection). Common in names elsewhere. */
const WINDOWS_ONLY = /[<>:"|?*]/;
const ASCII = /^[ -~]*$/;
/** What HFS+ and APFS skip when they compare names: `.gi<U+200C>t` was once the same folder as `.git` (CVE-2014-9390). */
const IGNORED = /[\u00ad\u034f\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;

/**
 * @param name one part of a path
 * @param platform as `process.platform`; only adds rules, never lifts one
 * @returns why it may not be stored, as the end of a sentence that begins with the name; undefined when it may
 */
export function nameFault(name: string, platform: string = process.platform): string | undefined {
  if (name === "" || name === "." || name === "..") return "is not a name";
  if (/[/\\]/.test(name)) return "holds a path separator";
  if (CONTROL.test(name)) return "holds a control character";
  if (LONE_SURROGATE.test(name)) return "is not valid Unicode";
  if (/^[a-z]:/i.test(name)) return "begins with a drive letter";
  if (/[. ]$/.test(name)) return "ends in a dot or a space";
  if (RESERVED.test(name)) return "is the name of a device on Windows";
  if (collisionKey(name) === "") return "has no visible character";
  if (Buffer.byteLength(name) > NAME_MAX_BYTES) return `is longer than ${NAME_MAX_BYTES} bytes`;
  if (platform === "win32" && WINDOWS_ONLY.test(name)) return "holds a character that Windows does not store";
  return undefined;
}

/** `nameFault` for every part of a path, and its depth. */
export function pathFault(path: string, platform: string = process.platform): string | undefined {
  const parts = path.split("/");
  if (parts.length > DEPTH_MAX) return `is more than ${DEPTH_MAX} folders deep`;
  for (const part of parts) {
    const fault = nameFault(part, platform);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** `pathFault` for one path after the other: of those in one folder, the folder is looked at once. */
export class PathFaults {
  readonly #platform: string;
  /** The folder of the latest path, in which nothing is wrong. */
  #folder = "";

  constructor(platform: string = process.platform) {
    this.#platform = platform;
  }

  of(path: string): string | undefined {
    const slash = path.lastIndexOf("/");
    const isKnown = slash !== -1 && slash === this.#folder.length && path.startsWith(this.#folder);
    if (isKnown) return nameFault(path.slice(slash + 1), this.#platform);
    const fault = pathFault(path, this.#platform);
    if (fault === undefined) this.#folder = path.slice(0, Math.max(slash, 0));
    return fault;
  }
}

/** The first part of a path: what appears in the folder that receives. */
export function topOf(path: string): string {
  const slash = path.indexOf("/");
  return slash === -1 ? path : path.slice(0, slash);
}

/**
 * Two names with one key may be one file somewhere: on a file system that ignores case, Unicode normalisation or
 * invisible characters. Upper case first, then lower, folds more than either (ß, ς, ı). It may call two names equal
 * that no file system takes for one; that only costs another name.
 */
export function collisionKey(path: string): string {
  // Of ASCII the rest makes the same, and a list may hold a million names.
  if (ASCII.test(path)) return path.toLowerCase();
  return path.replace(IGNORED, "").normalize("NFD").toUpperCase().toLowerCase().normalize("NFD");
}

/**
 * Where a link leads, from names alone. Only leading `..` count: behind a name they would turn around in a folder that
 * may itself be a link, and two links that each stay inside could together lead out.
 *
 * @param path the link, in a transfer
 * @returns the path in the same transfer that it leads to, below the same topmost folder or, for a topmost link,
 *   beside it; undefined when it leads elsewhere
 */
export function linkLeadsTo(path: string, target: string, platform: string = process.platform): string | undefined {
  if (target === "" || target.startsWith("/") || target.includes("\\")) return undefined;
  const folder = path.split("/").slice(0, -1);
  // The topmost folder is what people see arrive: a link may not leave it.
  const floor = Math.min(folder.length, 1);
  let upwards = true;
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (!upwards || folder.length <= floor) return undefined;
      folder.pop();
      continue;
    }
    upwards = false;
    if (nameFault(part, platform) !== undefined) return undefined;
    folder.push(part);
  }
  return folder.length === 0 ? undefined : folder.join("/");
}

/** `report.pdf` → `report (1).pdf`; what is too long loses its end, never its ending. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf(".");
  const split = dot > 0 && name.length - dot <= 16 ? dot : name.length;
  const tail = ` (${number})${name.slice(split)}`;
  return shortened(name.slice(0, split), NAME_MAX_BYTES - Buffer.byteLength(tail)) + tail;
}

/** 32 bits: names that are cut at the same place get different parts. */
const CUT_DIGITS = 8;

/**
 * The name of a file that is not complete: `<name>.<mark>.part`, for one name always the same and for two names never. The mark
 * is random and told to nobody, so no name that a sender chooses is one.
 */
export function partName(name: string, mark: string): string {
  const tail = partTail(mark);
  if (Buffer.byteLength(name) <= NAME_MAX_BYTES - tail.length) return name + tail;
  const cut = `.${hash("sha256", name, "hex").slice(0, CUT_DIGITS)}${tail}`;
  return shortened(name, NAME_MAX_BYTES - cut.length) + cut;
}

/** Whether a file of that name is a part of the transfer that has this mark. */
export function isPartNameOf(mark: string, name: string): boolean {
  return name.endsWith(partTail(mark));
}

function partTail(mark: string): string {
  return `.${mark}.part`;
}

/** The longest beginning of whole characters that fits into so many bytes. */
function shortened(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let kept = "";
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept.replace(/[. ]+$/, "");
}
