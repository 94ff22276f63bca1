/**
 * What goes wrong, as a program sees it: asks a relay for a channel, with a uuid that has no seat there.
 * `node dist/examples/problems.js RELAY CHANNEL` prints one line of JSON, the problem's code, message and hint, and
 * ends with 1; or the round of the channel.
 */
import { DuetProblem, newUuid, Relay } from "duet-relay-rest";

const [url = "http://127.0.0.1:8153", channel = ""] = process.argv.slice(2);
// One attempt: a relay that is away is a problem too.
const relay = new Relay({ url, uuid: newUuid(), retryMs: 0 });

try {
  const { round } = await relay.get("/channel/{channel}", { path: { channel } });
  console.log(JSON.stringify({ round }));
} catch (error) {
  if (!(error instanceof DuetProblem)) throw error;
  const { code, message, hint } = error;
  console.log(JSON.stringify({ code, message, hint }));
  process.exitCode = 1;
}
