import { describe, expect, test } from "vitest";
import { DuetError } from "../../src/protocol/problem.js";
import type { RoundRef } from "../../src/stapler/admission.js";
import { type Peer, type TestStapler, deferred, hello, roundOf, testStapler, until } from "./fixtures.js";

/** A peer that waits. */
async function waiting(here: TestStapler, role: "sender" | "recipient", channel = "4821"): Promise<Peer> {
  const peer = here.peer(hello(role, channel));
  expect(await peer.line()).toBe("waiting");
  return peer;
}

describe("a newer line of the same role", () => {
  test("replaces a waiting connection, which is told so; the other side meets the newer one", async () => {
    await using here = await testStapler();
    const older = await waiting(here, "sender");
    const newer = await waiting(here, "sender");
    expect(await older.line()).toMatch(/^error replaced /);
    expect(String(await older.rest())).toBe("");
    const recipient = here.peer(hello("recipient"));
    await Promise.all([newer.stapled(), recipient.stapled()]);
    older.end();
    newer.write("newer");
    expect(String(await recipient.bytes(5))).toBe("newer");
    // The side was there all the time: the relay hears of no end.
    expect(here.admission.heard.filter((heard) => heard.startsWith("ended"))).toEqual([]);
  });

  test.each([
    ["sender", "recipient"],
    ["recipient", "sender"],
  ] as const)("of the %s ends a splice on both sides, and the %s meets it when it dials again", async (role, other) => {
    await using here = await testStapler();
    const old = await here.pair();
    const newer = await waiting(here, role);
    for (const peer of old) await peer.gone();
    const again = here.peer(hello(other));
    await Promise.all([newer.stapled(), again.stapled()]);
    again.write("again");
    expect(String(await newer.bytes(5))).toBe("again");
    expect(here.stapler.counts()).toMatchObject({ pairs: 1, stapled: 2, waiting: 0 });
  });

  test("is admitted once more when the end of the splice came behind it, since the relay may count it as gone", async () => {
    await using here = await testStapler();
    await here.pair();
    await waiting(here, "sender");
    await here.admission.hears("admit sender 4821", 3);
    expect(here.admission.heard.slice(-3)).toEqual(["admit sender 4821", "ended 4821 1", "admit sender 4821"]);
    expect(here.stapler.counts().waiting).toBe(1);
  });

  test("that is gone before it was admitted replaces nobody", async () => {
    await using here = await testStapler();
    const [sender, recipient] = await here.pair();
    const { promise, resolve } = deferred<RoundRef>();
    here.admission.verdict = () => promise;
    const late = here.peer(hello("sender"));
    await here.admission.hears("admit sender 4821", 2);
    late.socket.resetAndDestroy();
    await until(() => here.stapler.counts().connections === 2);
    resolve(roundOf());
    await here.roundTrip();
    sender.write("undisturbed");
    expect(String(await recipient.bytes(11))).toBe("undisturbed");
    expect(here.admission.heard.at(-1)).toBe("admit sender 4821");
  });
});

describe("the second admission of a waiting peer", () => {
  /** A sender that waits, and is being admitted again. */
  async function askedAgain(here: TestStapler) {
    await here.pair();
    const second = deferred<RoundRef>();
    let asked = 0;
    here.admission.verdict = () => {
      asked += 1;
      return asked === 1 ? roundOf() : second.promise;
    };
    const peer = await waiting(here, "sender");
    await here.admission.hears("admit sender 4821", 3);
    return { peer, ...second };
  }

  test("that is refused lets it go with the reason", async () => {
    await using here = await testStapler();
    const { peer, reject } = await askedAgain(here);
    reject(new DuetError("closed"));
    expect(await peer.line()).toMatch(/^error closed /);
    expect(here.stapler.counts().waiting).toBe(0);
  });

  test("that finds no relay changes nothing", async () => {
    await using here = await testStapler();
    const { reject } = await askedAgain(here);
    reject(new DuetError("unavailable"));
    await here.roundTrip();
    expect(here.stapler.counts().waiting).toBe(1);
  });

  test("to another round lets it go with round_over", async () => {
    await using here = await testStapler();
    const { peer, resolve } = await askedAgain(here);
    resolve(roundOf("4821", 2));
    expect(await peer.line()).toMatch(/^error round_over /);
  });

  test("that comes when it has left is taken back", async () => {
    await using here = await testStapler();
    const { peer, resolve } = await askedAgain(here);
    peer.destroy();
    await here.admission.hears("ended 4821 1 sender");
    resolve(roundOf());
    await here.admission.hears("ended 4821 1 sender", 2);
  });

  test("that is refused when it is spliced meanwhile changes nothing", async () => {
    await using here = await testStapler();
    const { peer, reject } = await askedAgain(here);
    here.admission.verdict = () => roundOf();
    const recipient = here.peer(hello("recipient"));
    await Promise.all([peer.stapled(), recipient.stapled()]);
    reject(new DuetError("round_over"));
    await here.roundTrip();
    expect(here.stapler.counts().pairs).toBe(1);
  });
});

