/** Something that is generated and committed. */
export interface Target {
  /** What `--only` calls it. */
  readonly name: string;
  /** Where its files are, from the root of the repository. Nothing else is in there: what is not generated is removed. */
  readonly folder: string;
  /** The files by their path in the folder, with no clock and no path of this machine in them. */
  generate(): Promise<ReadonlyMap<string, string | Uint8Array>>;
}
