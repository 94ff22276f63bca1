import { z } from "zod";
import type { Channel } from "../channel/channel.js";
import { ROLES } from "../protocol/names.js";

/*
 * What the answers carry. No transform here: an answer's schema is only looked at, its values are branded already.
 */

/**
 * The answer of a step: the seed's `success` and `message`, and what the step adds.
 *
 * @param id the name of the answer in the document, and so of its type in the generated clients
 * @param message the seed's
 */
export function done<Shape extends z.ZodRawShape>(id: string, message: string, shape: Shape) {
  return z
    .object({
      ...shape,
      success: z.literal(true).meta({ description: "Always true; false in a problem.", example: true }),
      message: z.string().meta({ description: "What happened, for a person.", example: message }),
    })
    .meta({ id });
}

export const stapler = z
  .object({
    host: z.string().nullable().meta({
      description: "Where to connect; null: the host of this relay, at the address its HTTP connection has.",
      example: null,
    }),
    port: z.number().int().min(1).max(65_535).meta({ description: "The TCP port of the stapler.", example: 8154 }),
    websocket_url: z.string().nullable().meta({
      description: "The same over WebSocket, for when TCP does not get through; null: there is none.",
      example: null,
    }),
  })
  .meta({ id: "Stapler", description: "Where both sides connect for steps 14 to 17." });

/** Where a client finds the stapler that serves its channel. */
export type StaplerAddress = z.infer<typeof stapler>;

const channel = z.string().meta({ description: "The name of the channel.", example: "4821" });
const round = z.number().int().min(1).meta({ description: "The round, counted from 1.", example: 1 });
const expiresAt = z.string().meta({
  format: "date-time",
  description: "When the channel ends if nobody uses it (RFC 3339, UTC).",
  example: "2030-01-01T00:15:00.000Z",
});
const uuid = z.string().meta({
  description: "Your capability. Only in the answer to the request that took the seat or that sent it.",
  example: "c2VuZGVyLXNlY3JldC0xMg",
});

export const answeredY = z.string().meta({ description: "The recipient's share.", example: "Bx9_pT0s" });
export const answeredHhK = z
  .string()
  .meta({ description: "H(H(k)) of the recipient.", example: "vJpgAHlzPAiEbGa35EIQDVUBWBwlpyKiHqyUPTrOyPM" });
export const answeredHk = z
  .string()
  .meta({ description: "H(k) of the sender.", example: "4PZ2ALX8Z9zQvDuu3VWPbhkO0HHc9Y3Ocz2BtqLIhSE" });

const stateOfRound = {
  x: z.string().meta({ description: "The sender's share.", example: "q3u8Zk1v" }),
  curve: z.string().meta({ description: "The suite that the sender chose.", example: "p557" }),
  y: answeredY,
  hh_k: answeredHhK,
  h_k: answeredHk,
  sender_ready: z
    .boolean()
    .meta({ description: "The sender asked for its connection, or waits at the stapler.", example: false }),
  recipient_ready: z
    .boolean()
    .meta({ description: "The recipient asked for its connection, or waits at the stapler.", example: false }),
  is_open: z.boolean().meta({ description: "Both connections are stapled together.", example: false }),
};

/** Everything about a channel that both sides may see; the fields of the round as far as they are set. */
const publicState = {
  channel,
  round,
  expires_at: expiresAt,
  x: stateOfRound.x.optional(),
  curve: stateOfRound.curve.optional(),
  y: stateOfRound.y.optional(),
  hh_k: stateOfRound.hh_k.optional(),
  h_k: stateOfRound.h_k.optional(),
  sender_ready: stateOfRound.sender_ready,
  recipient_ready: stateOfRound.recipient_ready,
  is_open: stateOfRound.is_open,
};

export const readState = { ...publicState, uuid: uuid.optional() };

export const openedState = {
  ...publicState,
  uuid,
  role: z.enum(ROLES).meta({ description: "The side that the caller holds.", example: "sender" }),
  notice: z.string().optional().meta({
    description: "What the operator of this relay wants people to know.",
    example: "This relay moves on Friday.",
  }),
  sender_ready: stateOfRound.sender_ready.optional(),
  recipient_ready: stateOfRound.recipient_ready.optional(),
  is_open: stateOfRound.is_open.optional(),
};

type PublicState = { -readonly [Field in keyof typeof publicState]: z.infer<(typeof publicState)[Field]> };

/** The part of a channel that is nobody's secret. A field that is not set is absent. */
export function publicStateOf(state: Channel): PublicState {
  return {
    channel: state.name,
    round: state.round,
    expires_at: timestamp(state.expiresAt),
    x: state.x,
    curve: state.curve,
    y: state.y,
    hh_k: state.hhK,
    h_k: state.hK,
    sender_ready: state.senderReady,
    recipient_ready: state.recipientReady,
    is_open: state.stapled,
  };
}

/** @param time milliseconds since 1970 @returns RFC 3339 in UTC */
export function timestamp(time: number): string {
  return new Date(time).toISOString();
}
