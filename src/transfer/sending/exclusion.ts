import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Ignore } from "ignore";
import { DuetError } from "../../protocol/problem.js";

/** What of a folder is not sent. Whatever a person names is. */
export interface ExclusionRules {
  /** Patterns as in a `.gitignore`, each for every folder that is sent. */
  readonly exclude?: readonly string[];
  /** Whether the `.gitignore` files in the folders apply, and git's own folder is left out. */
  readonly gitIgnore?: boolean;
}

const GIT_IGNORE = ".gitignore";
/** With them, what belongs to git itself. */
const GIT_OWN = ".git/";

/** The rules of one folder, and of those around it: the innermost that says anything decides. */
export class Exclusion {
  readonly #make: () => Ignore;
  readonly #usesGitIgnore: boolean;
  readonly #rules: Ignore;
  /** Where the rules belong to: a path in the transfer, with its slash. */
  readonly #base: string;
  readonly #around: Exclusion | undefined;

  private constructor(make: () => Ignore, usesGitIgnore: boolean, rules: Ignore, base: string, around?: Exclusion) {
    this.#make = make;
    this.#usesGitIgnore = usesGitIgnore;
    this.#rules = rules;
    this.#base = base;
    this.#around = around;
  }

  /**
   * The rules for a topmost folder.
   *
   * @param path its path in the transfer
   * @returns undefined when there are none
   * @throws DuetError `usage` for what is no pattern
   */
  static async of({ exclude = [], gitIgnore = false }: ExclusionRules, path: string): Promise<Exclusion | undefined> {
    if (exclude.length === 0 && !gitIgnore) return undefined;
    // Loaded for those who ask for it.
    const { default: ignore } = await import("ignore");
    const make = (): Ignore => ignore({ ignorecase: false });
    try {
      const rules = make().add(gitIgnore ? [GIT_OWN, ...exclude] : exclude);
      // A pattern is compiled when it is first asked for.
      rules.ignores("a");
      return new Exclusion(make, gitIgnore, rules, `${path}/`);
    } catch (cause) {
      throw new DuetError("usage", { message: "a pattern to exclude is not valid", cause });
    }
  }

  /**
   * The rules for what is in a folder.
   *
   * @param path its path in the transfer
   * @param local where it is
   * @param names what is in it
   */
  async inside(path: string, local: string, names: readonly string[]): Promise<Exclusion> {
    if (!this.#usesGitIgnore || !names.includes(GIT_IGNORE)) return this;
    // One that cannot be read says nothing, as for git.
    const text = await readFile(join(local, GIT_IGNORE), "utf8").catch(() => "");
    return new Exclusion(this.#make, true, this.#make().add(text), `${path}/`, this);
  }

  /** @param path in the transfer, of something below the folder that these rules are for */
  excludes(path: string, isFolder: boolean): boolean {
    const { ignored, unignored } = this.#rules.test(`${path.slice(this.#base.length)}${isFolder ? "/" : ""}`);
    if (ignored || unignored) return ignored;
    return this.#around?.excludes(path, isFolder) ?? false;
  }
}
