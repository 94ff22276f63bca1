/** What the compiler must know of every step, and refuse. Never run. Each `@ts-expect-error` fails when it is no error. */
import type { RelayClient } from "duet-relay";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isExactly = <_Check extends true>(): void => undefined;

export async function whatCompiles(relay: RelayClient): Promise<void> {
  const opened = await relay.openChannel.mutate({ role: "recipient", channel: "4821", wait: 30 });
  isExactly<Equal<typeof opened.round, number>>();
  isExactly<Equal<typeof opened.role, "recipient" | "sender">>();
  const { ready } = await relay.isReady.query({ channel: "4821" });
  isExactly<Equal<typeof ready, boolean>>();
  const { y, success } = await relay.getY.query({ channel: "4821", round: 1 });
  isExactly<Equal<typeof y, string>>();
  isExactly<Equal<typeof success, true>>();
}

export async function whatDoesNot(relay: RelayClient): Promise<void> {
  // @ts-expect-error a step that there is not
  await relay.openDoor.mutate({});
  // @ts-expect-error a step that is asked, not done
  await relay.getY.mutate({ channel: "4821" });
  // @ts-expect-error no channel
  await relay.getY.query({});
  // @ts-expect-error a number of another kind
  await relay.getY.query({ channel: "4821", wait: "30" });
  // @ts-expect-error a role that there is not
  await relay.openChannel.mutate({ role: "host" });
  // @ts-expect-error a reason that there is not
  await relay.closeChannelPost.mutate({ channel: "4821", reason: "bored" });
  // @ts-expect-error a field that the step does not have
  await relay.postHk.mutate({ channel: "4821", h_k: "h", hk: "h" });
  const answer = await relay.getY.query({ channel: "4821" });
  // @ts-expect-error a field of another answer
  void answer.h_k;
}
