import { z } from "zod";
import { readY } from "../../channel/rounds.js";
import { answeredHhK, answeredY, done, stapler } from "../answers.js";
import { channelName, round, wait } from "../fields.js";
import { t } from "../trpc.js";

/** Step 7 of the exchange, the sender's side. */
export const getY = t.procedure
  .meta({
    step: 7,
    openapi: {
      method: "GET",
      path: "/sender/{channel}/y",
      operationId: "getY",
      tags: ["sender"],
      summary: "Read the recipient's share",
      description: "What the recipient posted. The sender computes k, and goes on only if H(H(k)) is the same.",
      successDescription: "The recipient's share and H(H(k)).",
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
  .output(done("ReceivedY", "got y", { y: answeredY, hh_k: answeredHhK, stapler }))
  .query(async ({ ctx, input, signal }) => {
    const { y, hhK } = await ctx.read(input, "sender", signal, readY);
    return { y, hh_k: hhK, stapler: ctx.services.staplerFor(input.channel), success: true as const, message: "got y" };
  });
