import { z } from "zod";
import { newChannel, openAsRecipient, reopenAsSender } from "../../channel/seats.js";
import type { Channel } from "../../channel/channel.js";
import type { ChannelName, Role, Uuid } from "../../protocol/names.js";
import { DuetError } from "../../protocol/problem.js";
import { done, openedState, publicStateOf, timestamp } from "../answers.js";
import { type Call, waitOf } from "../call.js";
import { channelName, role, uuid, wait } from "../fields.js";
import { takeFreeName } from "../free-names.js";
import { t } from "../trpc.js";

/** Step 1 of the exchange, and step 5 for a recipient that knows the way. */
export const openChannel = t.procedure
  .meta({
    step: 1,
    openapi: {
      method: "POST",
      path: "/open",
      operationId: "openChannel",
      tags: ["channel"],
      summary: "Open a channel, or take a seat in it",
      description:
        "A sender gets the channel that it names, or a free one. A recipient joins the channel that it names, once the sender has posted x. The same channel, role and uuid again is the same seat and the same answer; when the round has gone on, it starts the next one.",
      successDescription: "The seat is yours. The uuid proves it from now on.",
    },
    problems: [
      "unknown_channel",
      "not_yet",
      "channel_full",
      "not_yours",
      "channel_in_use",
      "seat_taken",
      "round_over",
      "closed",
      "too_many_channels",
      "too_many_waiters",
    ],
    requests: { sender: { role: "sender" }, recipient: { role: "recipient", channel: "4821" } },
  })
  .input(
    z.object({ channel: channelName.optional(), role: role.optional(), uuid: uuid.optional(), wait: wait.optional() }),
  )
  .output(done("OpenedChannel", "got channel", openedState))
  .mutation(async ({ ctx, input, signal }) => {
    if (input.role === "recipient") return openForRecipient(ctx, input, signal);
    const seat = ownSeat(ctx, input.uuid);
    const channel =
      input.channel === undefined ? await anyChannel(ctx, seat) : await namedChannel(ctx, input.channel, seat);
    const { name, round, expiresAt } = channel;
    return opened(ctx, { channel: name, round, expires_at: timestamp(expiresAt), uuid: seat.uuid, role: "sender" });
  });

type Seat = ReturnType<Call["seat"]>;

/**
 * A POST without a body may come from any page, in the name of its visitor. With a uuid it may not: for a header of its
 * own, and for a body of JSON, a browser asks the relay first.
 *
 * @throws DuetError `not_yours`
 */
function ownSeat(ctx: Call, uuid: Uuid | undefined): Seat {
  const seat = ctx.seat(uuid);
  if (ctx.isOfAnotherSite && seat.caller.uuid === undefined)
    throw new DuetError("not_yours", {
      message: "a page of another site takes no seat without a uuid",
      hint: "Send a uuid as `Authorization: Bearer <uuid>`. If the page is this relay's own, its operator lists the name of the host.",
    });
  return seat;
}

function namedChannel(ctx: Call, name: ChannelName, seat: Seat): Promise<Channel> {
  return ctx.services.channels.apply(name, (stored, now) => {
    const request = { ...seat, now };
    const channel = stored === undefined ? newChannel(name, request) : reopenAsSender(stored, request);
    return { channel, answer: channel };
  });
}

function anyChannel(ctx: Call, seat: Seat): Promise<Channel> {
  const { channels, random } = ctx.services;
  return takeFreeName(
    random,
    (length) => channels.countNames(length),
    (name) => channels.create((now) => newChannel(name, { ...seat, now })),
  );
}

interface RecipientInput {
  readonly channel?: ChannelName | undefined;
  readonly uuid?: Uuid | undefined;
  readonly wait?: number | undefined;
}

async function openForRecipient(ctx: Call, input: RecipientInput, gone: AbortSignal | undefined) {
  if (input.channel === undefined)
    throw new DuetError("bad_request", { message: "a recipient names its channel", hint: "Send `channel`." });
  const seat = ownSeat(ctx, input.uuid);
  const channel = await ctx.services.channels.applyOrWait(
    input.channel,
    (stored, now) => {
      const { channel: next, joined } = openAsRecipient(stored, { ...seat, now });
      return joined ? { channel: next, answer: next } : { channel: next };
    },
    { milliseconds: waitOf(input), address: ctx.address, gone, unknown: "wait" },
  );
  return opened(ctx, { ...publicStateOf(channel), uuid: seat.uuid, role: "recipient" });
}

function opened<Answer extends { readonly role: Role }>(ctx: Call, answer: Answer) {
  return { ...answer, notice: ctx.services.facts.notice, success: true as const, message: "got channel" };
}
