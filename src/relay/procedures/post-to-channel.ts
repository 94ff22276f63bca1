import { z } from "zod";
import { postX, postY } from "../../channel/rounds.js";
import type { CurveName, HhK, Share } from "../../protocol/names.js";
import { done, stapler } from "../answers.js";
import { channelName, curve, hhK, round, shareX, shareY, uuid } from "../fields.js";
import { t } from "../trpc.js";

/** What one of the two sides posts. The document names the two forms `SenderShare` and `RecipientShare`. */
type PostedShare = { readonly x: Share; readonly curve: CurveName } | { readonly y: Share; readonly hh_k: HhK };

/** One flat object, since the document generator takes no union; `share` says which of the two it is. */
const body = z.object({
  channel: channelName,
  uuid: uuid.optional(),
  round: round.optional(),
  x: shareX.optional(),
  curve: curve.optional(),
  y: shareY.optional(),
  hh_k: hhK.optional(),
});

type Body = z.output<typeof body>;

/** Steps 3 and 7 of the exchange. */
export const postToChannel = t.procedure
  .meta({
    step: 3,
    openapi: {
      method: "POST",
      path: "/channel/{channel}",
      operationId: "postToChannel",
      tags: ["channel"],
      summary: "Post x and curve, or y and hh_k",
      description:
        "Step 3: the sender posts its share and the suite. Step 7: the recipient posts its share and H(H(k)). Each once in a round; the same again changes nothing.",
      successDescription: "It is stored, or was already.",
    },
    problems: [
      "unknown_channel",
      "channel_full",
      "not_yours",
      "out_of_order",
      "already_set",
      "round_over",
      "closed",
      "no_stapler",
    ],
    requests: {
      sender: { x: "q3u8Zk1v", curve: "p557" },
      recipient: { y: "Bx9_pT0s", hh_k: "vJpgAHlzPAiEbGa35EIQDVUBWBwlpyKiHqyUPTrOyPM" },
    },
  })
  .input(
    body.transform((flat, context) => ({
      channel: flat.channel,
      uuid: flat.uuid,
      round: flat.round,
      share: shareOf(flat, context),
    })),
  )
  .output(done("PostedShare", "updated x, curve", { stapler: stapler.optional() }))
  .mutation(async ({ ctx, input }) => {
    const { share } = input;
    if ("x" in share) {
      await ctx.update(input, "sender", (channel, role) => postX(channel, role, share.x, share.curve));
      return { success: true as const, message: "updated x, curve" };
    }
    await ctx.update(input, "recipient", (channel, role) => postY(channel, role, share.y, share.hh_k));
    return { stapler: ctx.services.staplerFor(input.channel), success: true as const, message: "updated y" };
  });

function shareOf(flat: Body, context: z.RefinementCtx<Body>): PostedShare {
  const isSender = flat.x !== undefined || flat.curve !== undefined;
  const isRecipient = flat.y !== undefined || flat.hh_k !== undefined;
  if (isSender && !isRecipient && flat.x !== undefined && flat.curve !== undefined)
    return { x: flat.x, curve: flat.curve };
  if (isRecipient && !isSender && flat.y !== undefined && flat.hh_k !== undefined)
    return { y: flat.y, hh_k: flat.hh_k };
  context.addIssue({ code: "custom", message: "send either x and curve, or y and hh_k" });
  return z.NEVER;
}
