import type { components } from "./generated/schema.js";

/** As the relay sends it: RFC 9457, with `code`, `message` and `hint`. */
export type Problem = components["schemas"]["Problem"];

/** What this client finds out itself. A relay never answers with these. */
const OWN = {
  relay_unreachable: { message: "the relay cannot be reached", hint: "Check the address and the network." },
  relay_refused: { message: "the relay refuses", hint: "Read its message, or use another relay." },
  stapler_unreachable: { message: "the stapler cannot be reached", hint: "Its port may be blocked by a firewall." },
  connection_lost: {
    message: "the connection was lost and did not come back",
    hint: "Run the same command again.",
  },
} as const;

export type OwnCode = keyof typeof OWN;

/** Why a call failed. Compare `code`, which is stable; the texts are for people and may change. */
export class DuetProblem extends Error {
  override readonly name = "DuetProblem";
  /** One of the codes at `/problems` of the relay, of a stapler's error lines, or of `OwnCode`. */
  readonly code: string;
  /** What to do about it. */
  readonly hint: string;
  /** The HTTP status; absent when no relay answered. */
  readonly status: number | undefined;
  /** All that the relay said, if it did. */
  readonly problem: Problem | undefined;

  constructor(fields: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly status?: number | undefined;
    readonly problem?: Problem | undefined;
    readonly cause?: unknown;
  }) {
    super(fields.message, "cause" in fields ? { cause: fields.cause } : undefined);
    this.code = fields.code;
    this.hint = fields.hint;
    this.status = fields.status;
    this.problem = fields.problem;
  }
}

/** @param message replaces that of the code where more can be said */
export function ownProblem(
  code: OwnCode,
  details: { readonly message?: string; readonly cause?: unknown } = {},
): DuetProblem {
  return new DuetProblem({ code, ...OWN[code], ...details });
}

/** What an answer that is no success means. @param body as parsed, or as text */
export function problemOf(response: Response, body: unknown): DuetProblem {
  if (isProblem(body)) {
    const { code, message, hint } = body;
    return new DuetProblem({ code, message, hint, status: response.status, problem: body });
  }
  const { status } = response;
  if (status >= 500)
    return ownProblem("relay_unreachable", {
      message: `the relay cannot be reached: something in between answered ${status}`,
    });
  return ownProblem("relay_refused", { message: `what answered (${status}) is not a duet relay` });
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== "object" || body === null) return false;
  const { code, message, hint } = body as Partial<Record<string, unknown>>;
  return [code, message, hint].every((text) => typeof text === "string");
}
