import type { TRPCClient } from "@trpc/client";
import { onTestFinished } from "vitest";
import type { InternalRouter } from "../../src/relay/index.js";
import { STAPLER, bearer, type TestRelay } from "./support.js";

export const SENDER = "127.0.0.1";
const RECIPIENT = "127.0.0.2";
export const SENDER_UUID = "sender-uuid-0123456789";
export const RECIPIENT_UUID = "recipient-uuid-0123456";

/** A channel at step 10, by the Bearer form. */
export async function revealed(world: Pick<TestRelay, "at">, channel = "4821"): Promise<void> {
  const sender = world.at(SENDER);
  const recipient = world.at(RECIPIENT);
  await sender.post("/open", { channel }, bearer(SENDER_UUID));
  await sender.post(`/channel/${channel}`, { x: "x", curve: "p557" }, bearer(SENDER_UUID));
  await recipient.post("/open", { channel, role: "recipient" }, bearer(RECIPIENT_UUID));
  await recipient.post(`/channel/${channel}`, { y: "y", hh_k: "hh" }, bearer(RECIPIENT_UUID));
  await sender.post(`/sender/${channel}/h_k`, { h_k: "h" }, bearer(SENDER_UUID));
}

const hello = { stapler: STAPLER, channel: "4821", h_k: "h" };
export const senderHello = { ...hello, role: "sender" as const, uuid: SENDER_UUID, address: SENDER };
export const recipientHello = { ...hello, role: "recipient" as const, uuid: RECIPIENT_UUID, address: RECIPIENT };
export const round = { stapler: STAPLER, channel: "4821", round: 1 };

export async function state(world: TestRelay) {
  const { sender_ready, recipient_ready, is_open } = (await world.at(SENDER).get("/channel/4821", bearer(SENDER_UUID)))
    .body;
  return [sender_ready, recipient_ready, is_open];
}

/** The releases of a subscription, one by one. */
export function releasesOf(client: TRPCClient<InternalRouter>, stapler = STAPLER) {
  const events: unknown[] = [];
  const waiting: ((event: unknown) => void)[] = [];
  const push = (event: unknown): void => {
    const next = waiting.shift();
    if (next === undefined) events.push(event);
    else next(event);
  };
  const subscription = client.releases.subscribe(
    { stapler },
    {
      onData: push,
      onError: (error) => push({ error }),
      onComplete: () => push("complete"),
    },
  );
  const unsubscribe = (): void => subscription.unsubscribe();
  onTestFinished(unsubscribe);
  return {
    unsubscribe,
    next: () => (events.length > 0 ? Promise.resolve(events.shift()) : new Promise((resolve) => waiting.push(resolve))),
  };
}
