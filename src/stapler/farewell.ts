import type { Clock } from "./clock.js";
import type { Leg } from "./leg.js";

/**
 * Lets go of a leg gently: what was written to it still goes out, then that nothing more will come. What the peer
 * still sends is read and thrown away, since closing a socket with unread bytes sends a reset, which can overtake
 * the last bytes of ours, and with them the reason.
 *
 * @param leg not gone yet
 * @param ms after which it is dropped
 * @param closed called when it is gone
 */
export function sayFarewell(leg: Leg, clock: Clock, ms: number, closed: () => void = () => {}): void {
  const cancel = clock.after(ms, () => leg.destroy());
  leg.readTo({
    read: () => true,
    eof: () => {},
    closed: () => {
      cancel();
      closed();
    },
  });
  leg.resume();
  leg.end();
}
