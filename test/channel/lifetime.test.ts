import { describe, expect, test } from "vitest";
import {
  CHANNEL_IDLE_MS,
  CLOSED_TOLD_MS,
  current,
  forgetAt,
  NAME_COOL_DOWN_MS,
  phase,
  SEAT_WITHOUT_Y_MS,
  touched,
} from "../../src/channel/lifetime.js";
import { admit, close, ended, openConnection, stapled } from "../../src/channel/presence.js";
import { answered, AWAY, code, H_K, joined, MINUTE, NOW, opened, OTHER_H_K, revealed } from "./fixtures.js";

const same = (a: string, b: string): boolean => a === b;

describe("time", () => {
  test("a channel that nobody uses ends", () => {
    expect(phase(opened, NOW + CHANNEL_IDLE_MS - 1)).toBe("open");
    expect(phase(opened, NOW + CHANNEL_IDLE_MS)).toBe("cooling");
    expect(() => current(opened, NOW + CHANNEL_IDLE_MS)).toThrowError(code("unknown_channel"));
    expect(() => current(undefined, NOW)).toThrowError(code("unknown_channel"));
  });

  test("a use keeps it, without a write for every read", () => {
    expect(touched(opened, NOW + 1)).toBe(opened);
    expect(touched(opened, NOW + MINUTE).expiresAt).toBe(NOW + MINUTE + CHANNEL_IDLE_MS);
  });

  test("it is forgotten only after its name has cooled down", () => {
    expect(forgetAt(opened)).toBe(NOW + CHANNEL_IDLE_MS + NAME_COOL_DOWN_MS);
  });

  test("a recipient that does not answer makes room, and its address is forgotten", () => {
    expect(current(joined, NOW + SEAT_WITHOUT_Y_MS - 1)).toBe(joined);
    const free = current(joined, NOW + SEAT_WITHOUT_Y_MS);
    expect(free.recipient).toBeUndefined();
    expect(free.addresses.map(({ address }) => address)).not.toContain(AWAY);
  });

  test("a recipient that answered keeps its seat", () => {
    expect(current(answered, NOW + SEAT_WITHOUT_Y_MS)).toBe(answered);
  });
});

describe("close", () => {
  const closed = close(revealed, "recipient", "wrong-code", NOW);

  test("lets go of the shares", () => {
    expect(closed.x).toBeUndefined();
    expect(closed.y).toBeUndefined();
  });

  test("everyone hears who closed and why, then nothing", () => {
    expect(() => current(closed, NOW + CLOSED_TOLD_MS - 1)).toThrowError(
      expect.objectContaining({ code: "closed", extensions: { closed_by: "recipient", reason: "wrong-code" } }),
    );
    expect(() => current(closed, NOW + CLOSED_TOLD_MS)).toThrowError(code("unknown_channel"));
  });
});

describe("presence", () => {
  test("steps 11 and 13: open needs h_k, and says so again", () => {
    expect(() => openConnection(answered, "sender")).toThrowError(code("out_of_order"));
    const once = openConnection(revealed, "sender");
    expect(once).toMatchObject({ senderReady: true, recipientReady: false });
    expect(openConnection(once, "sender")).toBe(once);
  });

  test("the stapler admits who knows h_k", () => {
    expect(admit(revealed, "recipient", H_K, same)).toMatchObject({ recipientReady: true });
    expect(() => admit(revealed, "recipient", OTHER_H_K, same)).toThrowError(code("wrong_h_k"));
    expect(() => admit(answered, "recipient", H_K, same)).toThrowError(code("not_open"));
  });

  test("step 15 and its end", () => {
    const spliced = stapled({ ...revealed, senderReady: true, recipientReady: true });
    expect(spliced.stapled).toBe(true);
    expect(stapled(spliced)).toBe(spliced);
    expect(ended(spliced, undefined)).toMatchObject({ stapled: false, senderReady: false, recipientReady: false });
    expect(ended(revealed, undefined)).toBe(revealed);
  });

  test("a side that leaves while alone is not ready any more", () => {
    const alone = openConnection(revealed, "recipient");
    expect(ended(alone, "recipient").recipientReady).toBe(false);
  });
});
