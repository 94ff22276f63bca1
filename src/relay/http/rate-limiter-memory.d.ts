/**
 * The limiter alone: the package's entry loads its clients for ten databases, 45 ms that every `duet send` would
 * wait. It has no types of its own by this path.
 */
declare module "rate-limiter-flexible/lib/RateLimiterMemory.js" {
  export { RateLimiterMemory as default } from "rate-limiter-flexible";
}
