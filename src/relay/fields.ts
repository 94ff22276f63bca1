import { z } from "zod";
import {
  CHANNEL_PATTERN,
  CLOSE_REASONS,
  CURVE_PATTERN,
  HASH_PATTERN,
  ROLES,
  SHARE_PATTERN,
  UUID_PATTERN,
  type ChannelName,
  type CurveName,
  type HhK,
  type Hk,
  type Share,
  type Uuid,
} from "../protocol/names.js";

/*
 * The fields that requests carry. The brand is given here, where the text has just been checked. Optional fields are
 * written `field.optional()`, with the text inside: the document generator loses it the other way round.
 */

export const channelName = z
  .string()
  .regex(CHANNEL_PATTERN)
  .transform((text) => text as ChannelName)
  .meta({ description: "The name of the channel. Not secret.", example: "4821" });

export const uuid = z
  .string()
  .regex(UUID_PATTERN)
  .transform((text) => text as Uuid)
  .meta({
    description:
      "The capability that proves one side of one channel. Instead of `Authorization: Bearer`; if both are given they must be equal.",
    example: "c2VuZGVyLXNlY3JldC0xMg",
  });

export const role = z
  .enum(ROLES)
  .meta({ description: "Which side to take; without it the sender's.", example: "sender" });

export const curve = z
  .string()
  .regex(CURVE_PATTERN)
  .transform((text) => text as CurveName)
  .meta({
    description: "The suite of the key agreement. The relay knows none; the peers refuse what they do not know.",
    example: "p557",
  });

export const shareX = z
  .string()
  .regex(SHARE_PATTERN)
  .transform((text) => text as Share)
  .meta({ description: "The sender's share. The relay does not decode it.", example: "q3u8Zk1v" });

export const shareY = z
  .string()
  .regex(SHARE_PATTERN)
  .transform((text) => text as Share)
  .meta({ description: "The recipient's share. The relay does not decode it.", example: "Bx9_pT0s" });

export const hK = z
  .string()
  .regex(HASH_PATTERN)
  .transform((text) => text as Hk)
  .meta({ description: "H(k), base64url without padding.", example: "4PZ2ALX8Z9zQvDuu3VWPbhkO0HHc9Y3Ocz2BtqLIhSE" });

export const hhK = z
  .string()
  .regex(HASH_PATTERN)
  .transform((text) => text as HhK)
  .meta({ description: "H(H(k)), base64url without padding.", example: "vJpgAHlzPAiEbGa35EIQDVUBWBwlpyKiHqyUPTrOyPM" });

/** Rounds of a channel count far slower than this. */
const ROUND_MAX = 2 ** 31 - 1;

export const round = z.number().int().min(1).max(ROUND_MAX).meta({
  description: "The round that the caller is in; when the channel is in another the answer is 409 `round_over`.",
  example: 1,
});

/** Shorter than what proxies and clients allow an answer to take. */
export const WAIT_MAX_SECONDS = 30;

export const wait = z.number().int().min(0).max(WAIT_MAX_SECONDS).meta({
  description:
    "Wait so many seconds for the other side instead of answering `not_yet` at once. `Prefer: wait=N` means the same.",
  example: 0,
});

export const closeReason = z
  .enum(CLOSE_REASONS)
  .meta({ description: "Why; without it `done`. The other side is told.", example: "done" });
