import { describe, expect, test } from "vitest";
import {
  readHostPort,
  readInteger,
  readList,
  readPort,
  readRate,
  readRateLimit,
  readRelayUrl,
  readSeconds,
  readSwitch,
} from "../../../src/cli/command-line/values.js";

const usage: unknown = expect.objectContaining({ code: "usage" });

describe("the address of a relay", () => {
  test.each([
    ["http://127.0.0.1:8153", "http://127.0.0.1:8153"],
    ["https://relay.example/", "https://relay.example"],
    ["https://relay.example/duet/", "https://relay.example/duet"],
    ["http://[2001:db8::5]:8153", "http://[2001:db8::5]:8153"],
  ])("%s is taken", (text, url) => {
    expect(readRelayUrl(text)).toBe(url);
  });

  test.each([
    "",
    "relay",
    "localhost:8153",
    "ftp://relay.example",
    "http://user:pw@relay.example",
    "http://relay.example/?x=1",
    "http://relay.example/#a",
  ])("%j is refused", (text) => {
    expect(() => readRelayUrl(text)).toThrow(usage);
  });

  test("a forgotten scheme is guessed in the hint", () => {
    expect(() => readRelayUrl("192.168.1.5:8153")).toThrowError(
      expect.objectContaining({ hint: "Did you mean http://192.168.1.5:8153 ?" }),
    );
  });
});

test.each([
  ["1024", 1024],
  ["500k", 500_000],
  ["2M", 2_000_000],
  ["1.5Mi", 1_572_864],
  ["1 MB/s", 1_000_000],
  ["3g", 3_000_000_000],
])("the rate %s is %d bytes a second", (text, rate) => {
  expect(readRate(text)).toBe(rate);
});

test.each(["", "0", "-1", "fast", "10", "1e6", "5x"])("%j is no rate", (text) => {
  expect(() => readRate(text)).toThrow(usage);
});

test("seconds become milliseconds, and may have a fraction", () => {
  expect([readSeconds("600"), readSeconds("0.25")]).toEqual([600_000, 250]);
});

test.each(["", "0", "-1", "ten", "1e3", "99999999"])("%j is no time to wait", (text) => {
  expect(() => readSeconds(text)).toThrow(usage);
});

test("a port is 0 to 65535", () => {
  expect([readPort("0"), readPort("65535")]).toEqual([0, 65_535]);
  expect(() => readPort("65536")).toThrow(usage);
  expect(() => readPort("0x50")).toThrow(usage);
});

test("a number outside of its bounds names them", () => {
  expect(() => readInteger(2, 6)("7")).toThrowError("must be a whole number from 2 to 6");
});

test("a rate limit is a number or off", () => {
  expect([readRateLimit("off"), readRateLimit("60")]).toEqual(["off", 60]);
  expect(() => readRateLimit("0")).toThrow(usage);
});

test("a list is split at commas, and an empty part is a slip", () => {
  expect(readList("10.0.0.0/8, ::1")).toEqual(["10.0.0.0/8", "::1"]);
  expect(() => readList("a,,b")).toThrow(usage);
});

test.each([
  ["relay.example:8154", { host: "relay.example", port: 8154 }],
  ["[2001:db8::1]:8154", { host: "2001:db8::1", port: 8154 }],
])("%s is a host and a port", (text, expected) => {
  expect(readHostPort(text)).toEqual(expected);
});

test.each(["relay.example", ":8154", "2001:db8::1:8154", "a:0", "a:70000", "http://a:1"])(
  "%j is no host and port",
  (text) => {
    expect(() => readHostPort(text)).toThrow(usage);
  },
);

test.each([
  ["1", true],
  ["yes", true],
  ["TRUE", true],
  ["0", false],
  ["off", false],
] as const)("a switch of the environment that is %s is %s", (text, value) => {
  expect(readSwitch(text)).toBe(value);
});
