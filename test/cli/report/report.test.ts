import { describe, expect, test } from "vitest";
import type { CliEvent, Offer } from "../../../src/cli/report/events.js";
import { failureOf } from "../../../src/cli/report/failure.js";
import { offerLabel } from "../../../src/cli/report/offer-label.js";
import { LISTED_IN_EVENT, offerEvent } from "../../../src/cli/asking/offer-event.js";
import { isCut, folderLines, offerLines, offerSummary } from "../../../src/cli/asking/offer-lines.js";
import { EntrySizes, type ManifestEntry } from "../../../src/protocol/index.js";
import { type LogLevel, PeopleReport } from "../../../src/cli/report/report-people.js";
import { JsonReport } from "../../../src/cli/report/report.js";
import { Screen } from "../../../src/cli/terminal/screen.js";
import { DuetError, PROBLEMS, type ProblemCode } from "../../../src/protocol/problem.js";
import { schemaFaults } from "../event-schema.js";

const CODE: CliEvent = {
  event: "code",
  code: "4821-cactus-lemon-violin",
  relay: "http://127.0.0.1:41234",
  command: "duet receive 4821-cactus-lemon-violin --relay http://127.0.0.1:41234",
  invitations: [
    {
      relay: "http://127.0.0.1:41234",
      command: "duet receive 4821-cactus-lemon-violin --relay http://127.0.0.1:41234",
      where: "this computer",
    },
    {
      relay: "http://192.168.1.5:41234",
      command: "duet receive 4821-cactus-lemon-violin --relay http://192.168.1.5:41234",
      where: "this network",
    },
  ],
};
function offered(entries: readonly ManifestEntry[], kind: Offer["kind"] = "files"): Offer {
  const { files, folders, links, bytes } = EntrySizes.of(entries);
  return offerEvent({ kind, files, folders, links, bytes: kind === "stream" ? null : bytes, entries });
}
const PHOTOS: readonly ManifestEntry[] = [
  { path: "photos", type: "dir", size: 0 },
  { path: "photos/a.jpg", type: "file", size: 1_499_000 },
  { path: "photos/b\u202egpj.exe", type: "file", size: 1_000 },
  { path: "photos/last", type: "link", size: 0, target: "a.jpg" },
];
const FOLDER = offered(PHOTOS);
const file = (path: string, size = 1): ManifestEntry => ({ path, type: "file", size });
const PROGRESS: CliEvent = { event: "progress", bytes: 5, total: 10, rate: 2.5, seconds_left: 2 };

const ONE_OF_EACH: readonly CliEvent[] = [
  { event: "listening", http: "http://127.0.0.1:8153", stapler: "127.0.0.1:8154" },
  { event: "listening", stapler: "[::]:8154" },
  CODE,
  { event: "notice", text: "Maintenance at eight." },
  { event: "waiting", for: "recipient", seconds: 600 },
  { event: "connected" },
  { event: "connected", via: { kind: "stapler", address: "[::1]:8154" } },
  { event: "verify", digits: "0123 4567" },
  FOLDER,
  offered([{ path: "stdin", type: "file", size: null }], "stream"),
  { event: "text", text: "see you" },
  { event: "resumed", bytes: 12 },
  PROGRESS,
  { event: "progress", bytes: 5, total: null, rate: 0, seconds_left: null },
  { ...PROGRESS, file: { path: "a", bytes: 1, total: 2 } },
  { event: "lost", code: "connection_lost", message: "the connection was lost", seconds: 600 },
  { event: "resumable", command: "DUET_CODE=1-a-b duet receive --yes" },
  { event: "checking", path: "a.txt", bytes: 1, total: 5 },
  { event: "warning", message: "something" },
  { event: "done", files: 1, bytes: 10, seconds: 0.5 },
  { event: "done", files: 1, bytes: 10, seconds: 0.5, paths: ["/tmp/a"] },
  failureOf(new DuetError("declined")),
];

