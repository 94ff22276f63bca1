import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Duet, scratch } from "./duet.js";
import { HAS_TERMINAL, Terminal } from "./terminal.js";

/** A sender with files, and a person in front of the recipient. */
async function offering(names: readonly string[], args: readonly string[] = []) {
  const place = await scratch();
  const inbox = join(place.path, "inbox");
  await mkdir(inbox);
  for (const name of names) await writeFile(join(place.path, name), `content of ${name}`);
  const sender = new Duet(["send", ...names, "--json", ...args], { env: place.env, cwd: place.path });
  const { code, relay } = await sender.code();
  return {
    ...place,
    inbox,
    sender,
    code,
    relay,
    [Symbol.asyncDispose]: async () => {
      await sender[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!HAS_TERMINAL)("at a terminal", () => {
  test("the code is asked for, Tab completes it, the list is shown, and yes receives", async () => {
    await using offer = await offering(["report.pdf", "notes.txt"], ["--code", "4821-cactus-lemon-violin"]);
    const { relay, inbox, env, sender } = offer;
    await using recipient = new Terminal(["receive", "--relay", relay, "--out", inbox], env);
    await recipient.shows(/Code: $/);
    recipient.press("4821-cactus-lemon-viol");
    await recipient.shows(/lemon-viol$/);
    recipient.press("\t");
    await recipient.shows(/in$/);
    recipient.press("\r");
    await recipient.shows(/The other side offers 2 files, 41 bytes:/);
    await recipient.shows(/21 bytes {2}report\.pdf/);
    await recipient.shows(/Accept into .*inbox\? \[y\/N\] $/);
    expect(await readdir(inbox)).toEqual([]);
    recipient.press("y\r");
    await recipient.shows(/Received 2 files, 41 bytes/);
    expect([await recipient.exited, (await sender.ended).code]).toEqual([0, 0]);
    expect(await readFile(join(inbox, "notes.txt"), "utf8")).toBe("content of notes.txt");
  });

  test.each([
    ["n\r", /said no/],
    ["\r", /said no/],
    ["n, wrong file\r", /wrong file/],
  ])("%j declines: exit 5 on both sides, nothing is written, and the sender is told", async (keys, told) => {
    await using offer = await offering(["a.txt"]);
    const { code, relay, inbox, env, sender } = offer;
    await using recipient = new Terminal(["receive", code, "--relay", relay, "--out", inbox], env);
    await recipient.shows(/Accept into .*\[y\/N\] $/);
    recipient.press(keys);
    expect([await recipient.exited, (await sender.ended).code]).toEqual([5, 5]);
    expect(sender.events.at(-1)).toMatchObject({
      event: "error",
      code: "declined",
      message: expect.stringMatching(told) as unknown,
    });
    expect(await readdir(inbox)).toEqual([]);
  });

  test("a long list is cut, and `l` shows all of it, a page at a time", async () => {
    const names = Array.from({ length: 30 }, (_, i) => `file-${String(i).padStart(2, "0")}.txt`);
    await using offer = await offering(names);
    const { code, relay, inbox, env } = offer;
    await using recipient = new Terminal(["receive", code, "--relay", relay, "--out", inbox], env);
    await recipient.shows(/file-15\.txt\r\n +… and 14 more/);
    await recipient.shows(/\[y\/N, l = list all\] $/);
    recipient.press("l\r");
    await recipient.shows(/file-21\.txt\r\n-- Enter for more, q to end the list -- $/);
    recipient.press("\r");
    await recipient.shows(/file-29\.txt/);
    await recipient.shows(/list all\] $/);
    recipient.press("y\r");
    expect(await recipient.exited).toBe(0);
    expect(await readdir(inbox)).toHaveLength(30);
  });

  test("each name that is taken is asked about, and Enter destroys nothing", async () => {
    await using offer = await offering(["a.txt", "b.txt", "c.txt", "d.txt"]);
    const { code, relay, inbox, env } = offer;
    for (const name of ["a.txt", "b.txt", "c.txt"]) await writeFile(join(inbox, name), "mine");
    await using recipient = new Terminal(["receive", code, "--relay", relay, "--out", inbox], env);
    await recipient.shows(/a\.txt {2}\(the name is taken: you will be asked\)/);
    await recipient.shows(/Free there: /);
    await recipient.shows(/\[y\/N\] $/);
    recipient.press("y\r");
    await recipient.shows(/a\.txt is there already: 4 bytes, of 2\d{3}-.*; offered are 16 bytes\./);
    await recipient.shows(/\[R\/o\/s\] $/);
    recipient.press("\r");
    await recipient.shows(/b\.txt is there already/);
    await recipient.shows(/\[R\/o\/s\] $/);
    recipient.press("x\r");
    await recipient.shows(/one of these letters/);
    recipient.press("O\r");
    expect(await recipient.exited).toBe(0);
    const read = (name: string) => readFile(join(inbox, name), "utf8");
    expect((await readdir(inbox)).toSorted()).toEqual(["a (1).txt", "a.txt", "b.txt", "c.txt", "d.txt"]);
    expect(await Promise.all(["a.txt", "b.txt", "c.txt"].map(read))).toEqual([
      "mine",
      "content of b.txt",
      "content of c.txt",
    ]);
  });

  test("a folder that is there is gone into, with a question for each file that is there too", async () => {
    await using place = await scratch();
    for (const [folder, text] of [
      ["from/d", "new"],
      ["to/d", "old"],
    ] as const) {
      await mkdir(join(place.path, folder), { recursive: true });
      for (const name of ["x", "y"]) await writeFile(join(place.path, folder, name), text);
    }
    await writeFile(join(place.path, "from/d/z"), "new");
    await using sender = new Duet(["send", "from/d", "--json"], { env: place.env, cwd: place.path });
    const { code, relay } = await sender.code();
    const to = join(place.path, "to");
    await using recipient = new Terminal(["receive", code, "--relay", relay, "--out", to], place.env);
    await recipient.shows(/\[y\/N\] $/);
    recipient.press("y\r");
    await recipient.shows(/The folder d\/ is there already\./);
    await recipient.shows(/\[R\/o\/s\/e\] $/);
    recipient.press("e\r");
    await recipient.shows(/d\/x is there already/);
    await recipient.shows(/\[R\/o\/s\] $/);
    recipient.press("s\r");
    await recipient.shows(/d\/y is there already/);
    await recipient.shows(/\[R\/o\/s\] $/);
    recipient.press("o\r");
    expect(await recipient.exited).toBe(0);
    expect(await readdir(to)).toEqual(["d"]);
    const read = (name: string) => readFile(join(to, "d", name), "utf8");
    expect(await Promise.all(["x", "y", "z"].map(read))).toEqual(["old", "new", "new"]);
  });

  test("Ctrl-C at the question exits 130, and 5 on the other side", async () => {
    await using offer = await offering(["a.txt"]);
    const { code, relay, inbox, env, sender } = offer;
    await using recipient = new Terminal(["receive", code, "--relay", relay, "--out", inbox], env);
    await recipient.shows(/Accept into/);
    recipient.press("\u0003");
    expect([await recipient.exited, (await sender.ended).code]).toEqual([130, 5]);
  });

  describe("with --verify", () => {
    async function verifying(env: NodeJS.ProcessEnv, cwd: string) {
      await writeFile(join(cwd, "a.txt"), "content");
      const sender = new Terminal(["send", join(cwd, "a.txt"), "--verify"], env);
      const [, command = ""] = await sender.shows(/On this computer:\s+duet (receive .*)\r\n/);
      const recipient = new Terminal([...command.split(" "), "--verify", "--yes", "--out", cwd], env);
      const digits = await Promise.all(
        [sender, recipient].map(async (side) => {
          const [, seen] = await side.shows(/in between: +(\d{4} \d{4})/);
          await side.shows(/same digits\? \[y\/N\] $/);
          return seen;
        }),
      );
      return { sender, recipient, digits };
    }

    test("both sides show the same digits, and send after both have said yes", async () => {
      await using place = await scratch();
      const { sender, recipient, digits } = await verifying(place.env, place.path);
      expect(digits[0]).toBe(digits[1]);
      sender.press("y\r");
      recipient.press("y\r");
      expect([await sender.exited, await recipient.exited]).toEqual([0, 0]);
      expect(await readFile(join(place.path, "a (1).txt"), "utf8")).toBe("content");
    });

    test("no on one side exits 3 on both", async () => {
      await using place = await scratch();
      const { sender, recipient } = await verifying(place.env, place.path);
      recipient.press("n\r");
      expect([await sender.exited, await recipient.exited]).toEqual([3, 3]);
    });
  });

  test("after wrong words the sender may let the other side try again", async () => {
    await using place = await scratch();
    await using sender = new Terminal(["send", "--text", "hello", "--code", "77-cactus-lemon"], place.env);
    const [, relay = ""] = await sender.shows(/On this computer:\s+duet receive .* --relay (\S+)\r\n/);
    await using wrong = new Duet(["receive", "77-cactus-zoo", "--relay", relay, "--yes"], { env: place.env });
    expect((await wrong.ended).code).toBe(3);
    await sender.shows(/try again\? 2 tries left\. \[y\/N\] $/);
    sender.press("y\r");
    await using right = new Duet(["receive", "77-cactus-lemon", "--relay", relay, "--yes"], { env: place.env });
    expect(await right.ended).toMatchObject({ code: 0 });
    expect(await sender.exited).toBe(0);
  });

  test("colours are there, and NO_COLOR takes them away", async () => {
    await using place = await scratch();
    for (const [env, pattern] of [
      [place.env, /.\[1m\d+-/],
      [{ ...place.env, NO_COLOR: "1" }, /Code: \d+-/],
    ] as const) {
      await using sender = new Terminal(["send", "--text", "x"], env);
      await sender.shows(/Ctrl-C stops/);
      expect(sender.raw).toMatch(pattern);
    }
  });

  test("a text that would act on the terminal does not", async () => {
    await using place = await scratch();
    await using sender = new Duet(["send", "--text", "a\u001b[2Jb\u202ec", "--json"], { env: place.env });
    const { code, relay } = await sender.code();
    await using recipient = new Terminal(["receive", code, "--relay", relay, "--yes"], place.env);
    await recipient.shows(/a\ufffd\[2Jb\ufffdc/);
    expect(recipient.raw).not.toContain("\u001b[2J");
    expect(await recipient.exited).toBe(0);
  });

  test("progress is one line that keeps to the width", async () => {
    await using place = await scratch();
    const file = join(place.path, "a-file-with-quite-a-long-name-that-does-not-fit.bin");
    await writeFile(file, Buffer.alloc(2_000_000));
    await using sender = new Terminal(["send", file, "--limit-rate", "1M"], place.env);
    const [, command = ""] = await sender.shows(/On this computer:\s+duet (receive .*)\r\n/);
    await using recipient = new Duet([...command.split(" "), "--yes", "--out", join(place.path, "out")], {
      env: place.env,
    });
    expect([await sender.exited, (await recipient.ended).code]).toEqual([0, 0]);
    const lines = sender.screen.split(/[\r\n]+/).filter((line) => line.includes(" % "));
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(line.length).toBeLessThan(80);
    expect(sender.screen.slice(sender.screen.indexOf(" % "), sender.screen.lastIndexOf(" % "))).not.toContain("\n");
  });
});
