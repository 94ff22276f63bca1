import { getReady, RecipientExchange, SeatStore } from "../../client/index.js";
import { formatCode } from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import { displayName, FileJournals, type Received, receiveFiles, type Removed } from "../../transfer/index.js";
import { plural } from "../report/format.js";
import { recipientCode } from "../asking/code-entry.js";
import { consentAsker } from "../asking/consent.js";
import type { Context } from "../context.js";
import { commandToGoOn, withCommandToGoOn } from "../going-on.js";
import type { RECEIVE_OPTIONS, Values } from "../command-line/options.js";
import { verifyAsker } from "../asking/questions.js";
import { openRelay, readCa, withRelayNamed } from "../relay-access.js";
import { stateDirectory } from "../machine/state-directory.js";
import { Story } from "../report/story.js";
import { showText, standardOutput } from "../output.js";

export type ReceiveValues = Values<typeof RECEIVE_OPTIONS>;

/** `duet receive`. @throws DuetError; the code of the error is what the command exits with */
export async function receive(context: Context, values: ReceiveValues): Promise<void> {
  const { machine, report, interrupts } = context;
  const url = checkUsage(context, values);
  machine.keepHeapSmall();
  const ca = await readCa(values.ca);
  const relay = openRelay({
    url,
    ca,
    accessToken: machine.environment["DUET_ACCESS_TOKEN"],
    limitRate: values.limitRate,
    signal: interrupts.signal,
  });
  try {
    const { channel, secret } = await recipientCode(context, () => getReady(relay));
    const command = commandToGoOn(formatCode(channel, secret), machine.argv, context.operands[0]);
    let isKept = false;
    const resumable = (): void => {
      // Again for a changed list.
      if (!isKept) report.show({ event: "resumable", command });
      isKept = true;
    };
    using story = new Story({ report, debug: context.debug, waitForPeerMs: values.waitForPeer, resumable });
    const directory = stateDirectory(machine.environment, machine.platform);
    const journals = new FileJournals({ directory, relay: relay.url, channel });
    for (const removed of await journals.sweep()) report.show({ event: "warning", message: sweptText(removed) });
    const exchange = new RecipientExchange({
      relay,
      channel,
      secret,
      seats: new SeatStore({ directory }),
      signal: interrupts.signal,
      waitForPeerMs: values.waitForPeer,
      verifying: values.verify,
      onEvent: (event) => story.onExchange(event),
    });
    try {
      const received = await receiveFiles({
        exchange,
        out: values.out === "-" ? standardOutput(machine) : values.out,
        consent: consentAsker(context, values),
        rule: values.overwrite ? "overwrite" : values.skip ? "skip" : "rename",
        umask: machine.umask,
        journals,
        signal: interrupts.signal,
        waitForPeerMs: values.waitForPeer,
        ...(values.verify ? { verify: verifyAsker(context, false) } : {}),
        onEvent: (event) => story.onTransfer(event),
      });
      story.finish();
      finish(context, values, received);
    } catch (error) {
      throw withCommandToGoOn(error, command, isKept);
    }
  } catch (error) {
    throw withRelayNamed(error, relay.url);
  } finally {
    relay.close();
  }
}

function sweptText({ root, parts }: Removed): string {
  return `removed ${plural(parts, "unfinished file")} in ${displayName(root)}: nobody went on with that transfer for a week`;
}

/**
 * All that can be wrong before the relay is asked.
 *
 * @returns the address of the relay
 * @throws DuetError `usage`
 */
function checkUsage({ machine }: Context, { relay, json, out, yes, verify }: ReceiveValues): string {
  if (json && out === "-")
    throw new DuetError("usage", { message: "--json and --out - both want standard output", hint: "Use one of them." });
  if (relay === undefined)
    throw new DuetError("usage", {
      message: "which relay?",
      hint: "Give it by --relay URL, as the sender's command shows it, or in DUET_RELAY.",
    });
  if (verify && !machine.hasPerson)
    throw new DuetError("usage", {
      message: "--verify needs a terminal, to ask a person about the digits",
      hint: "Run it at a terminal, or without --verify.",
    });
  if (!yes && !machine.hasPerson)
    throw new DuetError("usage", {
      message: "there is no terminal to ask at whether to accept",
      hint: "Use --yes to accept whatever the sender of this code offers.",
    });
  return relay;
}

function finish({ machine, report, level }: Context, { json }: ReceiveValues, received: Received): void {
  const { files, bytes, seconds, failed, into, names, text } = received;
  if (text !== undefined) {
    if (json) report.show({ event: "text", text });
    else showText(machine, text);
  }
  if (failed.length > 0)
    throw new DuetError("cannot_read", {
      message: `the sender could not read ${failed.length} of the files`,
      hint: "All others have arrived. See the warnings above.",
    });
  const paths = into === undefined ? [] : names.map((name) => `${into.replace(/\/$/, "")}/${name}`);
  if (text === undefined || json || level === "debug")
    report.show({ event: "done", files, bytes, seconds, ...(paths.length === 0 ? {} : { paths }) });
}
