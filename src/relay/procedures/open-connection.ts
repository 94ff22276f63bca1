import { z } from "zod";
import { openConnection } from "../../channel/presence.js";
import type { Role } from "../../protocol/names.js";
import { done, stapler } from "../answers.js";
import type { Call, Target } from "../call.js";
import { channelName, round, uuid } from "../fields.js";
import { t } from "../trpc.js";

const problems = [
  "unknown_channel",
  "channel_full",
  "not_yours",
  "out_of_order",
  "round_over",
  "closed",
  "no_stapler",
] as const;
const query = z.object({ channel: channelName, round: round.optional() });
const body = query.extend({ uuid: uuid.optional() });
const answer = done("OpenedConnection", "opened channel", { stapler });

async function open(ctx: Call, target: Target, as: Role) {
  await ctx.update(target, as, openConnection);
  return { stapler: ctx.services.staplerFor(target.channel), success: true as const, message: "opened channel" };
}

const sender = {
  path: "/sender/{channel}/open" as const,
  tags: ["sender"],
  description:
    "The sender asks for its TCP connection, identified by H(k). Connect to `stapler` next. To call it again changes nothing.",
  successDescription: "Where to connect.",
};

/** Step 11 of the exchange. */
export const openSender = t.procedure
  .meta({
    step: 11,
    openapi: { ...sender, method: "GET", operationId: "openSender", summary: "Ask for the sender's connection" },
    problems,
  })
  .input(query)
  .output(answer)
  .mutation(({ ctx, input }) => open(ctx, input, "sender"));

/** Step 11 for callers that want no GET to change state. */
export const openSenderPost = t.procedure
  .meta({
    step: 11,
    openapi: {
      ...sender,
      method: "POST",
      operationId: "openSenderPost",
      summary: "Ask for the sender's connection, by POST",
    },
    problems,
  })
  .input(body)
  .output(answer)
  .mutation(({ ctx, input }) => open(ctx, input, "sender"));

const recipient = {
  path: "/recipient/{channel}/open" as const,
  tags: ["recipient"],
  description:
    "The recipient asks for its TCP connection, identified by H(k). Connect to `stapler` next. To call it again changes nothing.",
  successDescription: "Where to connect.",
};

/** Step 13 of the exchange. */
export const openRecipient = t.procedure
  .meta({
    step: 13,
    openapi: {
      ...recipient,
      method: "GET",
      operationId: "openRecipient",
      summary: "Ask for the recipient's connection",
    },
    problems,
  })
  .input(query)
  .output(answer)
  .mutation(({ ctx, input }) => open(ctx, input, "recipient"));

/** Step 13 for callers that want no GET to change state. */
export const openRecipientPost = t.procedure
  .meta({
    step: 13,
    openapi: {
      ...recipient,
      method: "POST",
      operationId: "openRecipientPost",
      summary: "Ask for the recipient's connection, by POST",
    },
    problems,
  })
  .input(body)
  .output(answer)
  .mutation(({ ctx, input }) => open(ctx, input, "recipient"));
