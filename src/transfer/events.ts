import type { PeerPath } from "../client/index.js";
import type { DuetError } from "../protocol/problem.js";
import type { Progress } from "./progress.js";

/** Something that was found and is not sent. */
export interface Skipped {
  /** Its path in the transfer. */
  readonly path: string;
  /** `special`: neither file, folder nor link. `link`: leads out. `name`, `collision`: not storable everywhere. */
  readonly reason: "special" | "link" | "name" | "collision" | "unreadable";
  /** For a person: the end of a sentence that begins with the path. */
  readonly detail: string;
}

/** What may be told of a transfer while it runs. Paths are as the sender names them: `displayName` before showing. */
export type TransferEvent =
  /** The other side is there. Again on every further connection, once it has said more than a hello, which may be an old one. */
  | { readonly event: "connected"; readonly via?: PeerPath }
  /** Sender: something that was found is not sent. Recipient: something is left out by the rule for taken names. */
  | {
      readonly event: "skipped";
      readonly path: string;
      readonly detail: string;
      readonly reason: Skipped["reason"] | "taken";
    }
  /** Sender: the list has left, and the other side is being asked. */
  | { readonly event: "offered" }
  /** Somebody agreed, here or there: bytes begin to move. */
  | { readonly event: "accepted" }
  /** Recipient: from now on another process could go on with what has arrived, should this one die. */
  | { readonly event: "resumable" }
  /** Recipient: all of it was in its place before this run, and the sender is gone. */
  | { readonly event: "whole" }
  /** After `accepted`: so many bytes are there from an earlier attempt, and are not sent again. */
  | { readonly event: "resumed"; readonly bytes: number }
  /**
   * What the recipient has of a file is read again: by the recipient before it accepts, by the sender before it goes on. At
   * least twice, at its beginning and at its end.
   */
  | { readonly event: "checking"; readonly path: string; readonly bytes: number; readonly total: number }
  /** What the recipient had of a file is not the beginning of it any more: all of it is sent. */
  | { readonly event: "dropped"; readonly path: string; readonly bytes: number }
  /** Right after `accepted`, with what is kept; then at least every quarter of a second; and once at the end. */
  | ({ readonly event: "progress" } & Progress)
  /** Recipient: a file or link is complete under its name, below the folder that receives. */
  | { readonly event: "file"; readonly path: string; readonly savedAs: string }
  /** An entry cannot be sent to its end: what there was of it is dropped. */
  | { readonly event: "failed"; readonly path: string; readonly error?: DuetError }
  /** The connection is gone and is made again. */
  | { readonly event: "reconnecting"; readonly error: DuetError }
  | { readonly event: "done"; readonly summary: Summary };

/** What a transfer came to. */
export interface Summary {
  /** Complete files, those of earlier connections included; a stream or text counts as one. */
  readonly files: number;
  /** Bytes in them. */
  readonly bytes: number;
  /** From consent to the end. */
  readonly seconds: number;
  /** Paths that were given up: not empty means that the transfer has failed, exit code 1. */
  readonly failed: readonly string[];
}

export type OnEvent = (event: TransferEvent) => void;
