import type { OutgoingHttpHeaders } from "node:http";
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

/** Where one address stands. */
export interface Quota {
  readonly isExceeded: boolean;
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

  /** @param calls how many calls the request carries */
  async count(address: AddressKey, calls: number): Promise<Quota> {
    // As `consume`, which would throw what is no error.
    const { consumedPoints, remainingPoints, msBeforeNext } = await this.#limiter.penalty(address, calls);
    return {
      isExceeded: consumedPoints > this.limit.burst,
      remaining: remainingPoints,
      resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
    };
  }

  /** The headers that every POST and every refusal carries. */
  announce(headers: OutgoingHttpHeaders, { remaining, resetSeconds }: Quota): void {
    headers["RateLimit-Policy"] = `"address";q=${this.limit.burst};w=${this.#windowSeconds}`;
    headers["RateLimit"] = `"address";r=${remaining};t=${resetSeconds}`;
  }

  /** What a caller over its limit is told. */
  refusal({ resetSeconds }: Quota): DuetError {
    return new DuetError("rate_limited", { extensions: { retry_after: resetSeconds, limit: this.limit.perMinute } });
  }
}
