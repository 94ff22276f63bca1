import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ANSWER_MAX_BYTES,
  HELLO_MAX_BYTES,
  STAPLER_ERROR_CODES,
  formatErrorLine,
  formatHelloLine,
  parseAnswerLine,
  parseHelloLine,
} from "../../src/protocol/hello-line.js";
import type { ChannelName, Hk, Uuid } from "../../src/protocol/names.js";
import { HelloReader } from "../../src/stapler/hello.js";
import { HK, UUID } from "./fixtures.js";

const lines = fc.record({
  role: fc.constantFrom("sender" as const, "recipient" as const),
  channel: fc.stringMatching(/^[0-9a-z][0-9a-z-]{0,63}$/).map((text) => text as ChannelName),
  uuid: fc.option(
    fc.stringMatching(/^[A-Za-z0-9_-]{22,64}$/).map((text) => text as Uuid),
    { nil: undefined },
  ),
  hK: fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/).map((text) => text as Hk),
});

describe("a hello line", () => {
  test("says role, channel, uuid and h_k, in this order", () => {
    expect(formatHelloLine({ role: "sender", channel: "4821" as ChannelName, uuid: UUID, hK: HK })).toBe(
      `duet/1 sender 4821 ${UUID} ${HK}\n`,
    );
    expect(parseHelloLine(`duet/1 recipient 4821 - ${HK}`)).toEqual({
      role: "recipient",
      channel: "4821",
      uuid: undefined,
      hK: HK,
    });
  });

  test("comes back as it was, with or without a CR, and always fits", () => {
    fc.assert(
      fc.property(lines, (line) => {
        const text = formatHelloLine(line);
        expect(text.length).toBeLessThan(HELLO_MAX_BYTES);
        expect(parseHelloLine(text.slice(0, -1))).toEqual(line);
        expect(parseHelloLine(text.replace("\n", "\r"))).toEqual(line);
      }),
    );
  });

  test.each([
    ["another version", `duet/2 sender 4821 - ${HK}`],
    ["another case", `DUET/1 sender 4821 - ${HK}`],
    ["another role", `duet/1 relay 4821 - ${HK}`],
    ["a role of every object", `duet/1 constructor 4821 - ${HK}`],
    ["two spaces", `duet/1 sender  4821 - ${HK}`],
    ["a space before", ` duet/1 sender 4821 - ${HK}`],
    ["a space behind", `duet/1 sender 4821 - ${HK} `],
    ["a tab", `duet/1\tsender 4821 - ${HK}`],
    ["two CR", `duet/1 sender 4821 - ${HK}\r\r`],
    ["a CR in the middle", `duet/1 sender\r 4821 - ${HK}`],
    ["a NUL", `duet/1 sender 4821 - ${HK}\0`],
    ["a byte that is not ASCII", `duet/1 sender 48\xe91 - ${HK}`],
    ["a part less", `duet/1 sender 4821 ${HK}`],
    ["a part more", `duet/1 sender 4821 - ${HK} x`],
    ["no channel", `duet/1 sender  - ${HK}`],
    ["a channel in capitals", `duet/1 sender ABC - ${HK}`],
    ["a channel that is too long", `duet/1 sender ${"4".repeat(65)} - ${HK}`],
    ["a uuid that is too short", `duet/1 sender 4821 ${"u".repeat(21)} ${HK}`],
    ["a uuid that is too long", `duet/1 sender 4821 ${"u".repeat(65)} ${HK}`],
    ["an h_k that is too long", `duet/1 sender 4821 - ${"h".repeat(129)}`],
    ["an h_k with padding", `duet/1 sender 4821 - ${HK}=`],
    ["nothing", ""],
    ["an HTTP request", "GET / HTTP/1.1"],
    ["too many bytes", `duet/1 sender 4821 - ${HK}`.padEnd(HELLO_MAX_BYTES, " ")],
  ])("is refused with %s", (_what, text) => {
    expect(parseHelloLine(text)).toBeUndefined();
  });

  test("is never found in bytes that are not one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const line = Buffer.from(bytes).toString("latin1");
        return parseHelloLine(line) === undefined;
      }),
    );
  });
});

describe("a hello reader", () => {
  const text = formatHelloLine({ role: "sender", channel: "4821" as ChannelName, uuid: undefined, hK: HK });

  test("takes the line however it is cut, and hands on what is behind it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 12 }),
        fc.uint8Array({ maxLength: 20 }),
        (cuts, behind) => {
          const all = Buffer.concat([Buffer.from(text), behind]);
          const reader = new HelloReader();
          let at = 0;
          for (const cut of [...cuts, all.length]) {
            // A copy that is wiped afterwards: the reader may not rely on what it was lent.
            const part = Buffer.from(all.subarray(at, at + cut));
            at += cut;
            const progress = reader.push(part);
            const rest = progress.kind === "hello" ? Buffer.from(progress.rest) : undefined;
            part.fill(0);
            if (progress.kind === "more") continue;
            expect(progress).toMatchObject({ kind: "hello", hello: { role: "sender", channel: "4821", hK: HK } });
            expect(rest).toEqual(all.subarray(text.length, Math.min(at, all.length)));
            return;
          }
          expect.unreachable("the whole line was there");
        },
      ),
    );
  });

  test("counts the LF: 512 bytes are the most", () => {
    const longest = " ".repeat(HELLO_MAX_BYTES - 1);
    expect(new HelloReader().push(Buffer.from(longest)).kind).toBe("more");
    expect(new HelloReader().push(Buffer.from(`${longest} `)).kind).toBe("bad");
    const reader = new HelloReader();
    expect(reader.push(Buffer.from(longest)).kind).toBe("more");
    expect(reader.push(Buffer.from("x")).kind).toBe("bad");
  });

  test("does not keep more than a line of what never ends", () => {
    expect(new HelloReader().push(Buffer.alloc(4096)).kind).toBe("bad");
  });
});

describe("an answer line", () => {
  test.each(STAPLER_ERROR_CODES)("for %s says what to do, fits, and comes back", (code) => {
    const line = formatErrorLine(code);
    expect(line).toMatch(/^error [a-z_]+ [\x20-\x7e]{10,}\n$/);
    expect(line.length).toBeLessThanOrEqual(ANSWER_MAX_BYTES);
    expect(parseAnswerLine(line.trimEnd())).toMatchObject({ kind: "error", code });
  });

  test.each([
    ["waiting", { kind: "waiting" }],
    ["stapled", { kind: "stapled" }],
    ["error closed", { kind: "error", code: "closed", text: "" }],
    ["error from_the_future come back", { kind: "error", code: "unavailable", text: "come back" }],
    ["errors", undefined],
    ["Waiting", undefined],
    ["", undefined],
  ])("%j is read as %j", (line, answer) => {
    expect(parseAnswerLine(line)).toEqual(answer);
  });
});
