/** The commands that go on, as they are printed before they are needed. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Duet, type Event, scratch } from "./duet.js";

const CONTENT = Buffer.alloc(12_000_000, "0123456789abcdef");

/** Runs a command line as it was printed; nothing in these tests needs quotes. */
function run(
  command: unknown,
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
  ...more: string[]
): Duet {
  const [assignment = "", , ...words] = String(command).split(" ");
  return new Duet([...words, ...more], {
    ...options,
    env: { ...options.env, DUET_CODE: assignment.replace("DUET_CODE=", "") },
  });
}

const isProgress = (bytes: number) => (event: Event) => event["event"] === "progress" && Number(event["bytes"]) > bytes;

test(
  "a recipient that is stopped keeps what it has, and both printed commands go on with it",
  { timeout: 60_000 },
  async () => {
    await using place = await scratch();
    await writeFile(join(place.path, "a.bin"), CONTENT);
    const options = { env: place.env, cwd: place.path };
    await using sender = new Duet(["send", "a.bin", "--limit-rate", "4M", "--json", "--wait-for-peer", "20"], options);
    const { code, relay } = await sender.code();
    await using recipient = new Duet(
      ["receive", code, "--relay", relay, "--yes", "--out", "out", "--json", "--wait-for-peer", "20"],
      options,
    );
    const { command } = await recipient.event("resumable");
    await recipient.event("progress", isProgress(7_000_000));
    recipient.child.kill("SIGINT");
    const [sent, stopped] = [await sender.ended, await recipient.ended];
    expect([sent.code, stopped.code]).toEqual([5, 130]);
    expect(recipient.events.at(-1)).toMatchObject({ event: "error", code: "interrupted", command });
    expect(await readdir(join(place.path, "out"))).toEqual([expect.stringMatching(/^a\.bin\.[0-9a-f]{12}\.part$/)]);

    const { resume } = await sender.event("code");
    await using senderAgain = run(resume, options);
    await using recipientAgain = run(command, options);
    expect([(await senderAgain.ended).code, (await recipientAgain.ended).code]).toEqual([0, 0]);
    expect((await readFile(join(place.path, "out", "a.bin"))).equals(CONTENT)).toBe(true);
    expect(await readdir(join(place.path, "out"))).toEqual(["a.bin"]);
    expect(recipientAgain.events).toContainEqual(expect.objectContaining({ event: "resumed" }));
    expect(await readdir(join(place.path, "state"))).toEqual([]);
  },
);

test("a stream has no command that goes on", async () => {
  await using place = await scratch();
  await using sender = new Duet(["send", "-", "--json"], { env: place.env, input: "x" });
  expect(await sender.event("code")).not.toHaveProperty("resume");
});
