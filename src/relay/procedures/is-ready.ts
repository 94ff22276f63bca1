import { z } from "zod";
import type { Channel } from "../../channel/channel.js";
import { DuetError, isProblem } from "../../protocol/problem.js";
import { done } from "../answers.js";
import { channelName, round, wait } from "../fields.js";
import { t } from "../trpc.js";

/** Step 16 of the exchange. */
export const isReady = t.procedure
  .meta({
    step: 16,
    openapi: {
      method: "GET",
      path: "/sender/{channel}/isready",
      operationId: "isReady",
      tags: ["sender"],
      summary: "Ask whether the connections are stapled",
      description:
        "True as long as both connections are stapled together, so that what the sender writes reaches the recipient. With `wait` the answer comes as soon as they are.",
      successDescription: "Ready or not: the channel exists.",
    },
    problems: ["unknown_channel", "channel_full", "not_yours", "round_over", "closed", "too_many_waiters"],
  })
  .input(z.object({ channel: channelName, round: round.optional(), wait: wait.optional() }))
  .output(
    done("Readiness", "is ready", {
      ready: z.boolean().meta({ description: "Whether the connections are stapled together now.", example: true }),
    }),
  )
  .query(async ({ ctx, input, signal }) => {
    try {
      await ctx.read(input, "sender", signal, whenStapled);
      return { ready: true, success: true as const, message: "is ready" };
    } catch (error) {
      if (!isProblem(error, "not_yet")) throw error;
      return { ready: false, success: true as const, message: "not ready" };
    }
  });

function whenStapled(channel: Channel): Channel {
  if (!channel.stapled) throw new DuetError("not_yet");
  return channel;
}
