/** Everything that can go wrong, once: HTTP, tRPC, the stapler's error lines, exit codes and the docs all read this table. */
interface Problem {
  /** The HTTP status when a relay answers with it; absent when only a peer can meet it. */
  readonly status?: number;
  /** The exit code of the command line (DESIGN.md). */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 130;
  /** What happened. May change; the code is the contract. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

export const PROBLEMS = {
  // What a relay refuses.
  bad_request: {
    status: 400,
    exit: 4,
    message: "the request is not valid",
    hint: "See `issues` for the fields and /docs for what is expected.",
  },
  bad_json: {
    status: 400,
    exit: 4,
    message: "the body is not a JSON object in UTF-8",
    hint: "Send one JSON object with Content-Type: application/json.",
  },
  access_token: {
    status: 403,
    exit: 4,
    message: "this relay is private",
    hint: "Ask its operator for the access token and set DUET_ACCESS_TOKEN.",
  },
  channel_full: {
    status: 403,
    exit: 4,
    message: "channel is full",
    hint: "Two addresses already use this channel. Open a new one.",
  },
  not_yours: {
    status: 403,
    exit: 4,
    message: "not your side of the channel",
    hint: "Send the uuid that you opened this side with, as Authorization: Bearer.",
  },
  unknown_channel: {
    status: 404,
    exit: 4,
    message: "no such channel",
    hint: "Check the name, or wait for the sender with ?wait=.",
  },
  not_yet: {
    status: 404,
    exit: 4,
    message: "not there yet",
    hint: "The other side has not done its step. Ask again, or with ?wait=30.",
  },
  unknown_route: { status: 404, exit: 4, message: "no such route", hint: "See /docs for the routes." },
  method_not_allowed: {
    status: 405,
    exit: 4,
    message: "method not allowed",
    hint: "Use a method that the Allow header names.",
  },
  request_timeout: {
    status: 408,
    exit: 4,
    message: "the request did not arrive in time",
    hint: "Send it again on a new connection.",
  },
  channel_in_use: {
    status: 409,
    exit: 4,
    message: "channel is occupied",
    hint: "Choose another name, or let the relay choose.",
  },
  seat_taken: {
    status: 409,
    exit: 4,
    message: "this side of the channel is taken",
    hint: "Someone already joined. If it was not you, ask the sender for a new code.",
  },
  out_of_order: {
    status: 409,
    exit: 4,
    message: "a step before its turn",
    hint: "Do the earlier steps first: x, then y, then h_k, then open.",
  },
  already_set: {
    status: 409,
    exit: 4,
    message: "already set to another value",
    hint: "Each field can be set once per round.",
  },
  round_over: {
    status: 409,
    exit: 4,
    message: "this round is over",
    hint: "Open the channel again with your uuid for the next round.",
  },
  h_k_mismatch: {
    status: 409,
    exit: 4,
    message: "h_k does not fit hh_k",
    hint: "The two sides do not hold the same key. Close the channel and start again.",
  },
  closed: { status: 410, exit: 4, message: "the channel is closed", hint: "Open a new one." },
  too_large: {
    status: 413,
    exit: 4,
    message: "the request is too large",
    hint: "A body may have 16 KiB; see docs/LIMITS.md.",
  },
  unsupported_media_type: {
    status: 415,
    exit: 4,
    message: "unsupported media type",
    hint: "Send Content-Type: application/json.",
  },
  rate_limited: { status: 429, exit: 4, message: "too many requests", hint: "Wait as long as Retry-After says." },
  too_many_channels: {
    status: 429,
    exit: 4,
    message: "too many open channels from this address",
    hint: "Close some, or wait until they expire.",
  },
  too_many_waiters: {
    status: 429,
    exit: 4,
    message: "too many requests are waiting",
    hint: "Ask without ?wait=, or try again later.",
  },
  headers_too_large: {
    status: 431,
    exit: 4,
    message: "the request headers are too large",
    hint: "Send fewer or shorter headers.",
  },
  internal: {
    status: 500,
    exit: 4,
    message: "the relay failed",
    hint: "Try again. If it stays, tell the operator the request id.",
  },
  store_unavailable: { status: 503, exit: 4, message: "the relay cannot reach its store", hint: "Try again shortly." },
  shutting_down: { status: 503, exit: 4, message: "the relay is stopping", hint: "Try again shortly." },
  no_stapler: { status: 503, exit: 4, message: "no stapler is connected to this relay", hint: "Try again shortly." },

  // What a relay refuses a stapler, beside what it refuses a peer.
  not_registered: {
    status: 409,
    exit: 4,
    message: "this stapler is not registered",
    hint: "Register, then ask again.",
  },

  // What a stapler refuses, beside not_yours, unknown_channel, round_over and closed.
  bad_hello: {
    exit: 4,
    message: "not a hello line",
    hint: "Send: duet/1 <sender|recipient> <channel> <uuid or -> <h_k>",
  },
  full: { exit: 4, message: "channel is full", hint: "Two addresses already use this channel. Open a new one." },
  wrong_h_k: { exit: 4, message: "another h_k than the round's", hint: "Send the h_k of this round." },
  not_open: { exit: 4, message: "h_k is not posted yet", hint: "The sender posts h_k before it connects." },
  replaced: { exit: 6, message: "a newer connection took this place", hint: "Connect again if it was not you." },
  timeout: { exit: 6, message: "nothing came in time", hint: "Connect again." },
  busy: { exit: 4, message: "the stapler is at its limit", hint: "Try again shortly." },
  unavailable: { exit: 4, message: "the stapler cannot reach its relay", hint: "Try again shortly." },

  // What a peer meets.
  usage: { exit: 2, message: "the command is not valid", hint: "See duet --help." },
  bad_code: { exit: 2, message: "this is not a code", hint: "A code looks like 4821-cactus-lemon-violin." },
  wrong_code: {
    exit: 3,
    message: "wrong code",
    hint: "The words did not match. Start again with a new code.",
  },
  interfered: {
    exit: 3,
    message: "someone interfered",
    hint: "What arrived was changed on its way. Try another network or relay.",
  },
  relay_unreachable: { exit: 4, message: "the relay cannot be reached", hint: "Check the address and the network." },
  relay_refused: { exit: 4, message: "the relay refuses", hint: "Read its message, or use another relay." },
  stapler_unreachable: {
    exit: 4,
    message: "the stapler cannot be reached",
    hint: "Its port may be blocked by a firewall.",
  },
  declined: { exit: 5, message: "the other side declined", hint: "Ask them why." },
  cancelled: { exit: 5, message: "the other side cancelled", hint: "Start again when they are ready." },
  nobody_came: { exit: 6, message: "the other side did not come", hint: "Run the command again when they are ready." },
  connection_lost: {
    exit: 6,
    message: "the connection was lost and did not come back",
    hint: "Run the same command again.",
  },
  no_space: { exit: 7, message: "not enough room", hint: "Make room at the destination or choose another with --out." },
  cannot_write: {
    exit: 7,
    message: "the destination cannot be written",
    hint: "Check its permissions or choose another with --out.",
  },
  cannot_read: { exit: 1, message: "a file cannot be read", hint: "Check its permissions." },
  bad_message: {
    exit: 1,
    message: "the other side sent what duet does not understand",
    hint: "Update duet on both sides.",
  },
  unsupported: {
    exit: 1,
    message: "the two versions cannot talk to each other",
    hint: "Update duet on the older side.",
  },
  failed: { exit: 1, message: "it failed", hint: "Try again with --log-level debug." },
  interrupted: { exit: 130, message: "interrupted", hint: "Run the same command again." },
} as const satisfies Record<string, Problem>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The codes that have an HTTP status, that is, that a relay answers with. */
export type RelayProblemCode = {
  [Code in ProblemCode]: (typeof PROBLEMS)[Code] extends { readonly status: number } ? Code : never;
}[ProblemCode];

/** What an error may carry beside its code: never a secret, since all of it is shown. */
export interface ProblemDetails {
  /** Replaces the table's message where more can be said. */
  readonly message?: string;
  /** Replaces the table's hint. */
  readonly hint?: string;
  /** Extension members of the problem document (RFC 9457), such as `closed_by`. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error class. Compare `code`; never match on `message`. */
export class DuetError extends Error {
  override readonly name = "DuetError";
  readonly code: ProblemCode;
  readonly hint: string;
  readonly extensions: Readonly<Record<string, unknown>>;

  /**
   * @param code a key of `PROBLEMS`
   * @param details a better text than the table's, extension members, the cause
   */
  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(details.message ?? PROBLEMS[code].message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = details.hint ?? PROBLEMS[code].hint;
    this.extensions = details.extensions ?? {};
  }
}

/** Whether `error` is a `DuetError`, with the given code if there is one. */
export function isProblem(error: unknown, code?: ProblemCode): error is DuetError {
  return error instanceof DuetError && (code === undefined || error.code === code);
}

/** @returns the HTTP status of a code, 500 for one that no relay should answer with */
export function httpStatus(code: ProblemCode): number {
  const problem: Problem = PROBLEMS[code];
  return problem.status ?? 500;
}

/** @returns the exit code of the command line for a code */
export function exitCode(code: ProblemCode): number {
  return PROBLEMS[code].exit;
}
