import { CLOSE_REASONS, ROLES } from "../../protocol/names.js";
import { DuetError, PROBLEMS, httpStatus, type RelayProblemCode } from "../../protocol/problem.js";
import { problemDocument } from "../errors.js";
import type { JsonObject } from "./json.js";

/** What may go wrong whatever is called. */
const ALWAYS: readonly RelayProblemCode[] = [
  "bad_request",
  "request_timeout",
  "headers_too_large",
  "rate_limited",
  "internal",
  "store_unavailable",
  "shutting_down",
];
/** … unless it is `GET /health`. */
const GUARDED: readonly RelayProblemCode[] = ["access_token"];
const WITH_BODY: readonly RelayProblemCode[] = ["bad_json", "too_large", "unsupported_media_type"];

/** The request id of examples. */
const REQUEST_ID = "3f1c2e58-7b1d-4a5e-9d0c-2f6b8a7c9e10";

/** The codes that an operation can answer with. */
export function codesOf(
  own: readonly RelayProblemCode[],
  method: string,
  isGuarded: boolean,
): readonly RelayProblemCode[] {
  return [...new Set([...ALWAYS, ...(isGuarded ? GUARDED : []), ...(method === "post" ? WITH_BODY : []), ...own])];
}

/** `responses` of an operation: its own answer, and a reference for every status that can come instead. */
export function withProblems(answer: JsonObject, codes: readonly RelayProblemCode[]): JsonObject {
  const statuses = [...new Set(codes.map(httpStatus))].toSorted((a, b) => a - b);
  return {
    "200": answer,
    ...Object.fromEntries(
      statuses.map((status) => [String(status), { $ref: `#/components/responses/Problem${status}` }]),
    ),
  };
}

/** `components.responses`: one for every status that an operation can answer with. */
export function problemResponses(used: readonly RelayProblemCode[]): JsonObject {
  const byStatus = new Map<number, RelayProblemCode[]>();
  for (const code of used) byStatus.set(httpStatus(code), [...(byStatus.get(httpStatus(code)) ?? []), code]);
  const statuses = [...byStatus].toSorted(([a], [b]) => a - b);
  return Object.fromEntries(statuses.map(([status, codes]) => [`Problem${status}`, problemResponse(status, codes)]));
}

/** The headers that come with a status, and their names in `components.headers`. */
const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  429: { "Retry-After": "RetryAfter", RateLimit: "RateLimit", "RateLimit-Policy": "RateLimitPolicy" },
  503: { "Retry-After": "RetryAfter" },
};

function problemResponse(status: number, codes: readonly RelayProblemCode[]): JsonObject {
  const told = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].message}`).join("; ");
  const examples = Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }]));
  const names = HEADERS[status] ?? {};
  const headers = Object.fromEntries(
    Object.entries(names).map(([name, ref]) => [name, { $ref: `#/components/headers/${ref}` }]),
  );
  return {
    description: `${told}.`,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" }, examples } },
  };
}

function exampleOf(code: RelayProblemCode): JsonObject {
  const { type, title, status, detail, message, hint } = problemDocument(new DuetError(code), REQUEST_ID);
  return { type, title, status, detail, code, message, hint, success: false, request_id: REQUEST_ID };
}

const text = (description: string, example: string): JsonObject => ({ type: "string", description, example });
const number = (description: string, example: number): JsonObject => ({ type: "integer", description, example });

/** `components.schemas.Problem`: RFC 9457, what the seed's errors carry, and every extension member there is. */
export const problemSchema: JsonObject = {
  type: "object",
  description: "What went wrong (RFC 9457). Match on `code`; the texts may change.",
  properties: {
    type: text("Where the code is explained.", "/problems#not_yet"),
    title: text("The code in words.", "not there yet"),
    status: number("The HTTP status.", 404),
    detail: text("What happened this time.", "not there yet"),
    code: text("What happened, for programs: stable.", "not_yet"),
    message: text("The same as `detail`.", "not there yet"),
    hint: text("What to do about it.", "The other side has not done its step. Ask again, or with ?wait=30."),
    success: { type: "boolean", const: false, description: "Always false.", example: false },
    request_id: text("What to tell the operator; also in the X-Request-Id header.", REQUEST_ID),
    issues: {
      type: "array",
      description: "With `bad_request`: which fields are not valid, and why.",
      items: {
        type: "object",
        properties: {
          path: { type: "array", description: "The field.", items: { type: "string" }, example: ["channel"] },
          message: text("What is wrong with it.", "Invalid input"),
        },
        required: ["path", "message"],
      },
      example: [{ path: ["channel"], message: "Invalid input" }],
    },
    closed_by: {
      type: "string",
      enum: ROLES,
      description: "With `closed`: who closed the channel.",
      example: "recipient",
    },
    reason: { type: "string", enum: CLOSE_REASONS, description: "With `closed`: why.", example: "done" },
    round: number("With `round_over`: the round that the channel is in.", 2),
    limit: number("With `rate_limited`, `too_many_channels`, `too_large`: the limit.", 600),
    retry_after: number("With `rate_limited`: when to come again, in seconds.", 7),
    allow: text("With `method_not_allowed`: the methods that there are.", "GET, HEAD, OPTIONS"),
  },
  required: ["type", "title", "status", "detail", "code", "message", "hint", "success", "request_id"],
};
