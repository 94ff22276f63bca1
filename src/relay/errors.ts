import { TRPCError } from "@trpc/server";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { ZodError } from "zod";
import { DuetError, PROBLEMS, httpStatus, type ProblemCode } from "../protocol/problem.js";

/** RFC 9457, with the seed's `success` and `message`. What a caller may match on is `code`. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string;
  readonly success: false;
  readonly request_id: string;
  readonly [extension: string]: unknown;
}

/** Codes of tRPC itself that say more than "input is not valid". */
const FRAMEWORK_CODES: Partial<Record<TRPCError["code"], ProblemCode>> = {
  BAD_REQUEST: "bad_request",
  PARSE_ERROR: "bad_json",
  NOT_FOUND: "unknown_route",
  METHOD_NOT_SUPPORTED: "method_not_allowed",
  PAYLOAD_TOO_LARGE: "too_large",
  UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
};

/**
 * What a caller may know of an error: our own as they are, input that did not pass its schema with the fields, and
 * of everything else only that it happened.
 */
export function problemFrom(error: unknown): DuetError {
  if (error instanceof DuetError) return error;
  if (!(error instanceof TRPCError)) return new DuetError("internal", { cause: error });
  if (error.cause instanceof DuetError) return error.cause;
  if (error.code === "BAD_REQUEST" && error.cause instanceof ZodError) {
    const issues = error.cause.issues.map(({ path, message }) => ({ path: path.map(String), message }));
    return new DuetError("bad_request", { extensions: { issues } });
  }
  if (error.code === "BAD_REQUEST" && error.cause instanceof SyntaxError) return new DuetError("bad_json");
  return new DuetError(FRAMEWORK_CODES[error.code] ?? "internal", { cause: error });
}

/** Whether the relay is at fault: what is logged as an error, with its cause. */
export function isFault(problem: DuetError): boolean {
  return problem.code === "internal" || !("status" in PROBLEMS[problem.code]);
}

/** @param requestId what the caller tells the operator */
export function problemDocument(problem: DuetError, requestId: string): ProblemDocument {
  const { code, message, hint, extensions } = problem;
  return {
    type: `/problems#${code}`,
    title: PROBLEMS[code].message,
    status: httpStatus(code),
    detail: message,
    code,
    message,
    hint,
    success: false,
    request_id: requestId,
    ...extensions,
  };
}

/** tRPC's nearest word for a status. */
const TRPC_CODES: Readonly<Record<number, TRPCError["code"]>> = {
  400: "BAD_REQUEST",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_SUPPORTED",
  408: "TIMEOUT",
  409: "CONFLICT",
  // tRPC has no word for gone.
  410: "NOT_FOUND",
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  429: "TOO_MANY_REQUESTS",
  503: "SERVICE_UNAVAILABLE",
};

/** The shape of tRPC's errors, with our code in `data.duet` and the HTTP status that REST would have. */
export function errorShape(problem: DuetError, path: string | undefined) {
  const { code, message, hint, extensions } = problem;
  const status = httpStatus(code);
  const key = TRPC_CODES[status] ?? "INTERNAL_SERVER_ERROR";
  return {
    message,
    code: TRPC_ERROR_CODES_BY_KEY[key],
    data: { code: key, httpStatus: status, path, duet: { code, message, hint, ...extensions } },
  };
}
