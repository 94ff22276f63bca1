import { z } from "zod";
import { CHANNEL_IDLE_MS } from "../../channel/lifetime.js";
import { done } from "../answers.js";
import { BODY_MAX_BYTES } from "../http/body.js";
import { WAIT_MAX_SECONDS } from "../fields.js";
import { t } from "../trpc.js";

const count = z.number().int();
const limits = z
  .object({
    requests_per_minute: count
      .nullable()
      .meta({ description: "Requests of one address (IPv6 by /64) in a minute; null: no limit.", example: 600 }),
    burst: count.nullable().meta({ description: "How many of them at once; null: no limit.", example: 200 }),
    channels_per_address: count
      .nullable()
      .meta({ description: "Channels that one address may have open; null: no limit.", example: 50 }),
    waiters_per_channel: count.meta({ description: "Requests that may wait on one channel.", example: 32 }),
    waiters_per_address: count
      .nullable()
      .meta({ description: "Requests of one address that may wait; null: no limit.", example: 200 }),
    body_bytes: count.meta({ description: "The largest request body.", example: 16_384 }),
    wait_seconds: count.meta({ description: "The longest `wait`.", example: 30 }),
    idle_seconds: count.meta({ description: "A channel that nobody uses ends after this.", example: 900 }),
  })
  .meta({ id: "Limits", description: "What this relay allows." });

/** Whether the relay and its store are there, and what it allows. Needs no access token. */
export const health = t.procedure
  .meta({
    openapi: {
      method: "GET",
      path: "/health",
      operationId: "health",
      tags: ["relay"],
      protect: false,
      summary: "Ask whether the relay works",
      description: "200 as long as the relay takes requests and reaches its store.",
      successDescription: "It works.",
    },
    problems: [],
  })
  .output(
    done("Health", "healthy", {
      version: z.string().meta({ description: "The version of the relay.", example: "1.0.0" }),
      limits,
    }),
  )
  .query(async ({ ctx }) => {
    const { version, limits: own } = ctx.services.facts;
    await ctx.services.channels.countNames(0);
    return {
      version,
      limits: {
        requests_per_minute: own.requestsPerMinute,
        burst: own.burst,
        channels_per_address: own.channelsPerAddress,
        waiters_per_channel: own.waitersPerChannel,
        waiters_per_address: own.waitersPerAddress,
        body_bytes: BODY_MAX_BYTES,
        wait_seconds: WAIT_MAX_SECONDS,
        idle_seconds: CHANNEL_IDLE_MS / 1000,
      },
      success: true as const,
      message: "healthy",
    };
  });
