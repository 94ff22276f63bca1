/** Type tests: this file is compiled and never run. Each `@ts-expect-error` fails the build when it is no error. */
import type { Relay, Seat } from "../src/index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isExactly = <_Check extends true>(): void => undefined;

export async function whatCompiles(relay: Relay, seat: Seat): Promise<void> {
  const path = { channel: "4821" };
  await relay.get("/health");
  await relay.post("/open");
  await relay.post("/open", { body: { role: "recipient", channel: "4821" }, query: { wait: 30 } });
  await relay.post("/channel/{channel}", { path, body: { x: "x", curve: "p557" } });
  await relay.post("/channel/{channel}", { path, body: { y: "y", hh_k: "h" } });
  await seat.post("/channel/{channel}", { body: { y: "y", hh_k: "h", round: 1 } });

  const { y, hh_k } = await seat.get("/sender/{channel}/y", { query: { wait: 30, round: 1 } });
  isExactly<Equal<typeof y, string>>();
  isExactly<Equal<typeof hh_k, string>>();
  const { ready, success } = await seat.get("/sender/{channel}/isready");
  isExactly<Equal<typeof ready, boolean>>();
  isExactly<Equal<typeof success, true>>();
  const { stapler } = await seat.post("/sender/{channel}/open");
  isExactly<Equal<typeof stapler.host, string | null>>();
  isExactly<Equal<typeof stapler.port, number>>();
  const { curve, limits } = { ...(await seat.get("/channel/{channel}")), ...(await relay.get("/health")) };
  isExactly<Equal<typeof curve, string | undefined>>();
  isExactly<Equal<typeof limits.burst, number | null>>();
}

export async function whatDoesNot(relay: Relay, seat: Seat): Promise<void> {
  const path = { channel: "4821" };
  // @ts-expect-error half a body
  await relay.post("/channel/{channel}", { path, body: { x: "x" } });
  // @ts-expect-error half of each form
  await seat.post("/channel/{channel}", { body: { x: "x", hh_k: "h" } });
  // @ts-expect-error no body
  await seat.post("/channel/{channel}");
  // @ts-expect-error a field that no form has
  await seat.post("/sender/{channel}/h_k", { body: { h_k: "h", hk: "h" } });
  // @ts-expect-error no channel
  await relay.get("/channel/{channel}");
  // @ts-expect-error another parameter in the path
  await relay.get("/channel/{channel}", { path: { name: "4821" } });
  // @ts-expect-error a number of another kind
  await seat.get("/sender/{channel}/y", { query: { wait: "30" } });
  // @ts-expect-error a parameter that the route does not have
  await seat.get("/sender/{channel}/isready", { query: { reason: "done" } });
  // @ts-expect-error a role that there is not
  await relay.post("/open", { body: { role: "host" } });
  // @ts-expect-error a route that there is not
  await relay.get("/sender/{channel}/x", { path });
  // @ts-expect-error a method that the route does not have
  await relay.post("/sender/{channel}/y", { path });
  // @ts-expect-error a reason that there is not
  await seat.close("bored");
  // @ts-expect-error a seat is for routes of a channel
  await seat.get("/health");
  // @ts-expect-error the channel is the seat's
  await seat.get("/sender/{channel}/y", { path });
  const answer = await seat.get("/sender/{channel}/y");
  // @ts-expect-error a field of another answer
  void answer.h_k;
}
