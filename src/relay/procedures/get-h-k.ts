import { z } from "zod";
import { readHk } from "../../channel/rounds.js";
import { answeredHk, done, stapler } from "../answers.js";
import { channelName, round, wait } from "../fields.js";
import { t } from "../trpc.js";

/** Step 10 of the exchange. */
export const getHk = t.procedure
  .meta({
    step: 10,
    openapi: {
      method: "GET",
      path: "/recipient/{channel}/h_k",
      operationId: "getHk",
      tags: ["recipient"],
      summary: "Read H(k)",
      description: "The recipient compares it with its own, and goes on only if they are equal.",
      successDescription: "H(k) of the sender.",
    },
    problems: [
      "unknown_channel",
      "not_yet",
      "channel_full",
      "not_yours",
      "round_over",
      "closed",
      "too_many_waiters",
      "no_stapler",
    ],
  })
  .input(z.object({ channel: channelName, round: round.optional(), wait: wait.optional() }))
  .output(done("ReceivedHk", "got h_k", { h_k: answeredHk, stapler }))
  .query(async ({ ctx, input, signal }) => {
    const hK = await ctx.read(input, "recipient", signal, readHk);
    return { h_k: hK, stapler: ctx.services.staplerFor(input.channel), success: true as const, message: "got h_k" };
  });
