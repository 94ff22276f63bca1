import { systemClock } from "../../client/index.js";
import { encodeAck, type End, type Manifest } from "../../protocol/index.js";
import { bytesKept, encodeAcceptance } from "../acceptance.js";
import { checkingTeller } from "../checking.js";
import type { Use } from "../connection/connections.js";
import type { Destination, Wanted } from "./destination.js";
import type { DiskEvents } from "./arrivals.js";
import type { Summary } from "../events.js";
import type { Target } from "./offer.js";
import { type CurrentOffer, Offers } from "./offers.js";
import { topOf } from "../lists/names.js";
import type { ProgressMeter } from "../progress.js";
import { receiveBodies } from "./receive-bodies.js";
import type { Whole } from "../journal/journal-records.js";
import type { ReceiveOptions } from "./receive-options.js";
import type { SecureConnection } from "../connection/secure-connection.js";
import { sendPieces } from "../connection/send-pieces.js";
import { type Place, runningFile } from "../running-file.js";
import { tellProgress } from "../ticker.js";
import type { Verifier } from "../connection/verifier.js";
import { unlessAborted } from "../waiting.js";

/** How long the sender has to close after `ack`; then the recipient does. */
const CLOSE_MS = 5_000;

/** Some 10 MB of names. */
const NAMES_MAX = 100_000;

/** What has arrived. */
export interface Received extends Summary {
  /** The real path of the folder it was written to. */
  readonly into?: string;
  /** The topmost names there, as they are now: the first 100,000. */
  readonly names: readonly string[];
  /** A text, as the sender wrote it: `cleanText` before a terminal sees it. */
  readonly text?: string;
}

/** The recipient's side of a transfer, connection after connection. */
export class Receiving {
  readonly #options: ReceiveOptions;
  readonly #target: Target;
  readonly #verifier: Verifier;
  readonly #now: () => number;
  readonly #names = new Set<string>();
  readonly #offers: Offers;
  #failed: string[] = [];
  #startedAt: number | undefined;
  #isHeard = false;

  constructor(options: ReceiveOptions, target: Target, verifier: Verifier) {
    const { clock = systemClock } = options;
    this.#options = options;
    this.#target = target;
    this.#verifier = verifier;
    this.#now = () => clock.now();
    this.#offers = new Offers(options, target, this.#now, (manifest, meter) => this.#diskEvents(manifest, meter));
  }

  /** Whether the latest `ack` went out on a line that was whole until the sender closed it. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** Whether the sender has come so far as to offer something. */
  get isOffered(): boolean {
    return this.#offers.current !== undefined;
  }

