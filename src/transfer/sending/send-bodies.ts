import { MESSAGE_MAX_BYTES } from "../../protocol/index.js";
import type { BodyWriter, Filled } from "./body-writer.js";
import type { MessageSizes } from "../connection/message-sizes.js";
import type { OutgoingMessage } from "../connection/outgoing.js";
import type { Place } from "../running-file.js";
import type { SecureConnection } from "../connection/secure-connection.js";
import { quiet, unlessAborted } from "../waiting.js";

/**
 * Sends the bodies, in as few messages as it takes: a source that pauses ends one, so that nothing waits for a full
 * chunk, and so does a chunk that shall not be full, on a line that breaks often. The next chunk is read while the one before it is sealed and drains.
 *
 * @param sent is told how many bytes of content have been handed over
 */
export async function sendBodies(
  connection: SecureConnection,
  writer: BodyWriter,
  sizes: MessageSizes,
  signal: AbortSignal,
  sent: (bytes: number, place: Place | undefined) => void,
): Promise<void> {
  const frames: Uint8Array[] = [];
  const fill = (turn: number, patient: boolean): Promise<Filled> => {
    const frame = (frames[turn % 2] ??= new Uint8Array(connection.chunk));
    const filling = writer.fill(frame.subarray(0, sizes.next), patient);
    quiet(filling);
    return filling;
  };
  const messages = new BodyMessages(connection);
  try {
    let filling = fill(0, true);
    for (let turn = 0; ; turn++) {
      const filled = await unlessAborted(signal, filling);
      const chunk = (frames[turn % 2] ?? new Uint8Array(0)).subarray(0, filled.bytes);
      // A message that stays open behind a full chunk is ended if the source pauses now.
      if (!filled.isLast) filling = fill(turn + 1, chunk.length < connection.chunk);
      await messages.write(chunk);
      sizes.carried(chunk.length);
      sent(filled.content, filled.place);
      if (filled.isLast) break;
    }
    await messages.finish();
  } finally {
    await writer.close();
  }
}

/** Body messages, begun and ended as chunks come. */
class BodyMessages {
  readonly #connection: SecureConnection;
  #open: OutgoingMessage | undefined;
  #bytes = 0;

  constructor(connection: SecureConnection) {
    this.#connection = connection;
  }

  /** @param chunk one that is not full ends the message; an empty one only if there is one to end */
  async write(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return await this.finish();
    if (this.#bytes + chunk.length > MESSAGE_MAX_BYTES) await this.finish();
    this.#open ??= this.#connection.begin("body");
    const message = this.#open;
    this.#bytes += chunk.length;
    const written = message.write(chunk);
    if (!message.isOpen) this.#forget();
    await written;
  }

  async finish(): Promise<void> {
    const message = this.#open;
    this.#forget();
    await message?.finish();
  }

  #forget(): void {
    this.#open = undefined;
    this.#bytes = 0;
  }
}
