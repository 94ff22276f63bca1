import { systemClock } from "../../client/index.js";
import {
  type Acceptance,
  AcceptReader,
  decodeAck,
  encodeEnd,
  type End,
  EntrySizes,
  type Manifest,
  SMALL_MESSAGE_MAX_BYTES,
} from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import { bytesKept } from "../acceptance.js";
import { BodyWriter } from "./body-writer.js";
import { checkingTeller } from "../checking.js";
import { Connections, type TransferOptions } from "../connection/connections.js";
import { endingWell, isClosedAsDone } from "../connection/endings.js";
import type { Summary, TransferEvent } from "../events.js";
import { MessageSizes } from "../connection/message-sizes.js";
import { ProgressMeter } from "../progress.js";
import { ResumeCheck } from "./resume-check.js";
import type { SecureConnection } from "../connection/secure-connection.js";
import { sendBodies } from "./send-bodies.js";
import { sendPieces } from "../connection/send-pieces.js";
import { type Content, openSource, type Source } from "./source.js";
import { type Place, runningFile } from "../running-file.js";
import { tellProgress } from "../ticker.js";
import { type Verify, Verifier } from "../connection/verifier.js";

export interface SendOptions extends TransferOptions {
  /** What to send, or what `openSource` made of it earlier. */
  readonly content: Content | Source;
  /** With it nothing but a greeting leaves before the person has said yes to the digits. */
  readonly verify?: Verify;
}

/**
 * Sends files, a stream or a text through the encrypted pipe, until the other side has confirmed that everything is
 * complete. A lost connection is made again.
 *
 * @throws DuetError; the channel is closed then, unless the same command may go on in it
 */
export async function sendFiles(options: SendOptions): Promise<Summary> {
  const { content, exchange, signal } = options;
  const source = "manifest" in content ? content : await openSource(content, signal);
  try {
    return await endingWell(exchange, signal, () => new Sending(options, source).run());
  } finally {
    await source.close();
  }
}

class Sending {
  readonly #options: SendOptions;
  readonly #source: Source;
  readonly #verifier: Verifier;
  readonly #meter: ProgressMeter;
  readonly #now: () => number;
  readonly #resumes: ResumeCheck;
  /** Connections on which bodies were asked for. */
  #agreements = 0;
  /** `end` has left, on some connection. */
  #hasSentAll = false;
  #startedAt: number | undefined;

  constructor(options: SendOptions, source: Source) {
    const { clock = systemClock } = options;
    this.#options = options;
    this.#source = source;
    this.#verifier = new Verifier(options.verify, options.signal);
    this.#now = () => clock.now();
    this.#meter = new ProgressMeter(source.manifest.head.bytes, this.#now);
    const tell = (event: TransferEvent): void => options.onEvent?.(event);
    this.#resumes = new ResumeCheck({
      checking: checkingTeller((entry) => this.#path(entry), tell, this.#now),
      dropped: (entry, bytes) => {
        this.#meter.found(-bytes);
        tell({ event: "dropped", path: this.#path(entry), bytes });
      },
    });
  }

  async run(): Promise<Summary> {
    const { onEvent } = this.#options;
    for (const skipped of this.#source.skipped) onEvent?.({ event: "skipped", ...skipped });
    const connections = new Connections(this.#options, this.#verifier);
    const serving = connections.run((connection, { session }, signal) => {
      return this.#serve(connection, this.#verifier.check(session, connection.sas), signal);
    });
    const summary = await serving.catch((error: unknown) => {
      throw this.#hasSentAll ? unconfirmed(error) : error;
    });
    onEvent?.({ event: "done", summary });
    return summary;
  }

  async #serve(connection: SecureConnection, verified: Promise<void>, signal: AbortSignal): Promise<Summary> {
    const { onEvent } = this.#options;
    const { manifest } = this.#source;
    await connection.whileOpen(verified);
    await connection.whileOpen(sendPieces(connection, "manifest", this.#source.lines()));
    onEvent?.({ event: "offered" });
    const acceptance = await readAcceptance(connection, manifest);
    const { end, failed } = await this.#sendAccepted(connection, acceptance, signal);
    await checkAck(connection, end);
    await connection.close();
    return this.#summary(failed);
  }

  async #sendAccepted(
    connection: SecureConnection,
    acceptance: Acceptance,
    signal: AbortSignal,
  ): Promise<{ end: End; failed: readonly string[] }> {
    const { onEvent } = this.#options;
    const { manifest } = this.#source;
    const failed: string[] = [];
    const writer = new BodyWriter({
      source: this.#source,
      acceptance,
      givenUp: (entry, error) => {
        const path = this.#path(entry);
        failed.push(path);
        onEvent?.({ event: "failed", path, ...(error instanceof DuetError ? { error } : {}) });
      },
      startOf: (entry, file, resume, ended) => this.#resumes.startOf(entry, file, resume, ended),
    });
    const isAfterLoss = ++this.#agreements > 1;
    this.#startedAt ??= this.#now();
    const kept = bytesKept(manifest, acceptance);
    this.#meter.restart(kept);
    onEvent?.({ event: "accepted" });
    // Only the recipient knows why it wants less than all, unless it was asked before or says that it goes on.
    if (kept > 0 && (isAfterLoss || acceptance.hasResumes)) onEvent?.({ event: "resumed", bytes: kept });
    let place: Place | undefined;
    using _progress = tellProgress(
      this.#meter,
      (event) => onEvent?.(event),
      () => runningFile(manifest, place),
    );
    const sizes = new MessageSizes(connection.chunk, isAfterLoss);
    const sent = (bytes: number, at: Place | undefined): void => {
      place = at;
      this.#meter.moved(bytes);
    };
    await connection.whileOpen(sendBodies(connection, writer, sizes, signal, sent));
    const end = writer.totals;
    await connection.send("end", encodeEnd(end));
    this.#hasSentAll = true;
    return { end, failed };
  }

  #summary(failed: readonly string[]): Summary {
    const { entries } = this.#source.manifest;
    const files = EntrySizes.of(entries).files - failed.length;
    const seconds = (this.#now() - (this.#startedAt ?? this.#now())) / 1000;
    return { files, bytes: this.#meter.snapshot.bytes, seconds, failed };
  }

  #path(entry: number): string {
    return this.#source.manifest.entries.at(entry)?.path ?? "";
  }
}

/**
 * A recipient cannot tell the end of a line behind its `ack` from that of a stapler that died, and closes the channel. That it did is
 * the relay's word, and no confirmation.
 */
function unconfirmed(error: unknown): unknown {
  if (!isClosedAsDone(error)) return error;
  return new DuetError("connection_lost", {
    message: "everything was sent, but the other side's confirmation was lost with the connection",
    hint: "Ask the other side whether everything has arrived; the relay says that it closed the channel as done.",
    cause: error,
  });
}

async function readAcceptance(connection: SecureConnection, manifest: Manifest): Promise<Acceptance> {
  const message = await connection.receive();
  const reader = new AcceptReader(manifest);
  for (let chunk = await message.next(); chunk !== undefined; chunk = await message.next()) reader.push(chunk);
  return reader.finish();
}

/** The other side's word that everything is in its place: it must be what was sent. */
async function checkAck(connection: SecureConnection, end: End): Promise<void> {
  const message = await connection.receive();
  const { entries, bytes } = decodeAck(await message.whole(SMALL_MESSAGE_MAX_BYTES));
  if (entries !== end.entries - end.failed || bytes !== end.bytes) {
    throw new DuetError("bad_message", { message: "the other side confirms something else than what was sent" });
  }
}