  /** What is done on a connection: everything from the list to the `ack`, or what is left of that. */
  readonly use: Use<Received> = async (connection, { session }, signal) => {
    const verified = this.#verifier.check(session, connection.sas);
    const reading = connection.receive().then((message) => this.#offers.read(message));
    // The list is read while the digits are compared, and nothing is done with it before.
    const offered = await Promise.race([reading, verified.then(() => reading)]);
    await connection.whileOpen(verified);
    const current = await this.#offers.ask(offered);
    await connection.whileOpen(unlessAborted(signal, current.agreed));
    const end = await this.#take(connection, current, signal);
    const received = this.#received(current);
    if ("journal" in this.#target && end.failed === 0) await this.#target.journal.complete(received);
    this.#isHeard = await confirm(connection, end);
    return received;
  };

  /** Nothing of it is read any more. */
  close(): void {
    this.#offers.close();
  }

  /** It will not be completed. */
  async abandon(): Promise<void> {
    await this.#offers.current?.prepared.destination.abandon();
  }

  /** Another run may go on with it, if it can. */
  async suspend(): Promise<void> {
    const destination = this.#offers.current?.prepared.destination;
    if (destination?.outlives === true) await destination.suspend();
    else await destination?.abandon();
    if ("journal" in this.#target) await this.#target.journal.close();
  }

  /** All of it is here, and the other side was told. */
  async end(): Promise<void> {
    if (this.#offers.current !== undefined) await this.#offers.current.prepared.destination.end();
    else if ("journal" in this.#target) await this.#target.journal.end(this.#target.root.path);
  }

  /** What an earlier run has received. */
  recall({ files, bytes }: Whole): Received {
    const into = "root" in this.#target ? { into: this.#target.root.path } : {};
    return { files, bytes, seconds: 0, failed: [], names: [], ...into };
  }

  #diskEvents(manifest: Manifest, meter: ProgressMeter): DiskEvents {
    const { onEvent } = this.#options;
    return {
      checking: checkingTeller(
        (entry) => pathOf(manifest, entry),
        (event) => onEvent?.(event),
        this.#now,
      ),
      dropped: (entry, bytes) => {
        meter.found(-bytes);
        onEvent?.({ event: "dropped", path: pathOf(manifest, entry), bytes });
      },
      done: (entry, savedAs) => {
        if (this.#names.size < NAMES_MAX) this.#names.add(topOf(savedAs));
        if (manifest.entries.at(entry)?.type !== "dir")
          onEvent?.({ event: "file", path: pathOf(manifest, entry), savedAs });
      },
      leftOut: (entry, detail) =>
        onEvent?.({ event: "skipped", path: pathOf(manifest, entry), reason: "taken", detail }),
    };
  }

  /** Says what is wanted, and takes it. */
  async #take(connection: SecureConnection, current: CurrentOffer, signal: AbortSignal): Promise<End> {
    const { onEvent } = this.#options;
    const { meter, manifest } = current;
    const { destination } = current.prepared;
    if (current.hasBegun) await destination.restart();
    else await this.#begin(current);
    const { acceptance, resumed } = await this.#whatIsWanted(connection, destination);
    this.#failed = [];
    this.#startedAt ??= this.#now();
    meter.restart(bytesKept(manifest, acceptance));
    await sendPieces(connection, "accept", encodeAcceptance(acceptance));
    onEvent?.({ event: "accepted" });
    if (resumed > 0) onEvent?.({ event: "resumed", bytes: resumed });
    let place: Place | undefined;
    using _progress = tellProgress(
      meter,
      (event) => onEvent?.(event),
      () => runningFile(manifest, place),
    );
    const end = await receiveBodies(connection, { manifest, acceptance }, destination, signal, {
      moved: (bytes, at) => {
        place = at;
        meter.moved(bytes);
      },
      givenUp: (entry) => {
        this.#failed.push(pathOf(manifest, entry));
        onEvent?.({ event: "failed", path: pathOf(manifest, entry) });
      },
    });
    await destination.finish();
    return end;
  }

  /** Reads what is there again, where it is not known any more; given up when the connection ends meanwhile. */
  async #whatIsWanted(connection: SecureConnection, destination: Destination): Promise<Wanted> {
    const stop = new AbortController();
    const wanted = destination.acceptance(stop.signal);
    try {
      return await connection.whileOpen(wanted);
    } finally {
      stop.abort();
      await wanted.catch(() => {});
    }
  }

  async #begin(current: CurrentOffer): Promise<void> {
    const { manifest } = current;
    const { offer, destination } = current.prepared;
    current.hasBegun = true;
    await destination.prepare();
    if (destination.outlives) this.#options.onEvent?.({ event: "resumable" });
    if (offer.leftOut === 0) return;
    let index = 0;
    for (const { path } of manifest.entries) {
      if (offer.savedAs(index++) !== undefined) continue;
      this.#options.onEvent?.({ event: "skipped", path, reason: "taken", detail: "is there already" });
    }
  }

  #received({ prepared: { offer, text }, meter }: CurrentOffer): Received {
    return {
      files: offer.files - this.#failed.length,
      bytes: meter.snapshot.bytes,
      seconds: (this.#now() - (this.#startedAt ?? this.#now())) / 1000,
      failed: this.#failed,
      names: [...this.#names],
      ...(offer.into === undefined ? {} : { into: offer.into }),
      ...(text === undefined ? {} : { text: text.text }),
    };
  }
}

/** Everything is in its place. @returns whether the line was whole until the sender closed it */
async function confirm(connection: SecureConnection, { entries, failed, bytes }: End): Promise<boolean> {
  try {
    await connection.send("ack", encodeAck({ entries: entries - failed, bytes }));
    return (await connection.otherSideCloses(CLOSE_MS)) !== "broken";
  } catch {
    // The line broke under it.
    return false;
  } finally {
    await connection.close();
  }
}

function pathOf({ entries }: Manifest, entry: number): string {
  return entries.at(entry)?.path ?? "";
}
