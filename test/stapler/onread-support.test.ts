import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { expect, test } from "vitest";
import { acceptHandles } from "../../src/stapler/bare-handles.js";
import type { BufferPool } from "../../src/stapler/buffers.js";
import type { Leg, LegReader } from "../../src/stapler/leg.js";
import { OnreadLeg, takeHandle } from "../../src/stapler/onread-leg.js";
import { accepting, bestImplementation, tryLeg } from "../../src/stapler/onread-support.js";
import { PublicLeg } from "../../src/stapler/public-leg.js";
import { createStapler } from "../../src/stapler/server.js";
import { FakeAdmission, until } from "./fixtures.js";

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

test("bare handles work on this Node, and are what a stapler takes by itself", async () => {
  expect(await bestImplementation()).toBe("bare");
  await using stapler = await createStapler({ host: "127.0.0.1", port: 0, admission: new FakeAdmission() });
  expect(stapler.implementation).toBe("bare");
});

/** A line of the kernel's table: local and remote port in hexadecimal, then which timer runs. */
const CONNECTION = /^ *\d+: \w+:(\w+) \w+:(\w+) 01 \S+ (\w+):/gm;
const KEEP_ALIVE_TIMER = "02";

test.runIf(process.platform === "linux")("an accepted handle inherits keep-alive from its server", async () => {
  await using stapler = await createStapler({ host: "127.0.0.1", port: 0, admission: new FakeAdmission() });
  const peer = net.connect(stapler.port, "127.0.0.1");
  await until(() => stapler.counts().connections === 1);
  const timers = [...readFileSync("/proc/net/tcp", "utf8").matchAll(CONNECTION)]
    .filter(
      ([, local = "", remote = ""]) => parseInt(local, 16) === stapler.port && parseInt(remote, 16) === peer.localPort,
    )
    .map(([, , , timer]) => timer);
  expect(timers).toEqual([KEEP_ALIVE_TIMER]);
  peer.destroy();
});

test("only public API is taken on Windows", async () => {
  expect(await bestImplementation("win32")).toBe("public");
});

test("a leg that never asks for a larger buffer is found out", async () => {
  expect(await tryLeg(accepting((accepted) => new PublicLeg(accepted, "127.0.0.1")))).toBe(false);
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
  expect(await tryLeg(accepting(make), 100).catch(() => "failed")).not.toBe(true);
});

test("where the onread form cannot be built, it counts as not working", async () => {
  const make = (accepted: net.Socket): Leg => {
    accepted.destroy();
    throw new Error("no handle");
  };
  await expect(tryLeg(accepting(make))).rejects.toThrow("no handle");
});

test("where a socket comes with a handle of its own, that one works too", async () => {
  const make = (accepted: net.Socket, pool: BufferPool): Leg => new OnreadLeg(takeHandle(accepted), "127.0.0.1", pool);
  expect(await tryLeg(accepting(make))).toBe(true);
});

test("a server whose handle is of another form goes on as it was", async () => {
  const taken: unknown[] = [];
  for (const _handle of [null, {}]) {
    expect(acceptHandles({ _handle } as unknown as net.Server, (bare) => taken.push(bare))).toBe(false);
  }
  expect(taken).toEqual([]);
});

test("a connection that cannot be accepted is an error of the server, as without bare handles", async () => {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  expect(acceptHandles(server, () => expect.unreachable())).toBe(true);
  const failed = once(server, "error");
  // As libuv says it: EMFILE, and no handle.
  (server as unknown as { _handle: { onconnection(error: number): void } })._handle.onconnection(-24);
  expect(await failed).toEqual([expect.objectContaining({ code: "EMFILE" })]);
  server.close();
});

test("a bare connection whose peer is gone already is closed, and nobody is told of it", async () => {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  expect(acceptHandles(server, () => expect.unreachable())).toBe(true);
  let closed = 0;
  const gone = { getpeername: () => -107, close: () => (closed += 1) };
  const { _handle } = server as unknown as { _handle: { onconnection(error: number, accepted: object): void } };
  _handle.onconnection(0, gone);
  expect(closed).toBe(1);
  server.close();
});

test("a socket whose handle is gone is an error, not a crash later on", () => {
  const accepted = { _handle: null } as unknown as net.Socket;
  expect(() => takeHandle(accepted)).toThrow("no handle");
});

function bound(reader: LegReader): LegReader {
  return { read: (bytes) => reader.read(bytes), eof: () => reader.eof(), closed: () => reader.closed() };
}
