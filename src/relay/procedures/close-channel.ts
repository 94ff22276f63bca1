import { z } from "zod";
import { identify } from "../../channel/caller.js";
import type { Channel } from "../../channel/channel.js";
import { phase } from "../../channel/lifetime.js";
import { close } from "../../channel/presence.js";
import type { CloseReason } from "../../protocol/names.js";
import { done } from "../answers.js";
import type { Call, Target } from "../call.js";
import { channelName, closeReason, round, uuid } from "../fields.js";
import { t } from "../trpc.js";

const problems = ["unknown_channel", "channel_full", "not_yours", "round_over", "closed"] as const;
const query = z.object({ channel: channelName, round: round.optional(), reason: closeReason.optional() });
const answer = done("ClosedChannel", "closed", {});
const openapi = {
  path: "/close/{channel}" as const,
  tags: ["channel"],
  description:
    "Either side ends the channel at any time. Everyone then gets 410 with `closed_by` and `reason` for ten minutes. To close it again changes nothing; the first reason stands.",
  successDescription: "It is closed.",
};

/** Step 18 of the exchange. */
export const closeChannel = t.procedure
  .meta({
    step: 18,
    openapi: { ...openapi, method: "GET", operationId: "closeChannel", summary: "Close the channel" },
    problems,
  })
  .input(query)
  .output(answer)
  .mutation(({ ctx, input }) => end(ctx, input, input.reason));

/** Step 18 for callers that want no GET to change state. */
export const closeChannelPost = t.procedure
  .meta({
    step: 18,
    openapi: { ...openapi, method: "POST", operationId: "closeChannelPost", summary: "Close the channel, by POST" },
    problems,
  })
  .input(query.extend({ uuid: uuid.optional() }))
  .output(answer)
  .mutation(({ ctx, input }) => end(ctx, input, input.reason));

async function end(ctx: Call, target: Target, reason: CloseReason = "done") {
  const caller = ctx.caller(target.uuid);
  const hadSeat = (channel: Channel): boolean => {
    try {
      identify(channel, caller, undefined, ctx.services.policy);
      return true;
    } catch {
      return false;
    }
  };
  await ctx.services.channels.apply(target.channel, (stored, now) => {
    if (stored !== undefined && phase(stored, now) === "closed" && hadSeat(stored))
      return { channel: stored, answer: true };
    const { channel, role } = ctx.enter(stored, now, target, caller, undefined);
    return { channel: close(channel, role, reason, now), answer: true };
  });
  return { success: true as const, message: "closed" };
}
