import { DEFAULT_SUITE, SUITE_NAMES } from "../../protocol/suite-names.js";
import {
  type HostPort,
  type Reader,
  readChoice,
  readHostPort,
  readInteger,
  readList,
  readPort,
  readRate,
  readRateLimit,
  readRelayUrl,
  readSeconds,
  readSwitch,
  readText,
} from "./values.js";

/**
 * One option: the parser, `--help`, the completion scripts and the table of docs/CLI.md are all made from it. Its
 * environment name follows from its own: `--wait-for-peer` is `DUET_WAIT_FOR_PEER`.
 */
export interface OptionSpec<T> {
  /** As commander reads it: `--relay <url>`, or `--json` for a switch. */
  readonly flags: string;
  readonly help: string;
  readonly read: Reader<T>;
  readonly fallback: T;
  /** How the fallback is shown, when it is worth showing. */
  readonly shown?: string;
  /** What completion offers. */
  readonly choices?: readonly string[];
  /** May be given again, which adds to the list. */
  readonly repeat?: true;
}

type OptionSpecs = Readonly<Record<string, OptionSpec<unknown>>>;

/** What a command is given: every option of its table, read, or its fallback. */
export type Values<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends OptionSpec<infer T> ? T : never;
};

function optional<T>(flags: string, help: string, read: Reader<T>): OptionSpec<T | undefined> {
  return { flags, help, read, fallback: undefined };
}

function standard<T>(flags: string, help: string, read: Reader<T>, fallback: T, shown: string): OptionSpec<T> {
  return { flags, help, read, fallback, shown };
}

function flag(flags: string, help: string): OptionSpec<boolean> {
  return { flags, help, read: readSwitch, fallback: false };
}

function choice<const Choice extends string>(
  flags: string,
  help: string,
  choices: readonly Choice[],
  fallback: Choice,
): OptionSpec<Choice> {
  return { flags, help, read: readChoice(choices), fallback, shown: fallback, choices };
}

const relay = optional<string>("--relay <url>", "the relay that introduces the two sides", readRelayUrl);
const ca = optional<string>("--ca <file>", "trust the certificate authority in this PEM file, and no other", readText);
const json = flag("--json", "print events on standard output, one JSON object a line");
const logLevel = choice(
  "--log-level <level>",
  "how much to say on standard error",
  ["error", "warn", "info", "debug"],
  "info",
);
const quiet = flag("--quiet", "say nothing but the code, questions and errors");
const serviceLogLevel = choice(
  "--log-level <level>",
  "what to log on standard error; info is a line for every request",
  ["error", "warn", "info", "debug"],
  "warn",
);
const verify = flag("--verify", "compare eight digits with the other side before anything is sent");
const waitForPeer = standard<number>(
  "--wait-for-peer <seconds>",
  "how long to wait for the other side",
  readSeconds,
  600_000,
  "600",
);
const limitRate = optional<number>("--limit-rate <rate>", "bytes a second at most, such as 500k or 2M", readRate);
const host = (fallback: string, help: string): OptionSpec<string> =>
  standard("--host <address>", help, readText, fallback, fallback);

export const SEND_OPTIONS = {
  relay,
  code: optional<string>("--code <code>", "use this code: a channel, a dash and secret words", readText),
  words: standard<number>("--words <n>", "how many secret words the code has, 2 to 6", readInteger(2, 6), 3, "3"),
  text: optional<string>("--text <text>", "send this text instead of files", readText),
  name: optional<string>("--name <name>", "the name that what `-` reads has for the other side", readText),
  exclude: {
    ...optional<readonly string[]>(
      "--exclude <patterns>",
      "leave out of folders what these patterns name, as in a .gitignore",
      readList,
    ),
    repeat: true,
  },
  gitIgnore: flag("--git-ignore", "leave out of folders what their .gitignore files name, and .git"),
  verify,
  waitForPeer,
  limitRate,
  host: optional<string>(
    "--host <address>",
    "without a relay: listen at this address only, not at all of them",
    readText,
  ),
  qr: flag("--qr", "show the command for the other side as a QR code too"),
  copy: flag("--copy", "copy the command for the other side to the clipboard"),
  curve: choice("--curve <name>", "how the two sides agree on a key", SUITE_NAMES, DEFAULT_SUITE),
  ca,
  json,
  quiet,
  logLevel,
} satisfies OptionSpecs;

