import { expect, test } from "vitest";
import type { NodeRelayConnection } from "../../src/client/node/node-relay.js";
import { Lockstep } from "./lockstep.js";
import { createWorld, meet } from "./world.js";

const never = new AbortController().signal;

/** A relay at the end of the network: its stapler is as far away, and connecting to that takes a round trip. */
function distant(relay: NodeRelayConnection, network: Lockstep, staplerPort: number): NodeRelayConnection {
  return {
    ...relay,
    dial: (stapler, signal) => {
      const dial = relay.dial({ ...stapler, port: staplerPort }, signal);
      const connected = dial.connected.then(() => network.after(2));
      return {
        connected,
        greet: (line) => dial.greet(line),
        cancel: () => dial.cancel(),
        get isUsable() {
          return dial.isUsable;
        },
      };
    },
  };
}

// The connection to the relay is made while the code is being typed; where there is no typing, it is the fifth.
test.each(["ristretto255", "ristretto255+mlkem768"] as const)(
  "from the finished code to the sender's first byte at the recipient are four round trips (%s)",
  async (curve) => {
    await using world = await createWorld();
    // What loads and warms up once a process is no part of the count.
    await meet(world.pair({ channel: "1", sender: { curve } }));
    await using network = new Lockstep();
    const [http, stapler] = [await network.wayTo(world.server.port), await network.wayTo(world.server.staplerPort)];
    const connection = (): NodeRelayConnection => distant(world.connect({ url: http.url }), network, stapler.port);
    const pair = world.pair({ sender: { relay: connection(), curve }, recipient: { relay: connection() } });
    await network.until(pair.sender.open());
    const senderMeets = pair.sender.meet();
    // x is posted, the sender waits for y, and a person reads out the code.
    await network.until(network.after(6));
    const finished = network.flights;
    const sent = senderMeets.then(async (meeting) => {
      const stream = await meeting.dial(never);
      await stream.write([new TextEncoder().encode("hello")]);
    });
    const heard = pair.recipient.meet().then(async (meeting) => {
      const stream = await meeting.dial(never);
      await stream.write([new TextEncoder().encode("hello")]);
      const hello = new Uint8Array(5);
      await stream.readFully(hello);
      return new TextDecoder().decode(hello);
    });
    expect(await network.until(heard)).toBe("hello");
    expect(network.flights - finished).toBe(8);
    await network.until(sent);
  },
);
