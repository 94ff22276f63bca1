import {
  type OptionSpec,
  RECEIVE_OPTIONS,
  RELAY_OPTIONS,
  type SECRET_VARIABLES,
  SEND_OPTIONS,
  STAPLER_OPTIONS,
} from "./options.js";

/** One command as the parser, `--help`, the completion scripts and docs/CLI.md know it. */
export interface CommandSpec {
  /** What follows the name, as commander reads it. */
  readonly operands: string;
  /** One line, in the list of commands. */
  readonly summary: string;
  /** A few sentences at the top of its own help. */
  readonly about: string;
  readonly options: Readonly<Record<string, OptionSpec<unknown>>>;
  /** Command lines to start from, each with what it does. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** The secrets it reads from the environment. */
  readonly variables: readonly (keyof typeof SECRET_VARIABLES)[];
}

/** A paragraph, wrapped here for the reader of this file and again for the reader of the terminal. */
function text(paragraph: string): string {
  return paragraph.replaceAll("\n", " ");
}

const SEND: CommandSpec = {
  operands: "[path...]",
  summary: "send files, folders, a text or a stream",
  about:
    text(`Prints a code and the command for the other side, waits for it, and sends. The words of the code never leave
the two computers. Without a relay, this command is one itself for as long as it runs: enough for two computers in
one network. The path - reads standard input.`),
  options: SEND_OPTIONS,
  examples: [
    ["duet send report.pdf", "one file"],
    ["duet send photos notes.txt", "a folder and a file"],
    ["duet send project --git-ignore --exclude '*.log,tmp/'", "a folder without what can be made again"],
    ["tar c src | duet send - --name src.tar", "what another program writes"],
    ['duet send --text "see you at eight"', "a line of text"],
    ["duet send big.iso --relay https://relay.example", "through a relay on the internet"],
  ],
  variables: ["DUET_ACCESS_TOKEN"],
};

const RECEIVE: CommandSpec = {
  operands: "[code]",
  summary: "receive what the other side sends",
  about:
    text(`Without a code it asks for one; Tab completes the words. It shows everything that is offered and asks before
anything is written. It may be started before the sender, and then waits.`),
  options: RECEIVE_OPTIONS,
  examples: [
    ["duet receive", "asks for the code, which nobody else sees then"],
    ["duet receive 4821-cactus-lemon-violin --relay http://192.168.1.5:41234", "as `duet send` prints it"],
    ["duet receive --out ~/Downloads --yes", "into another folder, without a question"],
    ["duet receive --out - --yes | tar x", "hands what comes to another program"],
  ],
  variables: ["DUET_CODE", "DUET_ACCESS_TOKEN"],
};

const RELAY: CommandSpec = {
  operands: "",
  summary: "run a relay, and a stapler in the same process",
  about:
    text(`The relay introduces senders to recipients over HTTP, and the stapler joins their connections. Neither sees
words, keys or files. On the public internet use --identity uuid, and https by --tls-cert or by a proxy in front.`),
  options: RELAY_OPTIONS,
  examples: [
    ["duet relay", "for this computer only"],
    ["duet relay --host :: --identity uuid", "for everyone who reaches this computer"],
    ["DUET_ACCESS_TOKEN=… duet relay --host ::", "for those who know the token"],
  ],
  variables: ["DUET_ACCESS_TOKEN", "DUET_STAPLER_SECRET"],
};

const STAPLER: CommandSpec = {
  operands: "",
  summary: "run a stapler of its own for a relay elsewhere",
  about: text(`Joins the connections of senders and recipients for a relay that runs in another process or on another
computer. Both need the same DUET_STAPLER_SECRET.`),
  options: STAPLER_OPTIONS,
  examples: [
    ["duet stapler --relay-internal http://10.0.0.1:8153 --host ::", "with DUET_STAPLER_SECRET set as at the relay"],
  ],
  variables: ["DUET_STAPLER_SECRET"],
};

/** The shells that `duet completion` knows. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

const COMPLETION: CommandSpec = {
  operands: "<shell>",
  summary: `print a completion script for ${SHELLS.join(", ")}`,
  about: "Prints a script that lets a shell complete the commands and options of duet.",
  options: {},
  examples: [
    ["source <(duet completion bash)", "in ~/.bashrc"],
    ["source <(duet completion zsh)", "in ~/.zshrc, after compinit"],
    ["duet completion fish | source", "in ~/.config/fish/config.fish"],
  ],
  variables: [],
};

export const COMMANDS = {
  send: SEND,
  receive: RECEIVE,
  relay: RELAY,
  stapler: STAPLER,
  completion: COMPLETION,
} as const;
export type CommandName = keyof typeof COMMANDS;