export const RECEIVE_OPTIONS = {
  relay,
  out: standard<string>("--out <dir>", "the folder to write to, or - for standard output", readText, ".", "."),
  yes: flag("--yes", "accept without asking"),
  overwrite: flag("--overwrite", "a name that is taken: replace what is there"),
  rename: flag("--rename", "a name that is taken: write beside it, as `name (1)`; the rule unless you name another"),
  skip: flag("--skip", "a name that is taken: keep what is there"),
  verify,
  waitForPeer,
  limitRate,
  ca,
  json,
  quiet,
  logLevel,
};

export const RELAY_OPTIONS = {
  host: host("127.0.0.1", "the address to listen at; :: is all of them"),
  port: standard<number>("--port <port>", "the port of the HTTP service; 0 is any free one", readPort, 8153, "8153"),
  staplerPort: standard<number>(
    "--stapler-port <port>",
    "the TCP port that joins the two sides; 0 is any free one",
    readPort,
    8154,
    "8154",
  ),
  identity: choice(
    "--identity <how>",
    "how callers are known: by uuid or address, or by uuid only",
    ["any", "uuid"],
    "any",
  ),
  addressPolicy: choice(
    "--address-policy <policy>",
    "strict: no third address in a channel",
    ["strict", "off"],
    "strict",
  ),
  rateLimit: standard<number | "off">(
    "--rate-limit <n>",
    "requests a minute and address, or off",
    readRateLimit,
    600,
    "600",
  ),
  trustProxy: {
    ...optional<readonly string[]>(
      "--trust-proxy <addresses>",
      "believe X-Forwarded-For of these addresses or networks",
      readList,
    ),
    repeat: true,
  },
  corsOrigin: {
    ...optional<readonly string[]>("--cors-origin <origins>", "let pages of these origins call the relay", readList),
    repeat: true,
  },
  publicHost: {
    ...optional<readonly string[]>("--public-host <names>", "the names by which browsers reach this relay", readList),
    repeat: true,
  },
  tlsCert: optional<string>("--tls-cert <file>", "serve https with this certificate chain (PEM)", readText),
  tlsKey: optional<string>("--tls-key <file>", "the private key of --tls-cert (PEM)", readText),
  notice: optional<string>("--notice <text>", "one sentence that everyone who opens a channel is shown", readText),
  json,
  logLevel: serviceLogLevel,
} satisfies OptionSpecs;

export const STAPLER_OPTIONS = {
  relayInternal: optional<string>(
    "--relay-internal <url>",
    "the relay that this stapler works for (required)",
    readRelayUrl,
  ),
  host: host("127.0.0.1", "the address to listen at; :: is all of them"),
  port: standard<number>("--port <port>", "the TCP port to listen at; 0 is any free one", readPort, 8154, "8154"),
  advertise: optional<HostPort>(
    "--advertise <host:port>",
    "where the two sides reach this stapler, when not at the relay's own address",
    readHostPort,
  ),
  json,
  logLevel: serviceLogLevel,
};

/** What only the environment may say, since a command line is seen by others. */
export const SECRET_VARIABLES = {
  DUET_CODE: "the code",
  DUET_ACCESS_TOKEN: "the access token of a private relay",
  DUET_STAPLER_SECRET: "what a relay and its staplers share",
} as const;

/** @returns `DUET_WAIT_FOR_PEER` for `--wait-for-peer <seconds>` */
export function environmentName(spec: { readonly flags: string }): string {
  return `DUET_${longName(spec).slice(2).toUpperCase().replaceAll("-", "_")}`;
}

/** @returns `--wait-for-peer` for `--wait-for-peer <seconds>` */
export function longName(spec: { readonly flags: string }): string {
  return spec.flags.split(" ")[0] ?? spec.flags;
}
