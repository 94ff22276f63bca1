import type { MessageType } from "../../protocol/index.js";
import type { SecureConnection } from "./secure-connection.js";

/** Sends one message of many small pieces. */
export async function sendPieces(
  connection: SecureConnection,
  type: MessageType,
  pieces: Iterable<Uint8Array>,
): Promise<void> {
  const message = connection.begin(type);
  const chunk = new Uint8Array(connection.chunk);
  let at = 0;
  for (const piece of pieces) {
    for (let taken = 0; taken < piece.length;) {
      const part = piece.subarray(taken, taken + chunk.length - at);
      chunk.set(part, at);
      at += part.length;
      taken += part.length;
      if (at < chunk.length) continue;
      await message.write(chunk);
      at = 0;
    }
  }
  await message.write(chunk.subarray(0, at));
}
