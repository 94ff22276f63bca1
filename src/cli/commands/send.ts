import { randomBytes } from "node:crypto";
import { newUuid, type RelayConnection, SeatStore, SenderExchange } from "../../client/index.js";
import type { ChannelName, Uuid } from "../../protocol/names.js";
import { type Code, EntrySizes, formatCode, generateSecret, parseCode } from "../../protocol/index.js";
import { DuetError, isProblem } from "../../protocol/problem.js";
import { openSource, sendFiles, type Source } from "../../transfer/index.js";
import { hideTypedCode } from "../asking/code-entry.js";
import { CodeFirst } from "../report/code-first.js";
import { contentOf } from "../content.js";
import type { Context } from "../context.js";
import type { Embedded } from "../embedded.js";
import type { CliEvent, Invitation } from "../report/events.js";
import { plural } from "../report/format.js";
import { commandToGoOn, withCommandToGoOn } from "../going-on.js";
import { handOver } from "../hand-over.js";
import { invitationFor, localInvitations } from "../invite.js";
import type { SEND_OPTIONS, Values } from "../command-line/options.js";
import { offerEvent } from "../asking/offer-event.js";
import { anotherRoundAsker, personFor, verifyAsker } from "../asking/questions.js";
import { openRelay, readCa, withRelayNamed } from "../relay-access.js";
import { stateDirectory } from "../machine/state-directory.js";
import { Story } from "../report/story.js";

export type SendValues = Values<typeof SEND_OPTIONS>;

/** `duet send`. @throws DuetError; the code of the error is what the command exits with */
export async function send(context: Context, values: SendValues): Promise<void> {
  const { machine, interrupts } = context;
  const content = contentOf(context, values);
  machine.keepHeapSmall();
  const code = values.code === undefined ? undefined : parseCode(values.code);
  if (values.verify && personFor(context, "stream" in content) === undefined) throw nobodyToVerify();
  const ca = await readCa(values.ca);
  const report = new CodeFirst(context.report);
  if (values.code !== undefined && machine.argv.some((word) => word.includes(values.code ?? "")))
    hideTypedCode({ machine, report }, values.code);
  const source = await openSource(content, interrupts.signal);
  const embedded = values.relay === undefined ? await embed(context, values, code?.channel) : undefined;
  const relay = openRelay({
    url: embedded?.url ?? values.relay ?? "",
    ca,
    accessToken: embedded === undefined ? machine.environment["DUET_ACCESS_TOKEN"] : undefined,
    limitRate: values.limitRate,
    signal: interrupts.signal,
  });
  try {
    await new Sending({
      context: { ...context, report },
      values,
      source,
      isStream: "stream" in content,
      relay,
      embedded,
      code,
    }).run();
  } catch (error) {
    throw withRelayNamed(error, relay.url);
  } finally {
    relay.close();
    await source.close();
    await embedded?.close();
  }
}

interface SendingOptions {
  readonly context: Context;
  readonly values: SendValues;
  readonly source: Source;
  readonly isStream: boolean;
  readonly relay: RelayConnection;
  readonly embedded: Embedded | undefined;
  /** One that was given; otherwise one is made. */
  readonly code: Code | undefined;
}

