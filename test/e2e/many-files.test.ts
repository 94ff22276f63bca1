import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Duet, scratch } from "./duet.js";

const FOLDERS = 40;
const FILES_EACH = 250;
/** Measured: 80 to 98 on Node 20, of which 75 are the program before it does anything; up to 118 on Node 24. */
const PEAK_MAX_MB = 125;

/** The most memory that a process has had so far. */
async function peakMegabytes({ child }: Duet): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

test.skipIf(process.platform !== "linux")(
  "10,000 small files arrive whole, in bounded memory of both processes, and are told in one short line",
  async () => {
    await using place = await scratch();
    const [from, to] = [join(place.path, "from"), join(place.path, "to")];
    await mkdir(to);
    for (let folder = 0; folder < FOLDERS; folder++) {
      await mkdir(join(from, `${folder}`), { recursive: true });
      const names = Array.from({ length: FILES_EACH }, (_, i) => join(from, `${folder}`, `file-${i}.txt`));
      await Promise.all(names.map((name) => writeFile(name, name.slice(from.length).repeat(8))));
    }
    await using sender = new Duet(["send", from, "--json"], { env: place.env });
    const { code, relay } = await sender.code();
    await using recipient = new Duet(["receive", code, "--relay", relay, "--yes", "--json", "--out", to], {
      env: place.env,
    });
    const peaks = { sender: 0, recipient: 0 };
    const looking = setInterval(() => {
      void peakMegabytes(sender).then((peak) => (peaks.sender = Math.max(peaks.sender, peak)));
      void peakMegabytes(recipient).then((peak) => (peaks.recipient = Math.max(peaks.recipient, peak)));
    }, 50);
    const ended = await Promise.all([sender.ended, recipient.ended]).finally(() => clearInterval(looking));
    expect(ended.map((each) => each.code)).toEqual([0, 0]);
    for (const peak of Object.values(peaks)) {
      expect(peak).toBeGreaterThan(30);
      expect(peak).toBeLessThan(PEAK_MAX_MB);
    }
    const offer = recipient.events.find(({ event }) => event === "offer");
    expect(offer).toMatchObject({ files: 10_000, folders: FOLDERS + 1, more: 9_041, name: "from" });
    for (const folder of await readdir(from)) {
      const names = await readdir(join(from, folder));
      expect((await readdir(join(to, "from", folder))).toSorted()).toEqual(names.toSorted());
      for (const name of names)
        expect(await readFile(join(to, "from", folder, name), "utf8")).toBe(
          await readFile(join(from, folder, name), "utf8"),
        );
    }
  },
  120_000,
);
