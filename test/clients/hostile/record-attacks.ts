/** Records that were changed, moved, doubled or cut: by whoever is between the peers, in either direction. */
import { type Attack, EXIT } from "./attacks.js";
import type { Line, Stage } from "./encounter.js";
import type { MessageType } from "../../../src/protocol/index.js";

/** The third forged record of a process is no accident (PROTOCOL.md, section 6.1). */
const FORGERIES = 3;

/** On three connections, one after the other. */
async function thrice(stage: Stage, forge: (line: Line, nth: number) => Promise<void>): Promise<void> {
  for (let nth = 0; nth < FORGERIES; nth++) {
    const line = await stage.dial();
    await forge(line, nth);
  }
}

/** Long enough for a loaded machine to be met the first time. */
const PATIENCE_SECONDS = 4;

/** Meets the program once, and from then on has nothing but what was said then: what a stapler could do. */
async function recorded(stage: Stage, play: (line: Line, hello: Uint8Array) => Promise<void>): Promise<void> {
  const first = await stage.dial();
  await first.peer.greet();
  const hello = first.tap.last;
  first.tap.destroy();
  // Until the program is gone: then nobody can be dialled any more.
  for (;;) await play(await stage.dial(), hello);
}

/** @param first what the side that the test plays says after the hello, and a plaintext that would be taken */
export function recordAttacks(first: MessageType, plaintext: Uint8Array): readonly Attack[] {
  const forged = (name: string, forge: (line: Line, nth: number) => Promise<void>): Attack => ({
    name,
    play: (stage) => thrice(stage, forge),
    exit: EXIT.interfered,
  });
  const held = async ({ peer, tap }: Line, types: readonly MessageType[]): Promise<readonly Uint8Array[]> => {
    const release = tap.hold();
    for (const type of types) await peer.send(type, plaintext);
    return release();
  };
  let played: Uint8Array[] = [];
  return [
    forged("a flipped bit in a chunk", async (line) => {
      await line.peer.greet();
      const [record = new Uint8Array(0)] = await held(line, [first]);
      record[record.length - 20]! ^= 1;
      await line.tap.raw(record);
    }),
    forged("a flipped bit in a header", async (line) => {
      await line.peer.greet();
      const [record = new Uint8Array(0)] = await held(line, [first]);
      record[3]! ^= 1;
      await line.tap.raw(record);
    }),
    forged("a record that is left out", async (line) => {
      await line.peer.greet();
      const [, second = new Uint8Array(0)] = await held(line, [first, first]);
      await line.tap.raw(second);
    }),
    forged("two records that changed places", async (line) => {
      await line.peer.greet();
      await line.tap.raw(...[...(await held(line, [first, "error"]))].reverse());
    }),
    forged("a hello that is said twice", async ({ peer, tap }) => {
      await peer.greet();
      await peer.send("hello", new Uint8Array(16));
      await tap.raw(tap.last);
    }),
    forged("a type that is not this side's turn", async ({ peer }) => {
      await peer.greet();
      await peer.send(first === "accept" ? "manifest" : "accept", plaintext);
    }),
    forged("a record in which the chunk has 16 MiB", async (line) => {
      await line.peer.greet();
      const [record = new Uint8Array(0)] = await held(line, [first]);
      record.fill(0xff, 56, 59);
      await line.tap.raw(record);
    }),
    forged("a record in which the chunk has less than its tag", async (line) => {
      await line.peer.greet();
      const [record = new Uint8Array(0)] = await held(line, [first]);
      record.set([0, 0, 15], 56);
      await line.tap.raw(record);
    }),
    forged("noise in place of a hello", async ({ tap }) => {
      await tap.raw(new Uint8Array(400).fill(7));
    }),
    {
      name: "a connection that is played back, hello and all",
      exit: EXIT.interfered,
      play: async (stage) => {
        const line = await stage.dial();
        await line.peer.greet();
        played = [line.tap.last];
        const [record = new Uint8Array(0)] = await held(line, [first]);
        played.push(record);
        record[record.length - 20]! ^= 1;
        await line.tap.raw(record);
        record[record.length - 20]! ^= 1;
        for (let nth = 1; nth < FORGERIES; nth++) {
          const { tap } = await stage.dial();
          await tap.raw(...played);
        }
      },
    },
    {
      name: "a recorded hello that comes again and again",
      exit: EXIT.lost,
      waitForPeer: PATIENCE_SECONDS,
      play: async (stage) =>
        await recorded(stage, async ({ tap }, hello) => {
          await tap.raw(hello);
          // Its own hello has come: ours was read, or will be before the end of the line is.
          await tap.readFully(new Uint8Array(200));
          await tap.end();
        }),
    },
    {
      name: "a record that is cut, and a side that then cancels",
      exit: EXIT.cancelled,
      play: async (stage) => {
        const line = await stage.dial();
        await line.peer.greet();
        const [record = new Uint8Array(0)] = await held(line, [first]);
        await line.tap.raw(record.subarray(0, -5));
        await stage.close("cancelled");
        line.tap.destroy();
      },
    },
    {
      name: "a hello of 100 kB",
      exit: EXIT.badMessage,
      play: async (stage) => {
        const { peer } = await stage.dial();
        await peer.send("hello", new Uint8Array(100_000));
      },
    },
  ];
}
