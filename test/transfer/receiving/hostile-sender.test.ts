/** A sender that knows the words and means harm: every attack of the kind that has hit other tools. */
import { mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { receiveFiles } from "../../../src/transfer/receiving/receive.js";
import type { ReceiveOptions } from "../../../src/transfer/receiving/receive-options.js";
import { attackWith, dir, file, LINE_BREAKS, link, manifest, type Play } from "../helpers/attack.js";
import { HARMFUL_NAMES, ILL_BODIES, ILL_ENDS, ILL_MANIFESTS, offered, ten } from "../helpers/harmful.js";
import { agree, Rendezvous } from "../helpers/rendezvous.js";
import { scratch, snapshot } from "../../helpers/scratch.js";
import { frame, jsonLines, WirePeer } from "../helpers/wire-peer.js";

let session: Awaited<ReturnType<typeof agree>>;
beforeAll(async () => {
  session = await agree();
});

const attack = (to: string, play: Play, options: Partial<ReceiveOptions> = {}) =>
  attackWith(session, to, play, options);

describe("a name is refused before anybody is asked", () => {
  test.each(HARMFUL_NAMES)("%s", async (_what, entries) => {
    await using place = await scratch();
    const { error, told, asked } = await attack(place.to, (sender) => sender.send("manifest", manifest(...entries)));
    expect([error?.code, asked]).toEqual(["bad_message", 0]);
    expect(told).toMatchObject({ code: "bad_message" });
    expect(await readdir(place.path)).toEqual(["from", "to"]);
    expect(await readdir(place.to)).toEqual([]);
  });
});

test("a name with a bidi override is kept, and shown escaped by displayName", async () => {
  await using place = await scratch();
  const { error } = await attack(place.to, async (sender, accepted) => {
    await sender.send("manifest", manifest(file("gpj\u202eexe", 0)));
    await accepted;
    await sender.send("end", jsonLines({ entries: 1, failed: 0, bytes: 0 }));
  });
  expect(error).toBeUndefined();
  expect(await readdir(place.to)).toEqual(["gpj\u202eexe"]);
});

describe("a manifest is refused", () => {
  test.each(ILL_MANIFESTS)("%s", async (_what, plaintext) => {
    await using place = await scratch();
    const { error, asked } = await attack(place.to, (sender) => sender.send("manifest", plaintext));
    expect([error?.code, asked]).toEqual(["bad_message", 0]);
    expect(await readdir(place.to)).toEqual([]);
  });

  test("that does not end", async () => {
    await using place = await scratch();
    const { error } = await attack(place.to, async (sender) => {
      const send = sender.begin("manifest");
      for (;;) await send(Buffer.alloc(16_384, " "));
    });
    expect(error).toMatchObject({ code: "bad_message", message: "a line is too long" });
  });
});

describe("bodies are refused, and nothing stays under its name", () => {
  test.each(ILL_BODIES)("%s", async (_what, frames) => {
    await using place = await scratch();
    const { error, told } = await attack(place.to, async (sender, accepted) => {
      await sender.send("manifest", offered);
      await accepted;
      await sender.send("body", Buffer.concat(frames));
      await sender.send("end", jsonLines({ entries: 4, failed: 0, bytes: 30 }));
    });
    expect(error?.code).toBe("bad_message");
    expect(told).toMatchObject({ code: "bad_message" });
    // Folders, and files that were complete before, may be there; parts are not.
    const names = await readdir(place.to);
    expect(names.filter((name) => name !== "a" && name !== "d")).toEqual([]);
    const content = await readFile(join(place.to, "a")).catch(() => ten);
    expect(content).toEqual(ten);
  });

  test.each(ILL_ENDS)("an end that says %s", async (_what, end) => {
    await using place = await scratch();
    const { error } = await attack(place.to, async (sender, accepted) => {
      await sender.send("manifest", offered);
      await accepted;
      await sender.send("body", Buffer.concat([frame(0, 0, ten), frame(2, 0, ten), frame(3, 0, ten)]));
      await sender.send("end", jsonLines(end));
    });
    expect(error?.code).toBe("bad_message");
    expect(await readdir(place.to)).not.toContain("c.part");
  });

  test("an end before the bodies", async () => {
    await using place = await scratch();
    const { error } = await attack(place.to, async (sender, accepted) => {
      await sender.send("manifest", offered);
      await accepted;
      await sender.send("end", jsonLines({ entries: 4, failed: 0, bytes: 0 }));
    });
    expect(error?.code).toBe("bad_message");
  });
});

test("the end of the line before `end` is no end of a transfer", async () => {
  await using place = await scratch();
  const { error } = await attack(place.to, async (sender, accepted) => {
    await sender.send("manifest", manifest(file("a", 10)));
    await accepted;
    await sender.send("body", frame(0, 0, Buffer.alloc(10)));
    throw LINE_BREAKS;
  });
  // Played as a loss: nobody comes back.
  expect(error).toBeDefined();
  expect(await readdir(place.to)).toEqual([]);
});

test("a body before anybody agreed is a forgery, and nothing of it is written", async () => {
  await using place = await scratch();
  const { error, asked } = await attack(
    place.to,
    async (sender) => {
      await sender.send("manifest", manifest(file("a", 10)));
      await sender.send("body", frame(0, 0, Buffer.alloc(10)));
    },
    { consent: () => new Promise(() => {}) },
  );
  expect([error?.code, asked]).toEqual(["connection_lost", 0]);
  expect(await readdir(place.to)).toEqual([]);
});

test("an archive bomb is refused before anybody is asked: there is no room for it", async () => {
  await using place = await scratch();
  const { error, told, asked } = await attack(place.to, (sender) =>
    sender.send("manifest", manifest(file("a", 2 ** 52))),
  );
  expect([error?.code, asked]).toEqual(["no_space", 0]);
  // Not how much room there is.
  expect(told).toEqual({ code: "no_space", message: "not enough room" });
  expect(await readdir(place.to)).toEqual([]);
});

test("another nonce than the one that was committed to is interference", async () => {
  await using place = await scratch();
  const rendezvous = new Rendezvous([session]);
  const signal = new AbortController().signal;
  const received = receiveFiles({
    exchange: rendezvous.recipient,
    out: place.to,
    consent: async () => ({ accept: true }),
    signal,
  });
  const sender = new WirePeer(session.sender, await rendezvous.dial("sender", 0, signal));
  const told = sender.greet(new Uint8Array(32)).then(() => sender.receive());
  expect((await told).json()).toMatchObject({ code: "interfered" });
  await expect(received).rejects.toMatchObject({ code: "interfered" });
  expect(rendezvous.closes).toEqual([{ role: "recipient", reason: "interfered" }]);
});

describe("what lies in the folder that receives is not gone through", () => {
  const inside = manifest(dir("d"), file("d/a", 1));
  const deliver = async (sender: WirePeer, accepted: Promise<unknown>) => {
    await sender.send("manifest", inside);
    await accepted;
    await sender.send("body", frame(1, 0, Buffer.from("x")));
    await sender.send("end", jsonLines({ entries: 2, failed: 0, bytes: 1 }));
  };

  test.each(["overwrite", "rename", "skip"] as const)("a link in the place of a folder, with %s", async (rule) => {
    await using place = await scratch();
    await symlink(place.from, join(place.to, "d"));
    await attack(place.to, deliver, { rule });
    expect(await readdir(place.from)).toEqual([]);
    expect(await readdir(place.to)).toEqual(rule === "skip" ? ["d"] : ["d", "d (1)"]);
  });

  test.each(["overwrite", "skip"] as const)("a link further in, with %s", async (rule) => {
    await using place = await scratch();
    await mkdir(join(place.to, "d"));
    await symlink(place.from, join(place.to, "d", "e"));
    const { asked } = await attack(
      place.to,
      async (sender, accepted) => {
        await sender.send("manifest", manifest(dir("d"), dir("d/e"), file("d/e/a", 1)));
        await accepted;
        await sender.send("end", jsonLines({ entries: 1, failed: 0, bytes: 0 }));
      },
      { rule },
    );
    expect(await readdir(place.from)).toEqual([]);
    expect(asked).toBe(rule === "skip" ? 1 : 0);
  });

  test("a link that is put there after the yes", async () => {
    await using place = await scratch();
    const consent = async () => {
      await symlink(place.from, join(place.to, "d"));
      return { accept: true } as const;
    };
    const { error, told } = await attack(place.to, deliver, { consent });
    expect(error?.code).toBe("cannot_write");
    expect(told).toMatchObject({ code: "cannot_write" });
    expect(await readdir(place.from)).toEqual([]);
  });

  test.each(["overwrite", "rename"] as const)("a link or a file in the place of the part, with %s", async (rule) => {
    await using place = await scratch();
    await writeFile(join(place.from, "mine"), "mine");
    await symlink(join(place.from, "mine"), join(place.to, "a.part"));
    await writeFile(join(place.to, "b.part"), "mine too");
    await attack(
      place.to,
      async (sender, accepted) => {
        await sender.send("manifest", manifest(file("a", 1), file("b", 1)));
        await accepted;
        await sender.send("body", Buffer.concat([frame(0, 0, Buffer.from("x")), frame(1, 0, Buffer.from("y"))]));
        await sender.send("end", jsonLines({ entries: 2, failed: 0, bytes: 2 }));
      },
      { rule },
    );
    expect((await readdir(place.to)).sort()).toEqual(["a", "a.part", "b", "b.part"]);
    expect(await readFile(join(place.from, "mine"), "utf8")).toBe("mine");
    expect(await readFile(join(place.to, "b.part"), "utf8")).toBe("mine too");
  });

  test("a link in the place of a file is replaced, not followed", async () => {
    await using place = await scratch();
    await writeFile(join(place.from, "mine"), "mine");
    await symlink(join(place.from, "mine"), join(place.to, "a"));
    const { error } = await attack(
      place.to,
      async (sender, accepted) => {
        await sender.send("manifest", manifest(file("a", 1)));
        await accepted;
        await sender.send("body", frame(0, 0, Buffer.from("x")));
        await sender.send("end", jsonLines({ entries: 1, failed: 0, bytes: 1 }));
      },
      { rule: "overwrite" },
    );
    expect(error).toBeUndefined();
    expect(await readFile(join(place.from, "mine"), "utf8")).toBe("mine");
    expect((await snapshot(place.to))["a"]).toMatch(/^file /);
  });

  test("an output folder that is a link is resolved once, before the other side is met", async () => {
    await using place = await scratch();
    const out = join(place.path, "out");
    await symlink(place.to, out);
    const { error } = await attack(out, deliver);
    expect(error).toBeUndefined();
    expect(await readdir(place.to)).toEqual(["d"]);
  });
});

test("links are made after everything else, so nothing is written through one", async () => {
  await using place = await scratch();
  const { error } = await attack(place.to, async (sender, accepted) => {
    await sender.send("manifest", manifest(dir("d"), link("d/l", "real"), dir("d/real"), file("d/real/a", 1)));
    await accepted;
    await sender.send("body", frame(3, 0, Buffer.from("x")));
    await sender.send("end", jsonLines({ entries: 4, failed: 0, bytes: 1 }));
  });
  expect(error).toBeUndefined();
  expect(await readFile(join(place.to, "d", "l", "a"), "utf8")).toBe("x");
});

describe("a topmost link to what does not get its own name leads to nothing of the recipient's", () => {
  const entries = [dir("docs"), file("docs/a"), link("lnk", "docs"), link("notes-link", "./notes"), file("notes")];
  const deliver = async (sender: WirePeer, accepted: Promise<unknown>, wanted: readonly number[]) => {
    await sender.send("manifest", manifest(...entries));
    await accepted;
    if (wanted.length > 0)
      await sender.send("body", Buffer.concat(wanted.map((entry) => frame(entry, 0, Buffer.from("x")))));
    await sender.send("end", jsonLines({ entries: wanted.length === 0 ? 2 : 5, failed: 0, bytes: wanted.length }));
  };

  test("with rename it leads to the new name", async () => {
    await using place = await scratch();
    await mkdir(join(place.to, "docs"));
    await writeFile(join(place.to, "notes"), "mine");
    await attack(place.to, (sender, accepted) => deliver(sender, accepted, [1, 4]), { rule: "rename" });
    expect(await readlink(join(place.to, "lnk"))).toBe("docs (1)");
    expect(await readlink(join(place.to, "notes-link"))).toBe("notes (1)");
    expect(await readFile(join(place.to, "notes-link"), "utf8")).toBe("x");
  });

  test("with rename it leads to a name that was given only after the yes", async () => {
    await using place = await scratch();
    const consent = async () => {
      await writeFile(join(place.to, "notes"), "mine");
      return { accept: true } as const;
    };
    await attack(place.to, (sender, accepted) => deliver(sender, accepted, [1, 4]), { rule: "rename", consent });
    expect(await readlink(join(place.to, "lnk"))).toBe("docs");
    expect(await readlink(join(place.to, "notes-link"))).toBe("notes (1)");
  });

  test("with skip it is left out with what it leads to, and that is said", async () => {
    await using place = await scratch();
    await writeFile(join(place.to, "docs"), "mine");
    await writeFile(join(place.to, "notes"), "mine");
    const told: string[] = [];
    await attack(place.to, (sender, accepted) => deliver(sender, accepted, []), {
      rule: "skip",
      onEvent: (event) => event.event === "skipped" && told.push(`${event.path}: ${event.detail}`),
    });
    expect((await readdir(place.to)).sort()).toEqual(["docs", "notes"]);
    expect(told).toContain("lnk: what it leads to is left out");
    expect(told).toContain("notes-link: what it leads to is left out");
  });
});