describe("events for programs", () => {
  test.each(ONE_OF_EACH.map((event) => [event.event, event] as const))("%s is as the schema says", (_name, event) => {
    expect(schemaFaults(event)).toEqual([]);
  });

  test.each(Object.keys(PROBLEMS) as ProblemCode[])("the error %s is as the schema says", (code) => {
    expect(schemaFaults(failureOf(new DuetError(code)))).toEqual([]);
  });

  test.each([
    {},
    { event: "unknown" },
    { event: "code", code: "x" },
    { event: "progress", bytes: -1, total: 1, rate: 1, seconds_left: 1 },
  ])("%j is no event", (event) => {
    expect(schemaFaults(event)).not.toEqual([]);
  });

  test("are one line each, in ASCII where a terminal or a reader of lines would act on them", () => {
    let text = "";
    new JsonReport((line) => (text += line)).show({
      event: "text",
      text: "a\nb\u001b[2J\u007f\u0085\u2028\u202e\u{e0041}ü",
    });
    expect(text).toBe('{"event":"text","text":"a\\nb\\u001b[2J\\u007f\\u0085\\u2028\\u202e\\udb40\\udc41ü"}\n');
    expect(JSON.parse(text)).toEqual({ event: "text", text: "a\nb\u001b[2J\u007f\u0085\u2028\u202e\u{e0041}ü" });
  });

  test("of progress come no faster than anybody reads, but the last one always comes", () => {
    let now = 0;
    const lines: string[] = [];
    const report = new JsonReport(
      (line) => lines.push(line),
      () => now,
    );
    for (; now < 1000; now += 10) report.show(PROGRESS);
    expect(lines.length).toBe(9);
    report.show({ ...PROGRESS, bytes: 10 });
    expect(lines.length).toBe(10);
  });
});

function shown(
  events: readonly CliEvent[],
  options: { level?: LogLevel; verb?: "Sent" | "Received"; isTTY?: boolean; now?: () => number } = {},
): string {
  const { level = "info", verb = "Sent", isTTY = false, now } = options;
  let text = "";
  const screen = new Screen({ isTTY, columns: 80, write: (part) => (text += part) }, { NO_COLOR: "1" });
  const report = new PeopleReport({ screen, level, verb, ...(now === undefined ? {} : { now }) });
  for (const event of events) report.show(event);
  return text;
}