describe("a round that ended at the relay", () => {
  test.each(["closed", "round_over"] as const)("by %s lets the waiting side go with this code", async (code) => {
    await using here = await testStapler();
    const peer = await waiting(here, "recipient");
    here.admission.release(code);
    expect(await peer.line()).toMatch(new RegExp(`^error ${code} `));
    expect(String(await peer.rest())).toBe("");
    expect(here.stapler.counts()).toMatchObject({ waiting: 0, refused: { [code]: 1 } });
  });

  test("by round_over ends its splice on both sides", async () => {
    await using here = await testStapler();
    const pair = await here.pair();
    here.admission.release("round_over");
    for (const peer of pair) await peer.gone();
    await here.admission.hears("ended 4821 1");
    expect(here.stapler.counts().pairs).toBe(0);
  });

  test("by closed leaves its splice to the peers, who have more to say", async () => {
    await using here = await testStapler();
    const [sender, recipient] = await here.pair();
    here.admission.release("closed");
    await here.roundTrip();
    recipient.end("ack");
    expect(String(await sender.rest())).toBe("ack");
  });

  test("is another than the one that is here, which stays", async () => {
    await using here = await testStapler();
    await waiting(here, "sender");
    here.admission.release("round_over", roundOf("4821", 7));
    here.admission.release("closed", roundOf("9999"));
    await here.roundTrip();
    expect(here.stapler.counts().waiting).toBe(1);
  });

  test("while a peer was being admitted to it: it is told, and does not wait for nobody", async () => {
    await using here = await testStapler();
    const { promise, resolve } = deferred<RoundRef>();
    here.admission.verdict = () => promise;
    const peer = here.peer(hello("sender"));
    await here.admission.hears("admit sender 4821");
    here.admission.release("closed");
    await here.roundTrip();
    resolve(roundOf());
    expect(await peer.line()).toMatch(/^error closed /);
    await here.admission.hears("ended 4821 1 sender");
  });
});

describe("a peer that is admitted to another round of the channel", () => {
  test("ends what is here of the older one", async () => {
    await using here = await testStapler();
    const old = await waiting(here, "recipient");
    here.admission.verdict = () => roundOf("4821", 2);
    await waiting(here, "sender");
    expect(await old.line()).toMatch(/^error round_over /);
    const spliced = here.peer(hello("recipient"));
    await spliced.stapled();
    here.admission.verdict = () => roundOf("4821", 3);
    await waiting(here, "recipient");
    await spliced.gone();
    expect(here.stapler.counts()).toMatchObject({ pairs: 0, waiting: 1 });
  });

  test("also when the relay has lost its memory and counts from 1 again", async () => {
    await using here = await testStapler();
    here.admission.verdict = () => roundOf("4821", 5);
    const old = await waiting(here, "sender");
    here.admission.verdict = () => roundOf("4821", 1);
    await waiting(here, "recipient");
    expect(await old.line()).toMatch(/^error round_over /);
  });

  test("by an answer that was overtaken: it is the one that is over", async () => {
    await using here = await testStapler();
    const { promise, resolve } = deferred<RoundRef>();
    here.admission.verdict = () => promise;
    const slow = here.peer(hello("recipient"));
    await here.admission.hears("admit recipient 4821");
    here.admission.verdict = () => roundOf("4821", 2);
    await waiting(here, "sender");
    resolve(roundOf("4821", 1));
    expect(await slow.line()).toMatch(/^error round_over /);
    await here.admission.hears("ended 4821 1 recipient");
    expect(here.stapler.counts().waiting).toBe(1);
  });
});

test("two channels do not touch each other", async () => {
  await using here = await testStapler();
  const [sender, recipient] = await here.pair("one");
  const other = await waiting(here, "sender", "two");
  here.admission.release("closed", roundOf("two"));
  expect(await other.line()).toMatch(/^error closed /);
  sender.write("one");
  expect(String(await recipient.bytes(3))).toBe("one");
});
