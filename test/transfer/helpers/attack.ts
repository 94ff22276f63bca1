import { receiveFiles } from "../../../src/transfer/receiving/receive.js";
import type { ReceiveOptions } from "../../../src/transfer/receiving/receive-options.js";
import { type agree, Rendezvous } from "./rendezvous.js";
import { problem } from "../../helpers/scratch.js";
import { jsonLines, WirePeer } from "./wire-peer.js";

/** Lines of a manifest. */
export const file = (path: string, size = 1) => ({ path, type: "file", size, mode: 0o644, mtime: 0 });
export const dir = (path: string) => ({ path, type: "dir", size: 0, mode: 0o755, mtime: 0 });
export const link = (path: string, target: string) => ({ path, type: "link", target, mode: 0o777, mtime: 0 });
export type Line = Readonly<Record<string, unknown>>;
const head = (entries: readonly Line[]) => ({
  kind: "files",
  entries: entries.length,
  bytes: entries.reduce((sum, { size }) => sum + Number(size ?? 0), 0),
});
export const manifest = (...entries: readonly Line[]) => jsonLines(head(entries), ...entries);

type Session = Awaited<ReturnType<typeof agree>>;

/** Thrown by a play that leaves without a word. */
export const LINE_BREAKS = new Error("the line breaks");

/** What the sender does. @param accepted resolves when the recipient has agreed */
export type Play = (sender: WirePeer, accepted: Promise<unknown>) => Promise<void>;

/** Receives from a sender whom the test plays. @returns how it ended, and what the sender was told */
export async function attackWith(session: Session, to: string, play: Play, options: Partial<ReceiveOptions> = {}) {
  const rendezvous = new Rendezvous([session]);
  const signal = new AbortController().signal;
  let asked = 0;
  const consent = async () => {
    asked++;
    return { accept: true } as const;
  };
  const received = receiveFiles({
    exchange: rendezvous.recipient,
    out: to,
    consent,
    signal,
    waitForPeerMs: 50,
    ...options,
  }).then(() => undefined, problem);
  const stream = await rendezvous.dial("sender", 0, signal);
  const sender = new WirePeer(session.sender, stream);
  await sender.greet();
  const inbox = (async () => {
    const first = await sender.receive();
    return first.type === "accept" ? { last: sender.receive() } : { last: Promise.resolve(first) };
  })();
  const told = inbox.then(({ last }) => last).then((message) => message.json());
  told.catch(() => {});
  const played = play(sender, inbox).then(
    () => told,
    (error: unknown) => (error === LINE_BREAKS ? undefined : told),
  );
  const answer = await played.catch(() => undefined);
  stream.destroy();
  rendezvous.desert();
  return { error: await received, told: answer, asked };
}
