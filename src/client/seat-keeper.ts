import { platformRandom, type RandomBytes, toBase64Url } from "../protocol/index.js";
import type { ChannelName, Role, Uuid } from "../protocol/names.js";

/** What a uuid is good for: one side of one channel at one relay. */
export interface SeatKey {
  readonly relay: string;
  readonly channel: ChannelName;
  readonly role: Role;
}

/**
 * Where the uuid of an unfinished transfer outlives the process, so that a killed one can take its seat again.
 * Never fails: without a seat a transfer starts anew.
 */
export interface SeatKeeper {
  load(key: SeatKey): Promise<Uuid | undefined>;
  save(key: SeatKey, uuid: Uuid): Promise<void>;
  forget(key: SeatKey): Promise<void>;
}

/** 128 bits; a UUID of version 4 has six bits less (PROTOCOL.md, section 2, Fields). */
const UUID_BYTES = 16;

/** Our clients make their own uuid, so that a call whose answer was lost can be made again. */
export function newUuid(random: RandomBytes = platformRandom): Uuid {
  // 22 characters of base64url, which is what the brand stands for.
  return toBase64Url(random(UUID_BYTES)) as Uuid;
}
