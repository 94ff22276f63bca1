import { z } from "zod";
import { revealHk } from "../../channel/rounds.js";
import { done, stapler } from "../answers.js";
import { channelName, hK, round, uuid } from "../fields.js";
import { t } from "../trpc.js";

/** Step 9 of the exchange. */
export const postHk = t.procedure
  .meta({
    step: 9,
    openapi: {
      method: "POST",
      path: "/sender/{channel}/h_k",
      operationId: "postHk",
      tags: ["sender"],
      summary: "Reveal H(k)",
      description: "The sender has checked hh_k and shows that it holds the same key.",
      successDescription: "It is stored, or was already.",
    },
    problems: [
      "unknown_channel",
      "channel_full",
      "not_yours",
      "out_of_order",
      "already_set",
      "h_k_mismatch",
      "round_over",
      "closed",
      "no_stapler",
    ],
  })
  .input(z.object({ channel: channelName, h_k: hK, uuid: uuid.optional(), round: round.optional() }))
  .output(done("PostedHk", "updated h_k", { stapler }))
  .mutation(async ({ ctx, input }) => {
    await ctx.update(input, "sender", (channel, role) => revealHk(channel, role, input.h_k));
    return { stapler: ctx.services.staplerFor(input.channel), success: true as const, message: "updated h_k" };
  });
