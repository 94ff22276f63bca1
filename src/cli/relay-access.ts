import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connectRelay, type RelayConnection } from "../client/index.js";
import { DuetError, isProblem } from "../protocol/problem.js";
import { limitRate } from "./rate-limit.js";

/** What the options say of a relay. */
export interface RelayAccess {
  readonly url: string;
  /** The text of `--ca`. */
  readonly ca: string | undefined;
  readonly accessToken: string | undefined;
  /** Bytes a second. */
  readonly limitRate: number | undefined;
  /** Of the whole command. */
  readonly signal: AbortSignal;
}

/** @throws DuetError `usage` */
export function openRelay({ url, ca, accessToken, limitRate: rate, signal }: RelayAccess): RelayConnection {
  const token = accessToken === undefined || accessToken === "" ? {} : { accessToken };
  const relay = connectRelay({ url, ...(ca === undefined ? {} : { ca }), ...token });
  return rate === undefined ? relay : limitRate(relay, rate, signal);
}

/**
 * Reads the file of `--ca` before the relay is asked: one that is no certificate would only show as a relay that cannot
 * be reached.
 *
 * @throws DuetError `usage`
 */
export async function readCa(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readTextFile(path, "--ca");
  try {
    void new X509Certificate(text);
    return text;
  } catch (cause) {
    throw new DuetError("usage", {
      message: `--ca: there is no certificate in ${path}`,
      hint: "It must be a PEM file.",
      cause,
    });
  }
}

/** @throws DuetError `usage`, which names the option */
export async function readTextFile(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    throw new DuetError("usage", {
      message: `${option}: ${path} cannot be read${reason}`,
      hint: "Check the path.",
      cause,
    });
  }
}

/** A relay that cannot be reached is named: most often its address was mistyped, or it is not running. */
export function withRelayNamed(error: unknown, url: string): unknown {
  if (!isProblem(error, "relay_unreachable")) return error;
  const { code, message, extensions } = error;
  return new DuetError(code, {
    message,
    hint: `Check the address, ${url}, and that the relay runs.`,
    extensions,
    cause: error,
  });
}
