import { mkdir, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PortFiles } from "../../src/cli/port-files.js";
import type { ChannelName } from "../../src/protocol/names.js";
import { scratch } from "../helpers/scratch.js";

const CHANNEL = "4821" as ChannelName;
const DAY_MS = 24 * 3_600_000;
const NOW = 1_700_000_000_000;
const PORTS = { port: 8153, staplerPort: 8154 };

/** As a process that was killed has left it. */
async function leave(directory: string, name: string, ageMs: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, name), "{}");
  await utimes(join(directory, name), new Date(NOW - ageMs), new Date(NOW - ageMs));
}

test("ports are remembered for the next run with the same code, and by nobody else on the machine, until they are forgotten", async () => {
  await using place = await scratch();
  const directory = join(place.path, "state");
  const files = new PortFiles({ directory });
  expect(await files.read(CHANNEL)).toBeUndefined();
  await files.remember(CHANNEL, PORTS);
  expect((await stat(join(directory, "relay-4821.json"))).mode & 0o777).toBe(0o600);
  expect(await new PortFiles({ directory }).read(CHANNEL)).toEqual(PORTS);
  expect(await files.read("4822" as ChannelName)).toBeUndefined();
  await files.forget(CHANNEL);
  await files.forget(CHANNEL);
  expect([await files.read(CHANNEL), await readdir(directory)]).toEqual([undefined, []]);
});

test.each(["", "{", "[]", "null", '{"port":1}', '{"port":0,"staplerPort":1}', '{"port":65536,"staplerPort":1}'])(
  "what is not two ports is none: %j",
  async (text) => {
    await using place = await scratch();
    await writeFile(join(place.path, "relay-4821.json"), text);
    expect(await new PortFiles({ directory: place.path }).read(CHANNEL)).toBeUndefined();
  },
);

test("regression: what killed processes had left stayed for ever", async () => {
  await using place = await scratch();
  const directory = join(place.path, "state");
  await leave(directory, "relay-1000.json", 8 * DAY_MS);
  await leave(directory, "relay-2000.json", 6 * DAY_MS);
  // By a clock that was set back since.
  await leave(directory, "relay-3000.json", -400 * DAY_MS);
  await leave(directory, "relay-notes.json", 8 * DAY_MS);
  await new PortFiles({ directory, now: () => NOW }).remember(CHANNEL, PORTS);
  expect((await readdir(directory)).sort()).toEqual([
    "relay-2000.json",
    "relay-3000.json",
    "relay-4821.json",
    "relay-notes.json",
  ]);
});
