import { z } from "zod";
import type { Channel } from "../../channel/channel.js";
import { current } from "../../channel/lifetime.js";
import { checkRound } from "../../channel/rounds.js";
import { joinByReading } from "../../channel/seats.js";
import type { Uuid } from "../../protocol/names.js";
import { DuetError } from "../../protocol/problem.js";
import { done, publicStateOf, readState } from "../answers.js";
import { type Call, type WaitingTarget, waitOf } from "../call.js";
import { channelName, round, wait } from "../fields.js";
import { t } from "../trpc.js";

/** Step 5 of the exchange. */
export const getChannel = t.procedure
  .meta({
    step: 5,
    openapi: {
      method: "GET",
      path: "/channel/{channel}",
      operationId: "getChannel",
      tags: ["channel"],
      summary: "Read the channel, and join it",
      description:
        "Everything about the channel that both sides may see, once x is there. The first caller without a uuid takes the recipient's seat, and only that answer carries its uuid. With a uuid it only reads.",
      successDescription: "The public state.",
    },
    problems: [
      "unknown_channel",
      "not_yet",
      "channel_full",
      "not_yours",
      "seat_taken",
      "round_over",
      "closed",
      "too_many_waiters",
    ],
    changesState: true,
  })
  .input(z.object({ channel: channelName, round: round.optional(), wait: wait.optional() }))
  .output(done("ChannelState", "updated x", readState))
  .query(async ({ ctx, input, signal }) => {
    const { channel, uuid } = await (ctx.hasBearer ? readAsParty(ctx, input, signal) : join(ctx, input, signal));
    return { ...publicStateOf(channel), uuid, success: true as const, message: "updated x" };
  });

interface Read {
  readonly channel: Channel;
  readonly uuid: Uuid | undefined;
}

async function readAsParty(ctx: Call, input: WaitingTarget, gone: AbortSignal | undefined): Promise<Read> {
  const { uuid } = ctx.caller(undefined);
  const channel = await ctx.read(input, undefined, gone, withX);
  return { channel, uuid };
}

function join(ctx: Call, input: WaitingTarget, gone: AbortSignal | undefined): Promise<Read> {
  const seat = ctx.seat(undefined);
  return ctx.services.channels.applyOrWait(
    input.channel,
    (stored, now) => {
      const before = current(stored, now);
      checkRound(before, input.round);
      const { channel, took } = joinByReading(before, { ...seat, now });
      return { channel, answer: { channel, uuid: took ? seat.uuid : undefined } };
    },
    { milliseconds: waitOf(input), address: ctx.address, gone, unknown: "wait" },
  );
}

function withX(channel: Channel): Channel {
  if (channel.x === undefined) throw new DuetError("not_yet");
  return channel;
}
