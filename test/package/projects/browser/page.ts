/** A page's script: the typed client by the browser's own fetch, and the protocol. No Node, not even its types. */
import { createRelayClient, newUuid, toDuetError } from "duet-relay/client";
import { loadSuite, SUITE_NAMES } from "duet-relay/protocol";

export async function open(url: string): Promise<string> {
  const relay = createRelayClient({ url, fetch: (address, call) => fetch(address, call), uuid: newUuid() });
  const opened = await relay.openChannel.mutate({ role: "sender" });
  // @ts-expect-error the answer is typed here too: a round is a number
  const round: string = opened.round;
  // @ts-expect-error and so is what goes in
  await relay.getY.query({ channel: 4821 }).catch(() => undefined);
  const early = await relay.getY.query({ channel: opened.channel }).catch(toDuetError);
  const suites = await Promise.all(SUITE_NAMES.map(loadSuite));
  return `${round} ${"code" in early ? early.code : "no problem"} ${suites.length}`;
}
