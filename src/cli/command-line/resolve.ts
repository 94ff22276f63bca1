import { DuetError } from "../../protocol/problem.js";
import { environmentName, longName, type OptionSpec, type Values } from "./options.js";

type OptionSpecs = Readonly<Record<string, OptionSpec<unknown>>>;

/** Options of which only one can be meant. */
export type Exclusive<Specs extends OptionSpecs> = readonly (readonly (keyof Specs & string)[])[];

/**
 * Brings together what the command line says, what the environment says, and the fallbacks, in this order. An option
 * on the command line silences the environment's word on every option that excludes it.
 *
 * @param typed what commander found, as texts, `true` for a switch
 * @param exclusive groups of options of which one at most may be used
 * @throws DuetError `usage`, with the name of the option or variable in front
 */
export function resolveOptions<Specs extends OptionSpecs>(
  specs: Specs,
  typed: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv,
  exclusive: Exclusive<Specs>,
): Values<Specs> {
  const values: Record<string, unknown> = {};
  const sources = new Map<string, string>();
  for (const [name, spec] of Object.entries(specs)) {
    const rivals = exclusive.filter((group) => group.includes(name)).flat();
    const overruled = rivals.some((rival) => rival !== name && typed[rival] !== undefined);
    const given = find(spec, typed[name], overruled ? {} : environment);
    values[name] = given === undefined ? spec.fallback : readAs(spec, given);
    if (given !== undefined && values[name] !== false) sources.set(name, given.source);
  }
  for (const group of exclusive) {
    const [first, second] = group.flatMap((name) => sources.get(name) ?? []);
    if (second !== undefined)
      throw new DuetError("usage", { message: `${first} and ${second} exclude each other`, hint: "Use one of them." });
  }
  // Every name of `specs` was given the value that its own reader returned, or its own fallback.
  return values as Values<Specs>;
}

interface Given {
  readonly text: string;
  /** `--port` or `DUET_PORT`. */
  readonly source: string;
}

/** An empty variable is one that is not set, as a shell's `DUET_RELAY= duet …` means it. */
function find(spec: OptionSpec<unknown>, typed: unknown, environment: NodeJS.ProcessEnv): Given | undefined {
  if (typed === true) return { text: "1", source: longName(spec) };
  if (typeof typed === "string") return { text: typed, source: longName(spec) };
  const variable = environmentName(spec);
  const text = environment[variable];
  return text === undefined || text === "" ? undefined : { text, source: variable };
}

function readAs(spec: OptionSpec<unknown>, { text, source }: Given): unknown {
  try {
    return spec.read(text);
  } catch (error) {
    if (!(error instanceof DuetError)) throw error;
    const message = `${source} ${text === "" ? "" : `${JSON.stringify(text)} `}${error.message}`;
    throw new DuetError("usage", { message, hint: error.hint });
  }
}
