import { z } from "zod";
import { HASH_PATTERN, ROLES, UUID_PATTERN, type Hk, type Uuid } from "../../protocol/names.js";
import { channelName, round } from "../fields.js";
import { internalBuilder } from "../trpc.js";
import type { StaplerDoor } from "./door.js";

/** What the internal router works on. */
export interface InternalServices {
  readonly door: StaplerDoor;
}

const t = internalBuilder<InternalServices>();

const stapler = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const ref = z.object({ stapler, channel: channelName, round });

const register = t.procedure
  .input(
    z.object({
      id: stapler,
      advertise: z.object({ host: z.string().min(1).max(255).nullable(), port: z.number().int().min(1).max(65_535) }),
    }),
  )
  .output(z.object({ lease_ms: z.number(), first: z.boolean() }))
  .mutation(({ ctx, input }) => ctx.door.register(input.id, input.advertise));

const admission = z.object({
  stapler,
  role: z.enum(ROLES),
  channel: channelName,
  uuid: z.string().regex(UUID_PATTERN).nullable(),
  h_k: z.string().regex(HASH_PATTERN),
  address: z.string().max(64),
});

const admitPeer = t.procedure
  .input(admission)
  .output(z.object({ channel: z.string(), round: z.number() }))
  // The patterns of the schema have just been checked.
  .mutation(({ ctx, input: { uuid, h_k: hK, ...peer } }) =>
    ctx.door.admit({ ...peer, uuid: uuid as Uuid | null, h_k: hK as Hk }),
  );

const stapledRound = t.procedure.input(ref).mutation(({ ctx, input }) => ctx.door.stapled(input));

const endedRound = t.procedure
  .input(ref.extend({ role: z.enum(ROLES).optional() }))
  .mutation(({ ctx, input }) => ctx.door.ended(input));

const releases = t.procedure
  .input(z.object({ stapler }))
  .subscription(({ ctx, input, signal }) => ctx.door.releases(input.stapler, signal ?? new AbortController().signal));

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
