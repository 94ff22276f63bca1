/** A recipient that knows the words and answers wrongly. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { sendFiles } from "../../../src/transfer/sending/send.js";
import { ILL_ACCEPTS, ILL_ACKS } from "../helpers/harmful.js";
import { agree, Rendezvous } from "../helpers/rendezvous.js";
import { problem, scratch } from "../../helpers/scratch.js";
import { jsonLines, WirePeer } from "../helpers/wire-peer.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

const never = new AbortController().signal;

/** Sends two files of 10 bytes to a recipient whom the test plays. @returns how it ended for the sender */
async function attack(play: (recipient: WirePeer) => Promise<void>): Promise<string> {
  return (await fate(play)).code;
}

async function fate(
  play: (recipient: WirePeer) => Promise<void>,
): Promise<{ readonly code: string; readonly message: string }> {
  await using place = await scratch();
  const paths = ["a", "b"].map((name) => join(place.from, name));
  for (const path of paths) await writeFile(path, "0123456789");
  const rendezvous = new Rendezvous([session]);
  const sent = sendFiles({ exchange: rendezvous.sender, content: { paths }, signal: never }).then(
    () => ({ code: "sent", message: "" }),
    problem,
  );
  const stream = await rendezvous.dial("recipient", 0, never);
  const recipient = new WirePeer(session.recipient, stream);
  await recipient.greet();
  expect((await recipient.receive()).type).toBe("manifest");
  await play(recipient);
  // Whatever else comes is read, as a kernel would.
  for (let isOpen = true; isOpen;)
    isOpen = await recipient.receive().then(
      () => true,
      () => false,
    );
  stream.destroy();
  rendezvous.desert();
  return await sent;
}

describe("an accept is refused", () => {
  test.each(ILL_ACCEPTS)("%s", async (_what, lines) => {
    expect(await attack((recipient) => recipient.send("accept", jsonLines(...lines)))).toBe("bad_message");
  });
});

test("an ack of something else is refused", async () => {
  for (const ack of ILL_ACKS) {
    const outcome = await attack(async (recipient) => {
      await recipient.send("accept", jsonLines({ default: "send" }));
      await recipient.receive();
      expect((await recipient.receive()).json()).toEqual({ entries: 2, failed: 0, bytes: 20 });
      await recipient.send("ack", jsonLines(ack));
    });
    expect(outcome).toBe("bad_message");
  }
});

test("an ack before the end is a forgery", async () => {
  const outcome = await attack(async (recipient) => {
    await recipient.send("accept", jsonLines({ default: "send" }));
    await recipient.send("ack", jsonLines({ entries: 2, bytes: 20 }));
  });
  // It may come in time for what has been sent so far or not: never is it taken for more.
  expect(["connection_lost", "sent"]).toContain(outcome);
});

test("an accept before the manifest has ended is not possible, and a second one is a forgery", async () => {
  const outcome = await attack(async (recipient) => {
    await recipient.send("accept", jsonLines({ default: "send" }));
    await recipient.send("accept", jsonLines({ default: "skip" }));
  });
  expect(outcome).toBe("connection_lost");
});

test("who wants to resume gets the file from its beginning, as is always allowed", async () => {
  const outcome = await attack(async (recipient) => {
    await recipient.send(
      "accept",
      jsonLines({ default: "skip" }, { entry: 1, do: "resume", offset: 4, sha256: "A".repeat(43) }),
    );
    const body = await recipient.receive();
    expect(body.plaintext.subarray(20).toString()).toBe("0123456789");
    expect((await recipient.receive()).json()).toEqual({ entries: 1, failed: 0, bytes: 10 });
    await recipient.send("ack", jsonLines({ entries: 1, bytes: 10 }));
  });
  expect(outcome).toBe("sent");
});

test.each([
  ["declined", "declined"],
  ["cancelled", "cancelled"],
  ["interfered", "interfered"],
  ["no_space", "no_space"],
  ["cannot_write", "cannot_write"],
  ["unsupported", "unsupported"],
  ["something new", "failed"],
])("an error of the other side, %s, is this side's %s, with its text cleaned", async (code, expected) => {
  const { code: here, message } = await fate(async (recipient) => {
    await recipient.send("error", jsonLines({ code, message: "bad\u001b[31m\u202e news" }));
  });
  expect([here, message]).toEqual([expected, "the other side: bad[31m news"]);
});
