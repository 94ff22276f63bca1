/**
 * What a command tells while it runs, the same for people and for programs: `--json` prints each as one line, and
 * docs/events.schema.json describes them. Fields are only ever added.
 */
export type CliEvent =
  | Listening
  | CodeEvent
  | Notice
  | Waiting
  | Connected
  | Digits
  | Offer
  | Text
  | Resumed
  | Resumable
  | Checking
  | ProgressEvent
  | Lost
  | Warning
  | Done
  | Failure;

/** A relay or stapler is there. */
export interface Listening {
  readonly event: "listening";
  /** Absent for a stapler alone. */
  readonly http?: string;
  /** `host:port`. */
  readonly stapler: string;
}

/** A command line for the other side, and where it works. */
export interface Invitation {
  readonly relay: string;
  readonly command: string;
  readonly where: "anywhere" | "this computer" | "this network";
}

/** The first line of `send --json`. */
export interface CodeEvent {
  readonly event: "code";
  readonly code: string;
  /** One address that works on this machine. */
  readonly relay: string;
  /** For the other side, by `relay`. */
  readonly command: string;
  /** One for each address that the relay has; `command` is that of the first. */
  readonly invitations: readonly Invitation[];
  /** For this side: goes on with the transfer after this process has died. Absent where that cannot be: a stream. */
  readonly resume?: string;
}

/** A sentence of the relay's operator. */
export interface Notice {
  readonly event: "notice";
  readonly text: string;
}

export interface Waiting {
  readonly event: "waiting";
  readonly for: "sender" | "recipient";
  /** How long at most. */
  readonly seconds: number;
}

/** Both sides hold the same key: the words were the same. Told again after a lost connection. */
export interface Connected {
  readonly event: "connected";
  /** Which way the bytes take, and `host:port` of what this side is connected to. */
  readonly via?: { readonly kind: "stapler"; readonly address: string };
}

/** With `--verify`: the digits to compare. */
export interface Digits {
  readonly event: "verify";
  readonly digits: string;
}

/** One thing of an offer. */
export interface OfferedEntry {
  /** As the other side names it: not cleaned, never a path to trust. */
  readonly path: string;
  readonly type: "file" | "dir" | "link";
  /** Null for a stream. */
  readonly size: number | null;
  /** Where a link leads. */
  readonly target?: string;
}

/** All that is to be sent, before the recipient says yes. */
export interface Offer {
  readonly event: "offer";
  readonly kind: "files" | "stream" | "text";
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  /** Entries below a topmost name that begins with a dot. */
  readonly hidden: number;
  /** Null for a stream. */
  readonly bytes: number | null;
  /** The first of them. */
  readonly entries: readonly OfferedEntry[];
  /** How many entries there are besides. */
  readonly more: number;
  /** Of the one thing, or of the one folder that holds all the others. */
  readonly name?: string;
}

/** A text sent by `--text`, as it came. */
export interface Text {
  readonly event: "text";
  readonly text: string;
}

/** So many bytes were there from an earlier attempt. */
export interface Resumed {
  readonly event: "resumed";
  readonly bytes: number;
}

/** From now on this command goes on with the transfer, should this process die. */
export interface Resumable {
  readonly event: "resumable";
  readonly command: string;
}

/**
 * What the recipient has of a file is read again, before the transfer goes on from there. Told at the beginning and at the
 * end of each file, and now and then between.
 */
export interface Checking {
  readonly event: "checking";
  /** As the sender names it: not cleaned. */
  readonly path: string;
  readonly bytes: number;
  readonly total: number;
}

export interface ProgressEvent {
  readonly event: "progress";
  readonly bytes: number;
  readonly total: number | null;
  /** Bytes a second. */
  readonly rate: number;
  readonly seconds_left: number | null;
  /** The file whose bytes move; absent between files. Its path is as the sender names it: not cleaned. */
  readonly file?: { readonly path: string; readonly bytes: number; readonly total: number | null };
}

/** The connection, or the relay, is away; it is tried again. */
export interface Lost {
  readonly event: "lost";
  readonly code: string;
  readonly message: string;
  /** How long it is tried still. */
  readonly seconds: number;
}

/** Something a person should know that stops nothing, such as a file that could not be read. */
export interface Warning {
  readonly event: "warning";
  readonly message: string;
}

export interface Done {
  readonly event: "done";
  readonly files: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Where the recipient wrote what arrived, topmost names only. */
  readonly paths?: readonly string[];
}

/** The last line of a command that fails. */
export interface Failure {
  readonly event: "error";
  /** A code of docs/PROTOCOL.md, stable. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** What the command exits with. */
  readonly exit: number;
  /** The command line that goes on where this one ended, if there is one. */
  readonly command?: string;
}
