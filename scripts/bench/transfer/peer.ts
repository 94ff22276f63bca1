import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Process, listening } from "../processes.js";
import type { Spent } from "./commands.js";

/** What is sent, and the empty folder where it is to arrive under its own name. */
export interface Job {
  readonly source: string;
  readonly into: string;
}

/** A program that transfers files by a relay. */
export interface Peer {
  readonly name: string;
  /** Undefined when it is not installed. */
  readonly version: string | undefined;
  /** How to install it. */
  readonly install: string;
  /** Starts its relay, which serves all its transfers. */
  start(): Promise<Relay>;
}

export interface Relay extends AsyncDisposable {
  /** Both sides, from the start of their commands to their end. The first peak is the sender's. */
  transfer(job: Job): Promise<Spent>;
}

/** Codes are used once. Four digits: croc and duet take the place where both sides meet from them. */
let lastCode = 1000;
export const nextCode = (): string => String(++lastCode);

/** Waits until the servers listen. They end, and their folders go, with what is returned. */
export async function served(
  servers: readonly Process[],
  ports: readonly number[],
  folders: readonly string[],
  transfer: Relay["transfer"],
): Promise<Relay> {
  const stop = async (): Promise<void> => {
    for (const server of servers) await server[Symbol.asyncDispose]();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const port of ports) await listening(port);
    return { transfer, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function temporaryFolder(): string {
  return mkdtempSync(path.join(os.tmpdir(), "duet-bench-"));
}
