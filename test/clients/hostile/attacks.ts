import type { Circumstances, Outcome, Play } from "./encounter.js";

/** docs/CLI.md: a peer that breaks the protocol; someone between the peers; what the other side stopped with. */
export const EXIT = { done: 0, badMessage: 1, interfered: 3, cancelled: 5, lost: 6, noSpace: 7 } as const;

export interface Attack extends Circumstances {
  readonly name: string;
  readonly play: Play;
  readonly exit: number;
  /** The code that the other side is told, where there is an encrypted connection to tell it on. */
  readonly told?: string;
  /** Names that may be in the folder that receives afterwards, with their sizes; undefined for a folder or a link. */
  readonly mayArrive?: Readonly<Record<string, number | undefined>>;
  /** Names that must be there. */
  readonly mustArrive?: readonly string[];
}

/** @returns what is wrong with how the program took it; nothing, when it held */
export function judge(attack: Attack, outcome: Outcome): readonly string[] {
  const { mayArrive = {}, mustArrive = [] } = attack;
  const wrong: string[] = [];
  if (outcome.exit !== attack.exit) wrong.push(`exit ${outcome.exit} in place of ${attack.exit}`);
  if (attack.told !== undefined && outcome.told.at(-1) !== attack.told)
    wrong.push(`told ${outcome.told.join(", ") || "nothing"} in place of ${attack.told}`);
  if (!outcome.isOutsideUntouched) wrong.push("something outside of the folder was touched");
  for (const [name, what] of Object.entries(outcome.arrived)) {
    const size = mayArrive[name];
    if (!(name in mayArrive)) wrong.push(`${JSON.stringify(name)} is there`);
    else if (size !== undefined && Number(what.split(" ")[3]) !== size) wrong.push(`${name} is not whole: ${what}`);
  }
  for (const name of mustArrive) if (!(name in outcome.arrived)) wrong.push(`${name} is not there`);
  return wrong;
}
