import { expect, test } from "vitest";
import { maskedTitle, processListIsPublic } from "../../../src/cli/machine/process-list.js";

const MOUNTS = (options: string): string =>
  `/dev/sda1 / ext4 rw 0 0\nproc /proc proc ${options} 0 0\nproc /srv/jail/proc proc rw 0 0\n`;

test.each([
  ["linux", "rw,nosuid,relatime", true],
  ["linux", "rw,hidepid=0", true],
  ["linux", "rw,hidepid=2,gid=4", false],
  ["linux", "rw,hidepid=invisible", false],
  ["linux", "rw,hidepid=ptraceable", false],
  ["darwin", "", true],
  ["freebsd", "", true],
  ["win32", "", false],
] as const)("on %s with /proc mounted %j the list of processes is public: %s", (platform, options, expected) => {
  expect(processListIsPublic(platform, () => MOUNTS(options))).toBe(expected);
});

test("what cannot be known counts as public", () => {
  const unreadable = (): string => {
    throw new Error("ENOENT");
  };
  expect([processListIsPublic("linux", unreadable), processListIsPublic("linux", () => "")]).toEqual([true, true]);
});

test("the title of the process keeps the channel and hides the words", () => {
  const argv = ["node", "duet", "receive", "4821-cactus-lemon-violin", "--code=4821-cactus-lemon-violin"];
  expect(maskedTitle(argv, "4821-cactus-lemon-violin")).toBe("node duet receive 4821-… --code=4821-…");
  expect(maskedTitle(["duet", "no dash here"], "no dash here")).toBe("duet -…");
});
