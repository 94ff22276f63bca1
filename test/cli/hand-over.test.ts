/** The command for the other side as a QR code, and in the clipboard. */
import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyToClipboard } from "../../src/cli/machine/clipboard.js";
import { qrLines } from "../../src/cli/qr.js";

const COMMAND = "duet receive 4821-cactus-lemon-violin --relay http://192.168.1.5:41234";
const HAS_READER = spawnSync("zbarimg", ["--version"]).status === 0;
/** How many pixels a module is: what a camera far away would see. */
const SCALE = 4;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "duet-hand-over-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a terminal draws, dark characters on a light ground left out, as an image for readers of QR codes. */
function image(lines: readonly string[]): string {
  const rows = lines.flatMap((line) => [
    [...line].map((character) => character === "█" || character === "▀"),
    [...line].map((character) => character === "█" || character === "▄"),
  ]);
  const scaled = rows.flatMap((row) =>
    Array<string>(SCALE).fill(row.map((light) => (light ? "0" : "1").repeat(SCALE)).join("")),
  );
  return `P1\n${scaled[0]?.length ?? 0} ${scaled.length}\n${scaled.join("\n")}\n`;
}

describe("the QR code", () => {
  test("is no wider than a terminal of 80 columns, and square", () => {
    const lines = qrLines(COMMAND);
    expect(lines[0]?.length).toBeLessThan(80);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(Math.abs(lines.length * 2 - (lines[0]?.length ?? 0))).toBeLessThanOrEqual(1);
  });

  test.skipIf(!HAS_READER)("is read by another program as the command (skipped without zbarimg)", async () => {
    const file = join(folder, "code.pbm");
    await writeFile(file, image(qrLines(COMMAND)));
    const { stdout } = spawnSync("zbarimg", ["--quiet", "--raw", file], { encoding: "utf8" });
    expect(stdout.trim()).toBe(COMMAND);
  });
});

describe("the clipboard", () => {
  /** A program of that name that keeps what it is given, and its arguments. */
  async function program(name: string, exit: number): Promise<void> {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\necho "$@" > "${path}.args"\n/bin/cat > "${path}.text"\nexit ${exit}\n`);
    await chmod(path, 0o755);
  }

  const here = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ PATH: folder, ...more });

  test("takes the text by the platform's program, and never in its arguments", async () => {
    await program("xclip", 0);
    const options = { platform: "linux", environment: here({ DISPLAY: ":0" }), terminal: undefined } as const;
    expect(await copyToClipboard(COMMAND, options)).toBe("program");
    expect(await readFile(join(folder, "xclip.text"), "utf8")).toBe(COMMAND);
    expect(await readFile(join(folder, "xclip.args"), "utf8")).not.toContain("cactus");
  });

  test.each([
    ["no program is there", here({ WAYLAND_DISPLAY: "wayland-0" })],
    ["there is no display", here({})],
    ["the person is at the other end of ssh", here({ DISPLAY: ":0", SSH_CONNECTION: "192.0.2.1 1 192.0.2.2 22" })],
  ])("is that of the terminal when %s", async (_when, environment) => {
    let written = "";
    const terminal = (sequence: string): void => void (written += sequence);
    expect(await copyToClipboard("a b", { platform: "linux", environment, terminal })).toBe("terminal");
    expect(written).toBe("\u001b]52;c;YSBi\u0007");
  });

  test("is the next program's when one fails, and nobody's when there is none", async () => {
    await program("pbcopy", 1);
    const environment = here({});
    expect(await copyToClipboard("x", { platform: "darwin", environment, terminal: undefined })).toBeUndefined();
  });
});