class Sending {
  readonly #options: SendingOptions;

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { context, values, source, isStream, relay, embedded, code } = this.#options;
    const { machine, report, interrupts } = context;
    const { signal } = interrupts;
    const { waitForPeer: waitForPeerMs } = values;
    using story = new Story({
      report,
      debug: context.debug,
      waitForPeerMs,
      offered: () => report.show(offerOf(source)),
    });
    const { excluded = 0 } = source;
    if (excluded > 0)
      report.show({
        event: "warning",
        message: `${plural(excluded, "file or folder", "files and folders")} left out on wish`,
      });
    const secret = code?.secret ?? generateSecret(values.words, randomBytes);
    const seats = new SeatStore({ directory: stateDirectory(machine.environment, machine.platform) });
    const uuid = await this.#uuid(seats);
    const exchange = new SenderExchange({
      relay,
      ...(code === undefined ? {} : { channel: code.channel }),
      secret,
      curve: values.curve,
      uuid,
      seats,
      signal,
      waitForPeerMs,
      verifying: values.verify,
      confirmAnotherRound: anotherRoundAsker(context, isStream),
      onEvent: (event) => story.onExchange(event),
    });
    const { channel } = await exchange.open();
    await embedded?.remember(channel);
    const shown = formatCode(channel, secret);
    const resume = isStream ? undefined : commandToGoOn(shown, machine.argv);
    await this.#invite(shown, resume);
    story.waiting("recipient");
    try {
      const summary = await sendFiles({
        exchange,
        content: source,
        signal,
        waitForPeerMs,
        ...(values.verify ? { verify: verifyAsker(context, isStream) } : {}),
        onEvent: (event) => story.onTransfer(event),
      });
      story.finish();
      const { files, bytes, seconds, failed } = summary;
      if (failed.length === 0) report.show({ event: "done", files, bytes, seconds });
      await seats.forget({ relay: relay.url, channel, role: "sender" });
      await this.#whenReceived(channel, uuid);
      if (failed.length > 0) throw incomplete(failed.length);
    } catch (error) {
      const goingOn = resume === undefined ? error : withCommandToGoOn(error, resume);
      // A recipient that was stopped may come back, and has been told these ports.
      if (goingOn === error && !isProblem(error, "cancelled")) await embedded?.forget(channel);
      if (story.hasMet) await embedded?.linger();
      throw goingOn;
    }
  }

  /** The seat of an earlier run with this code, or a new one. */
  async #uuid(seats: SeatStore): Promise<Uuid> {
    const { code, relay } = this.#options;
    const kept =
      code === undefined ? undefined : await seats.load({ relay: relay.url, channel: code.channel, role: "sender" });
    return kept ?? newUuid();
  }

  /** @param resume the command for this side, should it die */
  async #invite(code: string, resume: string | undefined): Promise<void> {
    const { context, values, relay, embedded } = this.#options;
    const invitations: readonly Invitation[] =
      embedded === undefined ? [invitationFor(code, relay.url)] : localInvitations(code, embedded.host, embedded.port);
    const command = invitations[0]?.command ?? "";
    context.report.show({
      event: "code",
      code,
      relay: relay.url,
      command,
      invitations,
      ...(resume === undefined ? {} : { resume }),
    });
    await handOver(context, values, invitations);
  }

  /** An embedded relay is there until the recipient has said its last word to it. */
  async #whenReceived(channel: ChannelName, uuid: Uuid): Promise<void> {
    const { embedded, relay } = this.#options;
    if (embedded === undefined) return;
    await embedded.forget(channel);
    const { untilClosed } = await import("../embedded.js");
    await untilClosed(relay.client(uuid), channel);
  }
}

async function embed({ machine }: Context, { host }: SendValues, channel: ChannelName | undefined): Promise<Embedded> {
  const { startEmbedded } = await import("../embedded.js");
  return await startEmbedded({ host, channel, stateDirectory: stateDirectory(machine.environment, machine.platform) });
}

function offerOf({ manifest: { head, entries } }: Source): CliEvent {
  const { files, folders, links } = EntrySizes.of(entries);
  return offerEvent({ kind: head.kind, bytes: head.bytes, files, folders, links, entries });
}

function incomplete(failed: number): DuetError {
  return new DuetError("cannot_read", {
    message: `${plural(failed, "file")} could not be sent`,
    hint: "All others have arrived. See the warnings above.",
  });
}

function nobodyToVerify(): DuetError {
  return new DuetError("usage", {
    message: "--verify needs a terminal, to ask a person about the digits",
    hint: "Run it at a terminal, or without --verify.",
  });
}
