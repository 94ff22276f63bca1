import { utf8 } from "./bytes.js";
import { DuetError } from "./problem.js";
import { isCount, parseJsonObject } from "./strict-json.js";

/**
 * `capsA` and `capsB` of PROTOCOL.md section 3: what a side can do. They travel inside the shares as exact bytes, so
 * both sides hash what was sent, and they are read only when the tag has shown who sent them.
 */

export const CAPABILITIES_MAX_BYTES = 1024;

/** Versions of this protocol that this code speaks. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];

/** What measured best for whole transfers: half of 2 MiB's memory for nearly all of its speed. */
export const DEFAULT_CHUNK = 1_048_576;
export const MIN_CHUNK = 16_384;
export const MAX_CHUNK = 8_388_608;

export interface Capabilities {
  readonly versions: readonly number[];
  /** The largest chunk that this side takes. */
  readonly chunk: number;
}

/** What two sides have in common. */
export interface Agreement {
  readonly version: number;
  readonly chunk: number;
}

/** A power of two from `MIN_CHUNK` to `MAX_CHUNK`. */
export function isChunk(value: unknown): value is number {
  return isCount(value) && value >= MIN_CHUNK && value <= MAX_CHUNK && Number.isInteger(Math.log2(value));
}

/** @throws RangeError for capabilities that no peer would take */
export function encodeCapabilities({ versions, chunk }: Capabilities): Uint8Array {
  if (!isChunk(chunk)) throw new RangeError("chunk must be a power of two from 16384 to 8388608");
  if (!isVersions(versions)) throw new RangeError("versions must be integers from 0, at least one");
  const bytes = utf8(JSON.stringify({ v: versions, chunk }));
  if (bytes.length > CAPABILITIES_MAX_BYTES) throw new RangeError("too many versions");
  return bytes;
}

/**
 * @param own what this side sent
 * @param received the other side's bytes, after the tag matched
 * @throws DuetError `unsupported`, with a hint that names the side that must update
 */
export function agree(own: Capabilities, received: Uint8Array): Agreement {
  const other = decodeCapabilities(received);
  if (other === undefined) {
    throw new DuetError("unsupported", {
      message: "the other side describes itself in a way that is not valid",
      hint: "Update duet on the other side.",
    });
  }
  const common = own.versions.filter((version) => other.versions.includes(version));
  if (common.length === 0) throw noCommonVersion(own, other);
  return { version: Math.max(...common), chunk: Math.min(own.chunk, other.chunk) };
}

function decodeCapabilities(bytes: Uint8Array): Capabilities | undefined {
  if (bytes.length > CAPABILITIES_MAX_BYTES) return undefined;
  const object = parseJsonObject(bytes);
  if (object === undefined) return undefined;
  const { v: versions, chunk = DEFAULT_CHUNK } = object;
  return isVersions(versions) && isChunk(chunk) ? { versions, chunk } : undefined;
}

function isVersions(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every(isCount);
}

function noCommonVersion(own: Capabilities, other: Capabilities): DuetError {
  const isOlder = Math.max(...own.versions) < Math.max(...other.versions);
  return new DuetError("unsupported", {
    message: isOlder ? "this duet is too old for the other side" : "the other side's duet is too old for this one",
    hint: isOlder ? "Update duet here, on this side." : "Update duet on the other side.",
    extensions: { update: isOlder ? "this side" : "other side" },
  });
}
