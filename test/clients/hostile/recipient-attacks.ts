/** What a recipient that knows the words does to a sender of two files of ten bytes, `a` and `b`. */
import type { Line as Json } from "../../transfer/helpers/attack.js";
import { ILL_ACCEPTS, ILL_ACKS } from "../../transfer/helpers/harmful.js";
import { jsonLines } from "../../transfer/helpers/wire-peer.js";
import { type Attack, EXIT } from "./attacks.js";
import type { Line, Stage } from "./encounter.js";
import { recordAttacks } from "./record-attacks.js";

/** @returns once the manifest is there */
async function offered(stage: Stage): Promise<Line> {
  const line = await stage.dial();
  await line.peer.greet();
  const { type } = await line.peer.receive();
  if (type !== "manifest") throw new Error(`${type} in place of manifest`);
  return line;
}

/** Accepts everything, and reads up to the end. */
async function delivered(stage: Stage): Promise<Line> {
  const line = await offered(stage);
  await line.peer.send("accept", jsonLines({ default: "send" }));
  while ((await line.peer.receive()).type !== "end");
  return line;
}

const accepts: readonly Attack[] = ILL_ACCEPTS.map(([what, lines]) => ({
  name: `an accept ${what}`,
  play: async (stage) => {
    const { peer } = await offered(stage);
    await peer.send("accept", jsonLines(...lines));
  },
  exit: EXIT.badMessage,
  told: "bad_message",
}));

const acks: readonly Attack[] = [...ILL_ACKS, { entries: 3, bytes: 20 }].map((ack: Json) => ({
  name: `an ack of ${JSON.stringify(ack)}`,
  play: async (stage) => {
    const { peer } = await delivered(stage);
    await peer.send("ack", jsonLines(ack));
  },
  exit: EXIT.badMessage,
}));

/** PROTOCOL.md, section 6.3: what each code means to who receives it. */
const ERRORS: Readonly<Record<string, number>> = {
  declined: 5,
  cancelled: 5,
  interfered: 3,
  no_space: 7,
  cannot_write: 7,
  cannot_read: 1,
  bad_message: 1,
  unsupported: 1,
  "something new": 1,
};

const errors: readonly Attack[] = Object.entries(ERRORS).map(([code, exit]) => ({
  name: `the error ${code}, with an escape sequence`,
  play: async (stage) => {
    const { peer } = await offered(stage);
    await peer.send("error", jsonLines({ code, message: "bad\u001b[31m\u202e news" }));
  },
  exit,
}));

const others: readonly Attack[] = [
  {
    name: "nothing: what is right is taken",
    play: async (stage) => {
      const { peer } = await delivered(stage);
      await peer.send("ack", jsonLines({ entries: 2, bytes: 20 }));
    },
    exit: EXIT.done,
  },
  {
    name: "an accept that does not end",
    play: async (stage) => {
      const { peer } = await offered(stage);
      const send = peer.begin("accept");
      for (let sent = 0; sent < 2 ** 28; sent += 16_384) await send(Buffer.alloc(16_384, " "));
    },
    exit: EXIT.badMessage,
  },
  {
    name: "a file that would go on from bytes that it does not have: it comes from its beginning",
    play: async (stage) => {
      const { peer } = await offered(stage);
      const resume = { entry: 1, do: "resume", offset: 4, sha256: "A".repeat(43) };
      await peer.send("accept", jsonLines({ default: "skip" }, resume));
      const { plaintext } = await peer.receive();
      if (plaintext.subarray(20).toString() !== "0123456789") throw new Error(`sent ${plaintext.toString("hex")}`);
      await peer.receive();
      await peer.send("ack", jsonLines({ entries: 1, bytes: 10 }));
    },
    exit: EXIT.done,
  },
];

export const RECIPIENT_ATTACKS: readonly Attack[] = [
  ...others,
  ...accepts,
  ...acks,
  ...errors,
  ...recordAttacks("accept", jsonLines({ default: "send" })),
];
