import { once } from "node:events";
import net from "node:net";
import { describe, expect, test } from "vitest";
import { createStapler } from "../../src/stapler/server.js";
import { FakeAdmission, type Peer, deferred, hello, roundOf, testStapler, until } from "./fixtures.js";
import type { RoundRef } from "../../src/stapler/admission.js";

/** The stop of a stapler, and whether it is over. */
function stop(closing: Promise<void>): { readonly done: boolean; readonly promise: Promise<void> } {
  const state = { done: false, promise: closing.then(() => void (state.done = true)) };
  return state;
}

describe.each(["bare", "onread", "public"] as const)("a stapler of the %s form that stops", (implementation) => {
  test("accepts nobody, tells all that are not spliced, and lets splices end in their own time", async () => {
    await using here = await testStapler({ implementation });
    const [sender, recipient] = await here.pair("spliced");
    const alone = here.peer(hello("sender", "alone"));
    expect(await alone.line()).toBe("waiting");
    const silent = here.peer("duet/1 ");
    await until(() => here.stapler.counts().unadmitted === 1);
    const stopping = stop(here.stapler.close({ graceMs: 30_000 }));
    expect(await alone.line()).toMatch(/^error unavailable /);
    expect(await silent.line()).toMatch(/^error unavailable /);
    await here.admission.hears("ended alone 1 sender");
    for (const peer of [alone, silent]) peer.destroy();
    const late = here.peer(hello("recipient", "alone"));
    expect(await late.line()).toBeUndefined();
    sender.write("to the end");
    expect(String(await recipient.bytes(10))).toBe("to the end");
    expect(stopping.done).toBe(false);
    sender.end();
    recipient.end();
    await stopping.promise;
    expect(here.admission.heard.at(-1)).toBe("ended spliced 1");
    expect(here.stapler.counts().connections).toBe(0);
  });

  test("drops the splices that are left when its grace is over", async () => {
    await using here = await testStapler({ implementation });
    const pair = await here.pair();
    const stopping = stop(here.stapler.close({ graceMs: 30_000 }));
    here.clock.pass(29_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopping.done).toBe(false);
    here.clock.pass(1);
    await stopping.promise;
    for (const peer of pair) await peer.gone();
    expect(here.admission.heard.at(-1)).toBe("ended 4821 1");
  });

  test("without a grace stops at once, and a second stop waits for the first", async () => {
    await using here = await testStapler({ implementation });
    const pair: Peer[] = await here.pair();
    const alone = here.peer(hello("sender", "alone"));
    expect(await alone.line()).toBe("waiting");
    await Promise.all([here.stapler.close(), here.stapler.close({ graceMs: 5_000 })]);
    expect(await alone.line()).toMatch(/^error unavailable /);
    for (const peer of pair) await peer.gone();
    expect(here.clock.timers).toBe(0);
  });
});

test("a peer that is admitted while the stapler stops is told so", async () => {
  await using here = await testStapler();
  await here.pair("spliced");
  const { promise, resolve } = deferred<RoundRef>();
  here.admission.verdict = () => promise;
  const peer = here.peer(hello("sender"));
  await here.admission.hears("admit sender 4821");
  void here.stapler.close({ graceMs: 30_000 });
  resolve(roundOf());
  expect(await peer.line()).toMatch(/^error unavailable /);
  await here.admission.hears("ended 4821 1 sender");
});

test("a stop waits until the relay has been told", async () => {
  await using here = await testStapler();
  await here.pair();
  const told = deferred<void>();
  here.admission.report = () => told.promise;
  const stopping = stop(here.stapler.close());
  await here.admission.hears("ended 4821 1");
  await here.admission.hears("ended 4821 1");
  expect(stopping.done).toBe(false);
  told.resolve();
  await stopping.promise;
});

test("a port that is taken is an error of the start, and nothing is left behind", async () => {
  const taken = net.createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as net.AddressInfo;
  await expect(createStapler({ host: "127.0.0.1", port, admission: new FakeAdmission() })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
  taken.close();
});
