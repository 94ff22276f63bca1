import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { DuetError } from "../../protocol/problem.js";
import { createLogger, startServer } from "../../server/index.js";
import type { Context } from "../context.js";
import { DRAIN_MS } from "../machine/interrupts.js";
import { httpUrl, isEverywhere, isLoopback } from "../invite.js";
import type { RELAY_OPTIONS, Values } from "../command-line/options.js";
import { readTextFile } from "../relay-access.js";
import { packageVersion } from "../version.js";

export type RelayValues = Values<typeof RELAY_OPTIONS>;

/** A room full of people who press Enter at once. More than a minute's worth is a minute's worth. */
const BURST = 200;

/** `duet relay`: runs until it is interrupted. */
export async function relay({ machine, report, screen, interrupts }: Context, values: RelayValues): Promise<void> {
  const { host, port, staplerPort, identity, addressPolicy, rateLimit, trustProxy, corsOrigin, publicHost, notice } =
    values;
  const { DUET_ACCESS_TOKEN: accessToken, DUET_STAPLER_SECRET: staplerSecret } = machine.environment;
  const tls = await readTls(values);
  const logger = await createLogger({ level: values.logLevel });
  await using server = await startServer({
    version: packageVersion(),
    host,
    port,
    staplerPort,
    logger,
    staplerLogger: logger,
    identity,
    addressPolicy,
    ...(rateLimit === "off"
      ? { rateLimit, maxOpenPerAddress: Number.POSITIVE_INFINITY }
      : { rateLimit: { perMinute: rateLimit, burst: BURST } }),
    ...(trustProxy === undefined ? {} : { trustProxy }),
    ...(publicHost === undefined ? {} : { publicHosts: publicHost }),
    ...(corsOrigin === undefined ? {} : { corsOrigins: corsOrigin }),
    ...(tls === undefined ? {} : { tls }),
    ...(notice === undefined ? {} : { notice }),
    ...(accessToken === undefined || accessToken === "" ? {} : { accessToken }),
    ...(staplerSecret === undefined || staplerSecret === "" ? {} : { staplerSecret }),
  });
  const at = isEverywhere(host) ? "127.0.0.1" : host;
  const http = httpUrl(at, server.port);
  report.show({
    event: "listening",
    http: tls === undefined ? http : http.replace("http:", "https:"),
    stapler: httpUrl(at, server.staplerPort).slice("http://".length),
  });
  if (!values.json) {
    if (isLoopback(host)) screen.line("Only this computer can reach it; --host :: opens it to others.");
    screen.line("Ctrl-C stops.");
  }
  if (!interrupts.signal.aborted) await once(interrupts.signal, "abort");
  await server.close({ graceMs: DRAIN_MS / 2 });
}

/** @throws DuetError `usage` */
async function readTls({
  tlsCert,
  tlsKey,
}: RelayValues): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new DuetError("usage", {
      message: "--tls-cert and --tls-key belong together",
      hint: "Give both, or neither.",
    });
  }
  const tls = { cert: await readTextFile(tlsCert, "--tls-cert"), key: await readTextFile(tlsKey, "--tls-key") };
  if (!isPair(tls.cert, tls.key)) {
    throw new DuetError("usage", {
      message: "--tls-cert and --tls-key are no certificate and its key",
      hint: "Both must be PEM files.",
    });
  }
  return tls;
}

function isPair(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
