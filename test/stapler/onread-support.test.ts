import type net from "node:net";
import { expect, test } from "vitest";
import { BufferPool } from "../../src/stapler/buffers.js";
import type { Leg, LegReader } from "../../src/stapler/leg.js";
import { OnreadLeg } from "../../src/stapler/onread-leg.js";
import { onreadWorks, tryLeg } from "../../src/stapler/onread-support.js";
import { PublicLeg } from "../../src/stapler/public-leg.js";
import { createStapler } from "../../src/stapler/server.js";
import { FakeAdmission, ManualClock } from "./fixtures.js";

/** A leg of public API, with something wrong about how it reads. */
class Faulty extends PublicLeg {
  readonly #spoil: (reader: LegReader) => LegReader;

  constructor(accepted: net.Socket, spoil: (reader: LegReader) => LegReader) {
    super(accepted, "127.0.0.1");
    this.#spoil = spoil;
  }

  override readTo(reader: LegReader): void {
    super.readTo(this.#spoil(reader));
  }
}

test("the onread form works on this Node, and is what a stapler takes by itself", async () => {
  expect(await onreadWorks()).toBe(true);
  await using stapler = await createStapler({ host: "127.0.0.1", port: 0, admission: new FakeAdmission() });
  expect(stapler.implementation).toBe("onread");
});

test("the onread form is never taken on Windows", async () => {
  expect(await onreadWorks("win32")).toBe(false);
});

test("a leg that never asks for a larger buffer is found out", async () => {
  expect(await tryLeg((accepted) => new PublicLeg(accepted, "127.0.0.1"))).toBe(false);
});

test.each([
  [
    "spoils what it reads",
    (reader: LegReader) => ({ ...bound(reader), read: (bytes: Buffer) => reader.read(Buffer.alloc(bytes.length)) }),
  ],
  ["stays silent", (reader: LegReader) => ({ ...bound(reader), read: () => true })],
])("a leg that %s is found out", async (_what, spoil) => {
  const make = (accepted: net.Socket, pool: { take(size: number): unknown }): Leg => {
    pool.take(16 * 1024);
    return new Faulty(accepted, spoil);
  };
  expect(await tryLeg(make, 100).catch(() => "failed")).not.toBe(true);
});

test("where the onread form cannot be built, it counts as not working", async () => {
  const make = (accepted: net.Socket): Leg => {
    accepted.destroy();
    throw new Error("no handle");
  };
  await expect(tryLeg(make)).rejects.toThrow("no handle");
});

test("a socket whose handle is gone is an error, not a crash later on", () => {
  const accepted = { _handle: null } as unknown as net.Socket;
  expect(() => new OnreadLeg(accepted, "127.0.0.1", new BufferPool(new ManualClock()))).toThrow("no handle");
});

function bound(reader: LegReader): LegReader {
  return { read: (bytes) => reader.read(bytes), eof: () => reader.eof(), closed: () => reader.closed() };
}
