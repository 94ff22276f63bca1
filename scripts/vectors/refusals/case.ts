/** What a peer is given, and what it must make of it. */
export interface Case {
  readonly kind: string;
  /** A sentence on what is wrong, or right, with it. */
  readonly name: string;
  readonly refused: boolean;
  /** The code of docs/PROTOCOL.md with which it is refused. */
  readonly problem?: string;
  readonly [input: string]: unknown;
}

type Inputs = Readonly<Record<string, unknown>>;

/** @returns makes the cases of a kind, which are refused with `problem` or are taken */
export function casesOf(kind: string, problem: string, common: Inputs = {}) {
  return {
    refused: (name: string, inputs: Inputs): Case => ({ kind, name, ...common, ...inputs, refused: true, problem }),
    /** A neighbour: a peer that refuses everything fails at it. */
    taken: (name: string, inputs: Inputs): Case => ({ kind, name, ...common, ...inputs, refused: false }),
  };
}
