import { expect, test } from "vitest";
import { RelayLink } from "../../src/stapler/relay-link.js";
import { createStapler } from "../../src/stapler/server.js";
import { FakeRelay } from "./fake-relay.js";
import { ManualClock, Peer, hello, until } from "./fixtures.js";

/** A stapler that runs apart from its relay, over real HTTP. */
async function apart() {
  const relay = new FakeRelay();
  await relay.start();
  const clock = new ManualClock();
  const link = new RelayLink({ calls: relay.calls(), id: "s1", clock });
  const stapler = await createStapler({ host: "127.0.0.1", port: 0, admission: link, clock });
  await link.start({ host: "127.0.0.1", port: stapler.port });
  await relay.hears("releases s1");
  const peers: Peer[] = [];
  const peer = (first: string): Peer => {
    const one = new Peer({ port: stapler.port, host: "127.0.0.1" }, first);
    peers.push(one);
    return one;
  };
  const stop = async (): Promise<void> => {
    for (const one of peers) one.destroy();
    await stapler.close();
    link.close();
    await relay[Symbol.asyncDispose]();
  };
  return { relay, clock, link, stapler, peer, [Symbol.asyncDispose]: stop };
}

test("two peers meet, and the relay knows when they are spliced and when no more", async () => {
  await using here = await apart();
  const sender = here.peer(hello("sender"));
  expect(await sender.line()).toBe("waiting");
  const recipient = here.peer(hello("recipient"));
  await Promise.all([sender.stapled(), recipient.stapled()]);
  await here.relay.hears("stapled 4821 1");
  for (const peer of [sender, recipient]) peer.end();
  await here.relay.hears("ended 4821 1");
});

test("while the relay is away splices go on and newcomers are told; back again, it is told who is here", async () => {
  await using here = await apart();
  const pair = [here.peer(hello("sender", "spliced")), here.peer(hello("recipient", "spliced"))] as const;
  await Promise.all(pair.map((peer) => peer.stapled()));
  const alone = here.peer(hello("sender", "alone"));
  expect(await alone.line()).toBe("waiting");
  await here.relay.stop();
  await until(() => here.link.state === "away");

  pair[0].write("going on");
  expect(String(await pair[1].bytes(8))).toBe("going on");
  const late = here.peer(hello("recipient", "alone"));
  expect(await late.line()).toMatch(/^error unavailable /);

  here.relay.heard.length = 0;
  await here.relay.start();
  await until(() => here.clock.timers > 0);
  here.clock.pass(10_000);
  await here.relay.hears("stapled spliced 1");
  await here.relay.hears("admit sender alone");
  const again = here.peer(hello("recipient", "alone"));
  await Promise.all([alone.stapled(), again.stapled()]);
});

test("a relay that came back without its memory lets those who wait come again; a release reaches a waiting peer", async () => {
  await using here = await apart();
  const forgotten = here.peer(hello("sender", "forgotten"));
  const closed = here.peer(hello("sender", "closed"));
  for (const peer of [forgotten, closed]) expect(await peer.line()).toBe("waiting");
  here.relay.release("closed", 1, "closed");
  expect(await closed.line()).toMatch(/^error closed /);
  here.relay.verdict = () => "unknown_channel";
  here.relay.forget();
  here.relay.breakStreams();
  expect(await forgotten.line()).toMatch(/^error round_over /);
  expect(await here.peer(hello("sender", "forgotten")).line()).toMatch(/^error unknown_channel /);
});
