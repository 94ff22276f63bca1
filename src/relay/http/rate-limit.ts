import type { ServerResponse } from "node:http";
import RateLimiterMemory from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import type { AddressKey } from "../../channel/address.js";
import { DuetError } from "../../protocol/problem.js";

/** Requests of one address: so many a minute, so many of them at once. */
export interface RateLimit {
  readonly perMinute: number;
  readonly burst: number;
}

/** A whole exchange is about ten requests and then one every thirty seconds; a room behind one address fits. */
export const DEFAULT_RATE_LIMIT: RateLimit = { perMinute: 600, burst: 200 };

/** What is left, for the RateLimit headers. */
export interface Quota {
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** Counts the requests of every address (IPv6 by /64). Tells the caller in the headers of draft-ietf-httpapi-ratelimit-headers. */
export class RateLimiter {
  readonly limit: RateLimit;
  readonly #windowSeconds: number;
  readonly #limiter: RateLimiterMemory;

  /**
   * One window holds one burst, and is as long as the rate takes for it: 200 in 20 seconds are 600 a minute.
   *
   * @param limit a burst beyond a minute's worth is one minute's worth
   */
  constructor({ perMinute, burst }: RateLimit) {
    this.limit = { perMinute, burst: Math.min(perMinute, burst) };
    this.#windowSeconds = Math.ceil((this.limit.burst * 60) / perMinute);
    this.#limiter = new RateLimiterMemory({ points: this.limit.burst, duration: this.#windowSeconds });
  }

  /**
   * @param calls how many calls the request carries
   * @throws DuetError `rate_limited`, with `retry_after` in seconds
   */
  async count(address: AddressKey, calls: number): Promise<Quota> {
    try {
      return quotaOf(await this.#limiter.consume(address, calls));
    } catch (refused) {
      const quota = quotaOf(refused);
      throw new DuetError("rate_limited", {
        extensions: { retry_after: quota.resetSeconds, limit: this.limit.perMinute },
      });
    }
  }

  /** The headers that every POST and every refusal carries. */
  announce(response: ServerResponse, { remaining, resetSeconds }: Quota): void {
    response.setHeader("RateLimit-Policy", `"address";q=${this.limit.burst};w=${this.#windowSeconds}`);
    response.setHeader("RateLimit", `"address";r=${remaining};t=${resetSeconds}`);
  }
}

/** @param result what the limiter gives, and what it throws when the limit is reached */
function quotaOf(result: unknown): Quota {
  if (typeof result !== "object" || result === null || !("remainingPoints" in result) || !("msBeforeNext" in result))
    throw result;
  return {
    remaining: Number(result.remainingPoints),
    resetSeconds: Math.max(1, Math.ceil(Number(result.msBeforeNext) / 1000)),
  };
}
