import { once } from "node:events";
import { DuetError } from "../../protocol/problem.js";
import { createLogger, startStapler } from "../../server/index.js";
import type { Context } from "../context.js";
import { DRAIN_MS } from "../machine/interrupts.js";
import { httpUrl, isEverywhere } from "../invite.js";
import type { STAPLER_OPTIONS, Values } from "../command-line/options.js";

export type StaplerValues = Values<typeof STAPLER_OPTIONS>;

/** `duet stapler`: runs until it is interrupted. */
export async function stapler(context: Context, values: StaplerValues): Promise<void> {
  const { machine, report, screen, interrupts } = context;
  const { relayInternal, host, port, advertise, json } = values;
  if (relayInternal === undefined) {
    throw new DuetError("usage", {
      message: "which relay does this stapler work for?",
      hint: "Give it by --relay-internal URL.",
    });
  }
  const secret = machine.environment["DUET_STAPLER_SECRET"];
  if (secret === undefined || secret === "") {
    throw new DuetError("usage", {
      message: "DUET_STAPLER_SECRET is not set",
      hint: "Set it to the same text here and at the relay.",
    });
  }
  if (!json) screen.line(`Registering at ${relayInternal} …`);
  await using server = await startStapler({
    relayUrl: relayInternal,
    secret,
    host,
    port,
    ...(advertise === undefined ? {} : { advertise }),
    logger: await createLogger({ level: values.logLevel }),
    signal: interrupts.signal,
  });
  const at = httpUrl(isEverywhere(host) ? "127.0.0.1" : host, server.port);
  if (interrupts.signal.aborted) return;
  report.show({ event: "listening", stapler: at.slice("http://".length) });
  if (!json) screen.line("Ctrl-C stops.");
  await once(interrupts.signal, "abort");
  await server.close({ graceMs: DRAIN_MS / 2 });
}
