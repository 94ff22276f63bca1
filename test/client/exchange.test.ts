import { describe, expect, test } from "vitest";
import { createWorld, meet, talk } from "./world.js";

describe("an exchange", () => {
  test("ends with the same key on both sides, and a pipe between them", async () => {
    await using world = await createWorld();
    const pair = world.pair();
    const { channel } = await pair.sender.open();
    expect(channel).toBe("4821");
    const met = await meet(pair);
    expect(met.sender.session.hK).toBe(met.recipient.session.hK);
    expect(met.sender.round).toBe(1);
    await talk(met);
    await talk(met);
    await pair.recipient.close("done");
    await expect(met.sender.dial(new AbortController().signal)).rejects.toMatchObject({ code: "closed" });
  });
});
