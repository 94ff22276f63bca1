import {
  type Acceptance,
  BodyReader,
  decodeEnd,
  type End,
  type Manifest,
  SMALL_MESSAGE_MAX_BYTES,
} from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import { countWanted } from "../acceptance.js";
import type { Destination } from "./destination.js";
import type { IncomingMessage } from "../connection/incoming.js";
import type { SecureConnection } from "../connection/secure-connection.js";
import type { Place } from "../running-file.js";
import { ENTRIES_A_TURN, nextTurn, quiet, unlessAborted } from "../waiting.js";

/** Chunks that are being written while the next one is read. `IncomingMessage.next` leaves three of them alone. */
const CHUNKS_AHEAD = 2;

/** What is told of bodies that come. */
export interface BodyEvents {
  moved(bytes: number, place: Place): void;
  givenUp(entry: number): void;
}

/**
 * Takes the bodies of one connection, up to and with `end`. Every byte was announced, wanted, and is in its place.
 *
 * @returns what the sender says that it was, after comparing
 * @throws DuetError `bad_message`, what the destination fails with, `connection_lost`, `interfered`
 */
export async function receiveBodies(
  connection: SecureConnection,
  offered: { readonly manifest: Manifest; readonly acceptance: Acceptance },
  destination: Destination,
  signal: AbortSignal,
  events: BodyEvents,
): Promise<End> {
  const { manifest, acceptance } = offered;
  const reader = new BodyReader(manifest, acceptance);
  const count = { bytes: 0, failed: 0 };
  const writing: Promise<unknown>[] = [];
  const takeChunk = async (chunk: Uint8Array): Promise<void> => {
    const writes: Promise<void>[] = [];
    let parts = 0;
    for (const part of reader.push(chunk)) {
      if (++parts % ENTRIES_A_TURN === 0) await nextTurn();
      const { done } = await destination.take(part);
      if (part.kind === "given-up") {
        count.failed++;
        events.givenUp(part.entry);
      } else if (part.kind === "data") {
        writes.push(done);
        count.bytes += part.bytes.length;
        events.moved(part.bytes.length, { entry: part.entry, offset: part.offset + part.bytes.length });
      }
    }
    const written = Promise.all(writes);
    quiet(written);
    writing.push(written);
    while (writing.length > CHUNKS_AHEAD) await unlessAborted(signal, writing.shift() ?? written);
  };

  for (;;) {
    const message: IncomingMessage = await connection.receive();
    if (message.type === "end") {
      const end = decodeEnd(await message.whole(SMALL_MESSAGE_MAX_BYTES));
      await unlessAborted(signal, Promise.all(writing));
      reader.finish();
      checkEnd(end, { entries: countWanted(manifest, acceptance), ...count });
      return end;
    }
    for (let chunk = await message.next(); chunk !== undefined; chunk = await message.next()) await takeChunk(chunk);
    reader.finishMessage();
  }
}

function checkEnd(said: End, counted: End): void {
  const isSame = said.entries === counted.entries && said.failed === counted.failed && said.bytes === counted.bytes;
  if (!isSame) throw new DuetError("bad_message", { message: "what arrived is not what the other side says it sent" });
}
