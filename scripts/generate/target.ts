import type { Documents } from "./documents.js";

/** Files by their path in a folder, with no clock and no path of this machine in them. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/** Something that is generated and committed. */
export interface Target {
  /** What `--only` calls it. */
  readonly name: string;
  /** Where its files are, from the root of the repository. */
  readonly folder: string;
  /** Which files of the folder are generated; one that is there and was not generated is removed. */
  owns(file: string): boolean;
  /** Absent: it needs nothing but Node. */
  readonly tool?: Tool;
  /** @param documents what clients are made from */
  generate(documents: () => Promise<Documents>): Promise<Files>;
}

/** What a target runs, beside Node and this repository's packages. */
export interface Tool {
  /** What to call it when it is missing. */
  readonly name: string;
  /** @returns whether it can be run, in the version that is pinned */
  isThere(): boolean;
  /** Either a command for a shell in the root of the repository, or where it is to be had. */
  readonly install: string;
}
