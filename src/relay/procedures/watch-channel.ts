import { z } from "zod";
import { publicStateOf } from "../answers.js";
import { channelName, round } from "../fields.js";
import { t } from "../trpc.js";

/**
 * What the other side does, as it happens: the public state now and after every change. Over tRPC only, as
 * server-sent events; the uuid comes in the Authorization header, never in the URL.
 */
export const watchChannel = t.procedure
  .input(z.object({ channel: channelName, round: round.optional() }))
  .subscription(({ ctx, input, signal }) => ctx.watch(input, undefined, signal, publicStateOf));
