import type { IncomingMessage } from "node:http";
import { DuetError } from "../../protocol/problem.js";

/** The largest message of the exchange is 4096 characters and its names; four times that leaves room. */
export const BODY_MAX_BYTES = 16 * 1024;
/** A body that is not wanted is read so far, so that its sender gets to see the answer; then the line is cut. */
const DRAIN_MAX_BYTES = 1024 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of a JSON body, "" if there is none.
 *
 * @throws DuetError `too_large`, `unsupported_media_type`, `bad_json` for what is not UTF-8
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  if (coding === undefined && (length === undefined || Number(length) === 0)) return "";
  if (Number(length ?? 0) > BODY_MAX_BYTES) throw tooLarge();
  checkMediaType(request);
  const bytes = await readBytes(request);
  try {
    return utf8.decode(bytes);
  } catch {
    throw new DuetError("bad_json", { message: "the body is not UTF-8" });
  }
}

/** @throws DuetError `bad_json` for what is not a JSON object; "" is the empty object */
export function parseObject(text: string): Record<string, unknown> {
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DuetError("bad_json");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new DuetError("bad_json");
  return { ...value };
}

/** Reads and drops what is left of a body whose answer is on its way, up to a limit. */
export function drain(request: IncomingMessage): void {
  if (request.complete) return;
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DRAIN_MAX_BYTES) request.destroy();
  });
  request.on("error", () => undefined);
  request.resume();
}

function checkMediaType({ headers }: IncomingMessage): void {
  if (headers["content-encoding"] !== undefined)
    throw new DuetError("unsupported_media_type", { hint: "Send the body without Content-Encoding." });
  const [type = "", ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  if (type.trim() !== "application/json") throw new DuetError("unsupported_media_type");
  for (const parameter of parameters) {
    const [name = "", value = ""] = parameter.split("=").map((part) => part.trim());
    if (name === "charset" && !["utf-8", '"utf-8"', "utf8"].includes(value)) {
      throw new DuetError("unsupported_media_type", { message: "only UTF-8 is understood" });
    }
  }
}

/** The listeners stay: a request is short-lived, and to take them off again costs as much as to read. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_MAX_BYTES) chunks.push(chunk);
      else reject(tooLarge());
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("close", () => reject(new DuetError("request_timeout", { message: "the request broke off" })));
  });
}

function tooLarge(): DuetError {
  return new DuetError("too_large", { extensions: { limit: BODY_MAX_BYTES } });
}
