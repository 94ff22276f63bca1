import { DuetError } from "../../protocol/problem.js";

/** A changed bit in 2^40 gets past TCP's checksum now and then, perhaps twice; three times is somebody. */
const TOLERATED = 2;

/**
 * Records that failed, over all connections of a transfer (PROTOCOL.md section 6): each ends its connection like a
 * lost one, and the third ends the transfer.
 */
export class ForgeryCount {
  #count = 0;

  /** @returns the error for one more */
  next(): DuetError {
    this.#count++;
    if (this.#count > TOLERATED) return new DuetError("interfered");
    return new DuetError("connection_lost", { message: "what arrived was changed on its way" });
  }
}