describe("events for people", () => {
  test("the code stands before the commands, the one for the other computer first", () => {
    expect(shown([CODE])).toBe(
      [
        "Code: 4821-cactus-lemon-violin",
        "",
        "On another computer in this network:",
        "  duet receive 4821-cactus-lemon-violin --relay http://192.168.1.5:41234",
        "",
        "On this computer:",
        "  duet receive 4821-cactus-lemon-violin --relay http://127.0.0.1:41234",
        "",
        "",
      ].join("\n"),
    );
  });

  test("an error says what happened, and what to do", () => {
    expect(shown([failureOf(new DuetError("nobody_came"))])).toBe(
      "Error: The other side did not come.\nRun the command again when they are ready.\n",
    );
  });

  test("an error that can be repaired ends with the command that does it, unbroken", () => {
    const failure = {
      ...failureOf(new DuetError("connection_lost", { hint: "To go on, run:" })),
      command: "DUET_CODE=1-a-b duet send x",
    };
    expect(schemaFaults(failure)).toEqual([]);
    expect(shown([failure])).toMatch(/\nTo go on, run:\n {2}DUET_CODE=1-a-b duet send x\n$/);
  });

  test("who pressed Ctrl-C is told no more than that", () => {
    expect(shown([failureOf(new DuetError("interrupted"))])).toBe("Interrupted.\n");
  });

  test("the texts of relays and peers cannot act on the terminal", () => {
    const text = shown([
      { event: "notice", text: "hi\u001b[31m\u202e" },
      failureOf(new DuetError("declined", { message: "no\u001b]0;x\u0007\r\nreally" })),
    ]);
    expect(text).toBe("Notice of the relay: hi\ufffd[31m\ufffd\nError: No\ufffd]0;x\ufffd really.\nAsk them why.\n");
  });

  test.each([
    ["Sent", "Sent 1 file, 10 bytes, in 0.5 s (20 bytes/s). The other side has confirmed it.\n"],
    ["Received", "Received 1 file, 10 bytes, in 0.5 s (20 bytes/s).\n"],
  ] as const)("at the end of what was %s there is a sum", (verb, text) => {
    expect(shown([{ event: "done", files: 1, bytes: 10, seconds: 0.5 }], { verb })).toBe(text);
  });

  test("a text and a stream are no files", () => {
    const done: CliEvent = { event: "done", files: 1, bytes: 10, seconds: 0.05 };
    expect(shown([offered([file("text", 10)], "text"), done])).toMatch(
      /^Offered a text, 10 bytes\. .*\nSent a text, 10 bytes, /,
    );
    expect(shown([offered([{ path: "src.tar", type: "file", size: null }], "stream"), done])).toMatch(
      /^Offered src\.tar\. .*\nSent src\.tar, 10 bytes, /,
    );
  });

  test("progress is one line that is written over on a terminal", () => {
    expect(shown([FOLDER, PROGRESS], { isTTY: true, verb: "Received" })).toMatch(
      /^photos\/ .* 50 % {2}5 bytes of 10 bytes {2}3 bytes\/s {2}2 s left$/,
    );
  });

  test("the file that moves has a line of its own above that of all, cut to the width, unless it is all", () => {
    const file = {
      path: "photos/\u202efar-too-long-for-a-terminal-of-eighty-columns/and-then-some-more.jpg",
      bytes: 1,
      total: 3,
    };
    const [first = "", second = "", ...rest] = shown([FOLDER, { ...PROGRESS, file }], { isTTY: true })
      .split("\n")
      .slice(1);
    expect(first).toMatch(/^ {2}photos\/\ufffdfar.*….*more\.jpg {3}33 % of 3 bytes$/);
    expect(second).toMatch(/^photos\/ .* 50 %/);
    expect([first.length, second.length].every((length) => length < 80)).toBe(true);
    expect(rest).toEqual([]);
    const whole = { ...PROGRESS, file: { path: "a", bytes: 5, total: 10 } };
    expect(shown([FOLDER, whole], { isTTY: true }).split("\n")).toHaveLength(2);
  });

  test("who is connected says by which way", () => {
    expect(shown([{ event: "connected", via: { kind: "stapler", address: "192.0.2.1:8154" } }])).toBe(
      "The other side is here, and the words are the same, by way of the stapler at 192.0.2.1:8154.\n",
    );
  });

  test("progress is a line now and then in a log", () => {
    let now = 0;
    const text = shown(
      Array.from({ length: 12 }, () => PROGRESS),
      { now: () => (now += 1_000) },
    );
    expect(text.split("\n").filter((line) => line.includes("50 %"))).toHaveLength(2);
  });

  test.each([
    ["error", /^Error/],
    ["warn", /^Warning: x\nError/],
    ["info", /^Waiting .*\nWarning: x\nError/],
  ] as const)("at --log-level %s less is said", (level, expected) => {
    expect(
      shown(
        [
          { event: "waiting", for: "sender", seconds: 600 },
          { event: "warning", message: "x" },
          failureOf(new DuetError("failed")),
        ],
        { level },
      ),
    ).toMatch(expected);
  });
});

