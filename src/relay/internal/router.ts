import { z } from "zod";
import { addressKey } from "../../channel/address.js";
import { type Policy, identify } from "../../channel/caller.js";
import { current } from "../../channel/lifetime.js";
import { admit, ended, stapled } from "../../channel/presence.js";
import { checkRound } from "../../channel/rounds.js";
import { HASH_PATTERN, ROLES, UUID_PATTERN, type Hk, type Uuid } from "../../protocol/names.js";
import { DuetError, isProblem } from "../../protocol/problem.js";
import type { Channels } from "../channels.js";
import { channelName, round } from "../fields.js";
import { sameSecret } from "../secrets.js";
import { internalBuilder } from "../trpc.js";
import type { StaplerRegistry } from "./registry.js";

/** What the internal router works on. */
export interface InternalServices {
  readonly channels: Channels;
  readonly registry: StaplerRegistry;
  readonly policy: Policy;
}

const t = internalBuilder<InternalServices>();

const stapler = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const ref = z.object({ stapler, channel: channelName, round });

/** A stapler is there, and says where peers reach it. To be repeated well within the lease. */
const register = t.procedure
  .input(
    z.object({
      id: stapler,
      advertise: z.object({ host: z.string().min(1).max(255).nullable(), port: z.number().int().min(1).max(65_535) }),
    }),
  )
  .output(z.object({ lease_ms: z.number(), first: z.boolean() }))
  .mutation(({ ctx, input }) => ctx.registry.register(input.id, input.advertise));

const admission = z.object({
  stapler,
  role: z.enum(ROLES),
  channel: channelName,
  uuid: z.string().regex(UUID_PATTERN).nullable(),
  h_k: z.string().regex(HASH_PATTERN),
  address: z.string().max(64),
});

/** Whether a peer that said hello may wait for its other side (PROTOCOL.md, section 5). */
const admitPeer = t.procedure
  .input(admission)
  .output(z.object({ channel: z.string(), round: z.number() }))
  .mutation(async ({ ctx, input }) => {
    ctx.registry.check(input.stapler);
    const address = addressKey(input.address);
    if (address === undefined) throw new DuetError("bad_request", { message: "not an IP address" });
    // The patterns of the schema have just been checked.
    const uuid = input.uuid === null ? {} : { uuid: input.uuid as Uuid };
    const caller = { address, addressSpeaks: true, bearer: false, ...uuid };
    const admitted = await ctx.channels
      .apply(input.channel, (stored, now) => {
        const { channel } = identify(current(stored, now), caller, input.role, ctx.policy);
        const next = admit(channel, input.role, input.h_k as Hk, sameSecret);
        return { channel: next, answer: next };
      })
      .catch((error: unknown) => {
        // The stapler's word for it.
        throw isProblem(error, "channel_full") ? new DuetError("full") : error;
      });
    ctx.registry.hold(input.stapler, { channel: admitted.name, round: admitted.round }, input.role);
    return { channel: admitted.name, round: admitted.round };
  });

/** Step 15: both connections of a round are spliced. */
const stapledRound = t.procedure.input(ref).mutation(async ({ ctx, input }) => {
  ctx.registry.check(input.stapler);
  await ctx.channels.apply(input.channel, (stored, now) => {
    const channel = current(stored, now);
    checkRound(channel, input.round);
    return { channel: stapled(channel), answer: true };
  });
  ctx.registry.stapled(input.stapler, input);
});

/** A splice ended, or the connection of one side that was still alone. Late news of an ended round are no error. */
const endedRound = t.procedure
  .input(ref.extend({ role: z.enum(ROLES).optional() }))
  .mutation(async ({ ctx, input }) => {
    ctx.registry.check(input.stapler);
    ctx.registry.ended(input.stapler, input, input.role);
    await ctx.channels.tell(input.channel, input.round, (channel) => ended(channel, input.role));
  });

/** The rounds that ended at the relay, of those that this stapler was admitted to. */
const releases = t.procedure
  .input(z.object({ stapler }))
  .subscription(({ ctx, input, signal }) =>
    ctx.registry.releases(input.stapler, signal ?? new AbortController().signal),
  );

/** Between a relay and its staplers: never on the public side, guarded by their shared secret. */
export const internalRouter = t.router({
  register,
  admit: admitPeer,
  stapled: stapledRound,
  ended: endedRound,
  releases,
});

/** For the stapler's `createTRPCClient<InternalRouter>`. */
export type InternalRouter = typeof internalRouter;
