import { badMessage } from "./json-lines.js";
import { HASH_KEY_BYTES, NameHash } from "./name-hash.js";
import { isWirePath, PATHS_MAX } from "./paths.js";
import { platformRandom, type RandomBytes } from "./random.js";
import { replaceUnsafe } from "./unsafe-text.js";

/** What is known of a path: only as a folder of what was listed, or as what it was listed. */
const KINDS = { implied: 0, file: 1, dir: 2, link: 3 } as const;
const KIND_BITS = 2;
const KIND_MASK = 3;
/** Set in every mark, so that a mark of 0 is an empty slot. */
const TAKEN = 0x8000_0000;
/** Two words of the hash, and the mark. */
const WORDS = 3;
const SLOTS_AT_FIRST = 1024;

export interface PathTableOptions {
  /**
   * Names of one folder that it makes equal may be one file somewhere, so that only one of them may come. Without it
   * every name is its own.
   */
  readonly fold?: (name: string) => string;
  readonly random?: RandomBytes;
}

/**
 * Sees to it that no two paths are equal, that nothing is inside of what is not a directory listed before it, and that
 * no folder has two spellings of one name.
 *
 * It keeps no names, only keyed hashes, each of a name and the hash of the folder around it: 12 bytes in an open
 * table, so a million paths take 25 MB, and what a path costs grows with its length, not with its length times its
 * depth. Equal paths always meet. Two different ones do by chance: among a million paths once in 37 million lists, and
 * then an honest list is refused, never a bad one taken. Who does not know the key cannot bring that about.
 */
export class PathTable {
  readonly #fold: (name: string) => string;
  readonly #hash: NameHash;
  #slots = new Uint32Array(SLOTS_AT_FIRST * WORDS);
  #count = 0;
  /** The folder of the latest path, which most often is that of the next, and its hash. */
  #folder = "";
  #folderHigh = 0;
  #folderLow = 0;
  /** Of the latest name: its hash as folded, and its mark less the kind. */
  #high = 0;
  #low = 0;
  #mark = 0;

  constructor({ fold = (name) => name, random = platformRandom }: PathTableOptions = {}) {
    this.#fold = fold;
    this.#hash = new NameHash(random(HASH_KEY_BYTES));
  }

  /** @throws DuetError `bad_message` */
  add(path: string, type: "file" | "dir" | "link"): void {
    if (!isWirePath(path)) throw badMessage("a path is not valid");
    const slash = path.lastIndexOf("/");
    if (slash === -1) this.#enter("", 0, 0);
    else if (!path.startsWith(this.#folder) || this.#folder.length !== slash) this.#addFolders(path, slash);
    this.#name(path.slice(slash + 1));
    const at = this.#find();
    const known = this.#slots[at + 2] ?? 0;
    // Also a directory behind what is in it, which is there already as implied.
    if (known !== 0) {
      this.#checkSpelling(known, path);
      throw badMessage("a path comes twice, or a directory after what is in it");
    }
    this.#put(at, KINDS[type]);
  }

  /** Whether this path, so spelled, was listed or is a folder of one that was. */
  has(path: string): boolean {
    return this.#lookUp(path) === "same";
  }

  /** Whether there is a path with the same folded names. */
  meets(path: string): boolean {
    return this.#lookUp(path) !== "nothing";
  }

  /** Sees to everything above the last name. */
  #addFolders(path: string, end: number): void {
    let [high, low] = [0, 0];
    for (let start = 0; start < end;) {
      const slash = path.indexOf("/", start);
      this.#enter("", high, low);
      this.#name(path.slice(start, slash));
      const at = this.#find();
      const known = this.#slots[at + 2] ?? 0;
      [high, low] = [this.#high, this.#low];
      if (known === 0) this.#put(at, KINDS.implied);
      else {
        this.#checkSpelling(known, path.slice(0, slash));
        const kind = known & KIND_MASK;
        if (kind === KINDS.file || kind === KINDS.link) throw badMessage("a path leads through what is no directory");
      }
      start = slash + 1;
    }
    this.#enter(path.slice(0, end), high, low);
  }

  #lookUp(path: string): "nothing" | "alike" | "same" {
    let [high, low] = [0, 0];
    let found: "nothing" | "alike" | "same" = "same";
    for (const name of path.split("/")) {
      this.#enter("", high, low);
      this.#name(name);
      const known = this.#slots[this.#find() + 2] ?? 0;
      [high, low] = [this.#high, this.#low];
      if (known === 0) found = "nothing";
      else if (!isSpelled(known, this.#mark)) found = "alike";
      if (found === "nothing") break;
    }
    this.#enter("", 0, 0);
    return found;
  }

  #enter(folder: string, high: number, low: number): void {
    this.#folder = folder;
    this.#folderHigh = high;
    this.#folderLow = low;
  }

  /** Hashes a name of the current folder. */
  #name(name: string): void {
    const hash = this.#hash;
    hash.update(this.#folderHigh, this.#folderLow, name);
    // Both halves, of which the folded name may have the same.
    this.#mark = (TAKEN | ((hash.high ^ hash.low) << KIND_BITS)) >>> 0;
    const folded = this.#fold(name);
    if (folded !== name) hash.update(this.#folderHigh, this.#folderLow, folded);
    this.#high = hash.high;
    this.#low = hash.low;
  }

  /** @returns where the latest name is, or may be put */
  #find(): number {
    const words = this.#slots;
    const mask = words.length / WORDS - 1;
    for (let slot = this.#low & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      if (words[at + 2] === 0 || (words[at] === this.#high && words[at + 1] === this.#low)) return at;
    }
  }

  #put(at: number, kind: number): void {
    if (++this.#count > PATHS_MAX) throw badMessage("the manifest has too many paths");
    this.#slots[at] = this.#high;
    this.#slots[at + 1] = this.#low;
    this.#slots[at + 2] = this.#mark | kind;
    // Two of three slots taken is where a search becomes slow.
    if (this.#count * 3 * WORDS > this.#slots.length * 2) this.#grow();
  }

  #grow(): void {
    const old = this.#slots;
    const words = new Uint32Array(old.length * 2);
    const mask = words.length / WORDS - 1;
    for (let from = 0; from < old.length; from += WORDS) {
      if (old[from + 2] === 0) continue;
      let slot = (old[from + 1] ?? 0) & mask;
      while (words[slot * WORDS + 2] !== 0) slot = (slot + 1) & mask;
      for (let word = 0; word < WORDS; word++) words[slot * WORDS + word] = old[from + word] ?? 0;
    }
    this.#slots = words;
  }

  #checkSpelling(known: number, path: string): void {
    if (isSpelled(known, this.#mark)) return;
    throw badMessage(`${replaceUnsafe(path, escaped)} and another path differ only in case or in invisible characters`);
  }
}

/** Whether two marks are of one spelling, whatever their kinds. */
function isSpelled(one: number, other: number): boolean {
  return one >>> KIND_BITS === other >>> KIND_BITS;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