describe("an offer", () => {
  const lines = async (entries: readonly ManifestEntry[], limit: number): Promise<readonly string[]> => {
    const found: string[] = [];
    const note = (_entry: unknown, index: number): string => (index === 7 ? "seventh" : "");
    for await (const line of offerLines({ offer: offered(entries), entries, note }, limit)) found.push(line);
    return found;
  };

  test("is summed up by kind", () => {
    expect(offerSummary(FOLDER)).toBe("2 files, 1 folder and 1 link, 1.5 MB");
    expect(offerSummary(offered([]))).toBe("0 files, 0 bytes");
    expect(offerSummary(offered([file("text", 1)], "text"))).toBe("a text of 1 byte");
    expect(offerSummary(offered([{ path: "a.tar", type: "file", size: null }], "stream"))).toBe(
      "a stream named a.tar, of unknown length",
    );
  });

  test("is listed with sizes, and a name that tries to trick looks like it", async () => {
    expect(await lines(PHOTOS, 10)).toEqual([
      "           photos/",
      "   1.5 MB  photos/a.jpg",
      "   1.0 kB  photos/b\\u{202e}gpj.exe",
      "           photos/last -> a.jpg",
    ]);
  });

  test("has topmost hidden names first, however long it is, and keeps what is said of each", async () => {
    const plain = Array.from({ length: 40 }, (_, i) => file(`f${i}`));
    const entries = [...plain, file(".ssh/authorized_keys"), file(".zshrc")];
    expect(offered(entries).hidden).toBe(2);
    expect((await lines(entries, 10)).slice(0, 3)).toEqual([
      "   1 byte  .ssh/authorized_keys",
      "   1 byte  .zshrc",
      "   1 byte  f0",
    ]);
    expect(await lines(entries, 10)).toContain("   1 byte  f7  (seventh)");
    expect(await lines(entries, 42)).toHaveLength(42);
    expect(offered([file("a/.b")]).hidden).toBe(0);
  });

  test("that is long is cut, with a count of the rest", async () => {
    const entries = Array.from({ length: 1_234 }, (_, i) => file(`f${i}`, 1_000));
    expect((await lines(entries, 2)).at(-1)).toBe("           … and 1,232 more, 1.2 MB");
    expect([isCut(offered(entries), 2), isCut(offered(entries.slice(0, 3)), 2)]).toEqual([true, false]);
    expect(await lines(entries.slice(0, 3), 2)).toHaveLength(3);
  });

  test("tells the first of its entries and how many more there are", () => {
    const entries = Array.from({ length: 2 * LISTED_IN_EVENT }, (_, i) => file(`f${i}`));
    const event = offered(entries);
    expect([event.files, event.more, event.entries]).toEqual([2_000, 1_000, entries.slice(0, LISTED_IN_EVENT)]);
    expect(schemaFaults(event)).toEqual([]);
    expect(schemaFaults({ ...event, entries })).not.toEqual([]);
  });

  test("that is long is told by its folders, hidden ones first, if those are few", () => {
    const inside = (folder: string, count: number) =>
      Array.from({ length: count }, (_, i) => ({ path: `${folder}/${i}`, type: "file", size: 1_000 }) as const);
    const folder = (path: string) => ({ path, type: "dir", size: 0 }) as const;
    const tops = [folder("a"), ...inside("a", 3), folder("a/b"), ...inside("a/b", 2), ...inside(".ssh", 1)];
    const notes = { path: "notes", type: "file", size: 5 } as const;
    expect(folderLines([...tops, notes], 3)).toEqual([
      "   1.0 kB  .ssh/  (1 file)",
      "   5.0 kB  a/  (5 files)",
      "  5 bytes  notes",
    ]);
    expect(folderLines([...tops, notes], 2)).toBeUndefined();
    // Where one folder holds everything, what is in it says more.
    expect(folderLines([folder("top"), folder("top/a"), ...inside("top/a", 2), ...inside("top/b", 1)], 5)).toEqual([
      "   2.0 kB  top/a/  (2 files)",
      "   1.0 kB  top/b/  (1 file)",
    ]);
    expect(folderLines([folder("top"), ...inside("top", 9)], 5)).toBeUndefined();
  });

  test("is called by its one name, its folder, or its number", () => {
    expect(offerLabel(FOLDER)).toBe("photos/");
    expect(offerLabel(offered(PHOTOS.slice(1, 2)))).toBe("photos/a.jpg");
    expect(offerLabel(offered(PHOTOS.slice(1)))).toBe("2 files");
    expect(offerLabel(offered([...PHOTOS, file("photos2")]))).toBe("3 files");
    expect(offerLabel(offered([]))).toBe("nothing");
  });
});
