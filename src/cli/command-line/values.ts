import { DuetError } from "../../protocol/problem.js";

/** Turns what a person typed into a value. The caller names the option in front of the message. */
export type Reader<T> = (text: string) => T;

function wrong(message: string, hint?: string): DuetError {
  return new DuetError("usage", hint === undefined ? { message } : { message, hint });
}

/** Any text but an empty one. */
export const readText: Reader<string> = (text) => {
  if (text === "") throw wrong("is empty");
  return text;
};

/** A whole number within bounds. */
export function readInteger(min: number, max: number): Reader<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw wrong(`must be a whole number from ${min} to ${max}`);
    return value;
  };
}

/** 0 lets the system choose, which `listening` then tells. */
export const readPort: Reader<number> = readInteger(0, 65_535);

/** One of a few words. */
export function readChoice<const Choice extends string>(choices: readonly Choice[]): Reader<Choice> {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw wrong(`must be one of: ${choices.join(", ")}`);
    return found;
  };
}

/** A switch, as an environment gives it; on the command line its name alone is "yes". */
export const readSwitch: Reader<boolean> = (text) => {
  const word = text.toLowerCase();
  if (["1", "true", "yes", "on"].includes(word)) return true;
  if (["0", "false", "no", "off"].includes(word)) return false;
  throw wrong("must be 1 or 0");
};

/** A week: a person may leave a sender waiting over a weekend, but not for ever by a slip of the finger. */
const WAIT_MAX_SECONDS = 7 * 24 * 3600;

/** Seconds, to milliseconds. */
export const readSeconds: Reader<number> = (text) => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= WAIT_MAX_SECONDS)) throw wrong(`must be a number of seconds up to ${WAIT_MAX_SECONDS}`);
  return Math.round(value * 1000);
};

/** The address of a relay: http or https, without a query, a fragment or a password. */
export const readRelayUrl: Reader<string> = (text) => {
  const example = "An address looks like https://relay.example or http://192.168.1.5:8153.";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    const guess =
      URL.canParse(`http://${text}`) && /^[\w.:[\]-]+$/.test(text) ? `Did you mean http://${text} ?` : example;
    throw wrong("is not the address of a relay", guess);
  }
  if (url.username !== "" || url.password !== "")
    throw wrong("must not hold a password", "A private relay's token goes into DUET_ACCESS_TOKEN.");
  if (url.search !== "" || url.hash !== "") throw wrong("must not have a query or a fragment", example);
  return url.href.replace(/\/+$/, "");
};

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
};

/** Bytes a second: `500k`, `2M`, `1.5Mi`; K, M and G are thousands, as in the rates that are shown. */
export const readRate: Reader<number> = (text) => {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s?([kmg]i?)?(?:b(?:\/s)?)?$/i.exec(text) ?? [];
  const rate =
    digits === undefined ? Number.NaN : Math.round(Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  if (!(rate >= 1024)) throw wrong("must be at least 1024 bytes a second, such as 500k or 2M");
  return rate;
};

/** Requests a minute and address, or no limit. */
export const readRateLimit: Reader<number | "off"> = (text) => {
  if (text === "off") return "off";
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw wrong("must be a number of requests a minute, or off");
  return value;
};

/** A list with commas; giving the option again adds to it. */
export const readList: Reader<readonly string[]> = (text) => {
  const items = text.split(",").map((item) => item.trim());
  if (items.includes("")) throw wrong("has an empty part");
  return items;
};

/** Where others reach a stapler. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `relay.example:8154`, or `[2001:db8::1]:8154`. */
export const readHostPort: Reader<HostPort> = (text) => {
  const [, bracketed, plain, digits = ""] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535)
    throw wrong("must be HOST:PORT", "An IPv6 address stands in brackets: [2001:db8::1]:8154.");
  return { host, port };
};
