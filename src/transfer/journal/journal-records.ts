import { crc32 } from "node:zlib";
import { FINGERPRINT_BYTES } from "./fingerprints.js";

/**
 * What a journal says, one record after the other. Only ever appended, so whatever was written when a process died
 * is a journal too, up to a last record that may be torn.
 */
export type JournalRecord =
  /** Whose journal it is, and who writes it: first of all, and again by every process that goes on. */
  | { readonly type: "owner"; readonly owner: JournalOwner }
  /** Something topmost of the transfer, and the name that it was given here. */
  | { readonly type: "top"; readonly top: string; readonly name: string; readonly isEntered: boolean }
  /** A folder, below the root, in which parts of files may be. */
  | { readonly type: "folder"; readonly path: string }
  /** A folder, below the root, that was not there before, inside of one that was. */
  | { readonly type: "made"; readonly path: string }
  /** A file whose part is worth going on with. */
  | { readonly type: "begun"; readonly fingerprint: Uint8Array }
  /**
   * A file that is whole: its part has its name from now on, or in the next moment. `file` stands for what is on the disk
   * (`fileFingerprint`).
   */
  | { readonly type: "done"; readonly fingerprint: Uint8Array; readonly file: Uint8Array }
  /** All of the transfer is in its place, and nobody was told so far. */
  | { readonly type: "whole"; readonly whole: Whole };

/** What a transfer has come to. */
export interface Whole {
  readonly files: number;
  readonly bytes: number;
}

export interface JournalOwner {
  /** In the names of all parts: so they are known as this transfer's. */
  readonly mark: string;
  readonly relay: string;
  readonly channel: string;
  /** A real path. */
  readonly root: string;
  readonly pid: number;
}

const TYPES = [
  "owner",
  "top",
  "folder",
  "made",
  "begun",
  "done",
  "whole",
] as const satisfies readonly JournalRecord["type"][];
/** u8 type ‖ u16be length */
const HEAD_BYTES = 3;
const CRC_BYTES = 4;

/** u8 type ‖ u16be length ‖ payload ‖ u32be CRC-32 of all before */
export function encodeRecord(record: JournalRecord): Uint8Array {
  const payload = payloadOf(record);
  const bytes = Buffer.alloc(HEAD_BYTES + payload.length + CRC_BYTES);
  bytes[0] = TYPES.indexOf(record.type) + 1;
  bytes.writeUInt16BE(payload.length, 1);
  bytes.set(payload, HEAD_BYTES);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -CRC_BYTES)), bytes.length - CRC_BYTES);
  return bytes;
}

/** The records of a journal, each with where it ends; the first that is torn or not understood ends them. */
export function* decodeRecords(bytes: Buffer): Generator<{ readonly record: JournalRecord; readonly end: number }> {
  for (let at = 0; at + HEAD_BYTES + CRC_BYTES <= bytes.length;) {
    const end = at + HEAD_BYTES + bytes.readUInt16BE(at + 1) + CRC_BYTES;
    if (end > bytes.length) return;
    if (crc32(bytes.subarray(at, end - CRC_BYTES)) !== bytes.readUInt32BE(end - CRC_BYTES)) return;
    const record = recordOf(TYPES[(bytes[at] ?? 0) - 1], bytes.subarray(at + HEAD_BYTES, end - CRC_BYTES));
    if (record === undefined) return;
    yield { record, end };
    at = end;
  }
}

function payloadOf(record: JournalRecord): Uint8Array {
  switch (record.type) {
    case "owner":
      return Buffer.from(JSON.stringify(record.owner));
    case "top":
      return Buffer.from(JSON.stringify([record.top, record.name, record.isEntered]));
    case "folder":
    case "made":
      return Buffer.from(record.path);
    case "begun":
      return record.fingerprint;
    case "done":
      return Buffer.concat([record.fingerprint, record.file]);
    case "whole":
      return Buffer.from(JSON.stringify([record.whole.files, record.whole.bytes]));
  }
}

/** The checksum has shown that it is what one of us wrote; of which version, the shape shows. */
function recordOf(type: JournalRecord["type"] | undefined, payload: Buffer): JournalRecord | undefined {
  switch (type) {
    case "owner": {
      const owner = ownerOf(JSON.parse(payload.toString()));
      return owner === undefined ? undefined : { type, owner };
    }
    case "top": {
      const [top, name, isEntered] = JSON.parse(payload.toString()) as readonly unknown[];
      if (typeof top !== "string" || typeof name !== "string") return undefined;
      return { type, top, name, isEntered: isEntered === true };
    }
    case "folder":
    case "made":
      return { type, path: payload.toString() };
    case "begun":
      return payload.length === FINGERPRINT_BYTES ? { type, fingerprint: payload } : undefined;
    case "done":
      if (payload.length !== 2 * FINGERPRINT_BYTES) return undefined;
      return { type, fingerprint: payload.subarray(0, FINGERPRINT_BYTES), file: payload.subarray(FINGERPRINT_BYTES) };
    case "whole": {
      const [files, bytes] = JSON.parse(payload.toString()) as readonly unknown[];
      return typeof files === "number" && typeof bytes === "number" ? { type, whole: { files, bytes } } : undefined;
    }
    case undefined:
      return undefined;
  }
}

function ownerOf(value: unknown): JournalOwner | undefined {
  const { mark, relay, channel, root, pid } = value as Partial<Record<keyof JournalOwner, unknown>>;
  if (typeof mark !== "string" || !/^[0-9a-f]{12}$/.test(mark) || typeof pid !== "number") return undefined;
  if (typeof relay !== "string" || typeof channel !== "string" || typeof root !== "string") return undefined;
  return { mark, relay, channel, root, pid };
}
