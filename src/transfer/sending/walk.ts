import { constants, lstatSync, type Stats } from "node:fs";
import { access, lstat, readdir, readlink, realpath, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import {
  encodeManifestEntry,
  isWirePath,
  LINE_MAX_BYTES,
  type ManifestEntry,
  PATHS_MAX,
} from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import { displayName } from "../display-name.js";
import { Exclusion, type ExclusionRules } from "./exclusion.js";
import { systemCode } from "../fs-errors.js";
import { MANIFEST_MAX_BYTES, tooManyEntries } from "../lists/limits.js";
import { collisionKey, linkLeadsTo, nameFault, numberedName, pathFault } from "../lists/names.js";
import { Prompt } from "../disk/prompt.js";
import { SpooledEntries } from "../lists/spooled-entries.js";
import type { Skipped } from "../events.js";
import { nextTurn } from "../waiting.js";

/** What paths came to. */
export interface Walked {
  /** In a spool, which the caller closes. */
  readonly entries: SpooledEntries;
  readonly skipped: readonly Skipped[];
  /** How many things the rules have left out, a folder with everything in it as one. */
  readonly excluded: number;
  /** Where an entry is on this machine. */
  localPath(path: string): string;
}

/** Enough to keep the thread pool busy while a network file system answers. */
const LOOKS_AT_ONCE = 32;
/** The rest is for the head. */
const LINES_MAX_BYTES = MANIFEST_MAX_BYTES - LINE_MAX_BYTES;
const MODE_BITS = 0o777;

/**
 * Lists files and folders with everything in them. Links that a person names are followed; links found inside are
 * sent as links if they stay inside, and left out if not. The order depends on names alone, so that another start
 * with the same files makes the same list: a folder comes before what is in it, by name otherwise.
 *
 * @param paths as a person names them; several with the same last part get a number: `a.txt`, `a (1).txt`
 * @param rules what in folders is left out
 * @throws DuetError `usage` for a path that is not there or that nobody could store, `cannot_read`, and the signal's reason
 */
export async function walk(paths: readonly string[], signal: AbortSignal, rules: ExclusionRules = {}): Promise<Walked> {
  const walker = new Walker(rules, signal);
  try {
    for (const path of paths) await walker.addGiven(path);
    if (walker.entries.length === 0) throw new DuetError("usage", { message: "there is nothing to send" });
    return walker;
  } catch (error) {
    walker.entries.close();
    throw error;
  }
}

class Walker implements Walked {
  readonly entries = new SpooledEntries();
  readonly skipped: Skipped[] = [];
  excluded = 0;
  readonly #rules: ExclusionRules;
  readonly #signal: AbortSignal;
  readonly #prompt = new Prompt();
  /** The real place of every topmost name. */
  readonly #roots = new Map<string, string>();
  readonly #places = new Set<string>();
  readonly #keys = new Set<string>();

  constructor(rules: ExclusionRules, signal: AbortSignal) {
    this.#rules = rules;
    this.#signal = signal;
  }

  localPath(path: string): string {
    const slash = path.indexOf("/");
    const top = slash === -1 ? path : path.slice(0, slash);
    const root = this.#roots.get(top);
    if (root === undefined) throw new RangeError("not a path of this walk");
    return slash === -1 ? root : join(root, path.slice(slash + 1));
  }

  async addGiven(given: string): Promise<void> {
    const root = await this.#located(given);
    // The same file named twice is one file.
    if (this.#places.has(root)) return;
    const name = this.#freeTop(given);
    const info = await stat(root);
    if (!info.isFile() && !info.isDirectory()) {
      throw new DuetError("usage", {
        message: `a ${kindOf(info)} cannot be sent as a file: ${displayName(given)}`,
        hint: "To send what another program writes, pipe it: cat PATH | duet send -",
      });
    }
    if (info.isFile()) await mustRead(root, given);
    this.#roots.set(name, root);
    this.#places.add(root);
    this.#keys.add(collisionKey(name));
    if (info.isFile()) return this.#push({ path: name, type: "file", size: info.size, ...attributes(info) });
    this.#push({ path: name, type: "dir", size: 0, ...attributes(info) });
    const names = await namesIn(root).catch((cause: unknown) => cannotRead(given, cause));
    await this.#addFolder(name, names, await Exclusion.of(this.#rules, name));
  }

  async #located(given: string): Promise<string> {
    try {
      return await realpath(given);
    } catch (cause) {
      if (systemCode(cause) === "EACCES" || systemCode(cause) === "EPERM") cannotRead(given, cause);
      throw new DuetError("usage", { message: `there is no ${displayName(given)}`, hint: "Check the path.", cause });
    }
  }

  #freeTop(given: string): string {
    const name = basename(resolve(given));
    const fault = nameFault(name);
    if (fault !== undefined) {
      const what = name === "" ? "a whole disk" : displayName(name);
      throw new DuetError("usage", {
        message: `${what} ${name === "" ? "has no name" : fault}`,
        hint: "Rename it first.",
      });
    }
    let free = name;
    for (let number = 1; this.#keys.has(collisionKey(free)); number++) free = numberedName(name, number);
    return free;
  }

  /** @param names sorted */
  async #addFolder(path: string, names: readonly string[], around: Exclusion | undefined): Promise<void> {
    const keys = new Set<string>();
    const exclusion = await around?.inside(path, this.localPath(path), names);
    for (let start = 0; start < names.length; start += LOOKS_AT_ONCE) {
      await nextTurn();
      this.#signal.throwIfAborted();
      const found = await Promise.all(
        names.slice(start, start + LOOKS_AT_ONCE).map((name) => this.#look(`${path}/${name}`, name, exclusion)),
      );
      for (const one of found) {
        if (one === "excluded") this.excluded++;
        else if ("reason" in one) this.skipped.push(one);
        else if (keys.has(collisionKey(one.name)))
          this.#skip(one.entry.path, "collision", "differs from another name only in case or in invisible characters");
        else {
          keys.add(collisionKey(one.name));
          this.#push(one.entry);
          if (one.names !== undefined) await this.#addFolder(one.entry.path, one.names, exclusion);
        }
      }
    }
  }

  async #look(path: string, name: string, exclusion: Exclusion | undefined): Promise<Found | Skipped | "excluded"> {
    const fault = pathFault(path);
    if (fault !== undefined) return { path, reason: "name", detail: fault };
    if (!isWirePath(path)) return { path, reason: "name", detail: "has a path that is too long" };
    try {
      return await this.#describe(path, name, exclusion);
    } catch (error) {
      // A name that is not UTF-8 is listed with replacement characters, and not found by them.
      const detail =
        systemCode(error) === "ENOENT" && name.includes("\ufffd") ? "has a name that is not UTF-8" : "cannot be read";
      return { path, reason: "unreadable", detail };
    }
  }

  async #describe(path: string, name: string, exclusion: Exclusion | undefined): Promise<Found | Skipped | "excluded"> {
    const local = this.localPath(path);
    const info = this.#prompt.isPrompt ? this.#prompt.call(() => lstatSync(local)) : await lstat(local);
    if (exclusion?.excludes(path, info.isDirectory()) === true) return "excluded";
    if (info.isDirectory()) {
      return { name, entry: { path, type: "dir", size: 0, ...attributes(info) }, names: await namesIn(local) };
    }
    if (info.isSymbolicLink()) {
      const target = await readlink(local);
      if (linkLeadsTo(path, target) === undefined)
        return { path, reason: "link", detail: "is a link that leads out of the folder" };
      return { name, entry: { path, type: "link", size: 0, target, ...attributes(info) } };
    }
    if (!info.isFile()) return { path, reason: "special", detail: "is not a regular file" };
    // Whether it can be read shows when it is: one system call less for every file, and a failure that is counted.
    return { name, entry: { path, type: "file", size: info.size, ...attributes(info) } };
  }

  #push(entry: ManifestEntry): void {
    const line = encodeManifestEntry(entry);
    if (this.entries.length >= PATHS_MAX || this.entries.bytes + line.length > LINES_MAX_BYTES) throw tooManyEntries();
    this.entries.add(entry, line.subarray(0, -1));
  }

  #skip(path: string, reason: Skipped["reason"], detail: string): void {
    this.skipped.push({ path, reason, detail });
  }
}

interface Found {
  readonly name: string;
  readonly entry: ManifestEntry;
  /** Of a folder: what is in it, sorted. */
  readonly names?: readonly string[];
}

async function namesIn(folder: string): Promise<string[]> {
  // By code unit: another locale must not make another list.
  return (await readdir(folder)).sort((a, b) => (a < b ? -1 : 1));
}

async function mustRead(local: string, given: string): Promise<void> {
  await access(local, constants.R_OK).catch((cause: unknown) => cannotRead(given, cause));
}

function cannotRead(given: string, cause: unknown): never {
  throw new DuetError("cannot_read", { message: `${displayName(given)} cannot be read`, cause });
}

function attributes(info: { readonly mode: number; readonly mtimeMs: number }): {
  readonly mode: number;
  readonly mtime: number;
} {
  return { mode: info.mode & MODE_BITS, mtime: Math.max(0, Math.floor(info.mtimeMs)) };
}

function kindOf(info: Stats): string {
  if (info.isFIFO()) return "pipe";
  return info.isSocket() ? "socket" : "device";
}
