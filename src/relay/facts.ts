/** What a relay tells about itself: nothing that changes with its users. */
export interface RelayFacts {
  readonly version: string;
  /** The operator's words to everybody who opens a channel. */
  readonly notice: string | undefined;
  readonly limits: RelayLimits;
}

/** Every limit, told to the clients by `GET /health`; docs/LIMITS.md has the reasons. */
export interface RelayLimits {
  /** Of one address (IPv6 by /64); null: without limit. */
  readonly requestsPerMinute: number | null;
  readonly burst: number | null;
  readonly channelsPerAddress: number | null;
  readonly waitersPerChannel: number;
  readonly waitersPerAddress: number | null;
}
