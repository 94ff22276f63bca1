/**
 * Both sides of an exchange, and a line through the stapler: `node dist/examples/exchange.js [RELAY]`. The shares are
 * texts that a real peer computes (docs/PROTOCOL.md section 3): this shows the calls, and encrypts nothing.
 */
import { once } from "node:events";
import { DuetProblem, Relay, takeSeat } from "duet-relay-rest";
import { staple } from "duet-relay-rest/stapler";

const relay = new Relay({ url: process.argv[2] ?? "http://127.0.0.1:8153" });

try {
  const sender = await takeSeat(relay);
  console.log(`channel ${sender.channel}`);
  await sender.post("/channel/{channel}", { body: { x: "my-share", curve: "p557" } });

  const recipient = await takeSeat(relay, { role: "recipient", channel: sender.channel, wait: 30 });
  console.log(`the sender's share is ${recipient.opened.x}`);
  await recipient.post("/channel/{channel}", { body: { y: "your-share", hh_k: "hash-of-hash" } });

  const { y } = await sender.get("/sender/{channel}/y", { query: { wait: 30 } });
  console.log(`the recipient's share is ${y}`);
  await sender.post("/sender/{channel}/h_k", { body: { h_k: "hash" } });

  const { h_k, stapler } = await recipient.get("/recipient/{channel}/h_k", { query: { wait: 30 } });
  const [one, other] = await Promise.all([
    staple(sender, { hK: h_k, stapler }),
    staple(recipient, { hK: h_k, stapler }),
  ]);
  one.end("hello through the stapler\n");
  const [line] = (await once(other, "data")) as [Buffer];
  process.stdout.write(line);
  other.end();
  await sender.close();
} catch (error) {
  if (!(error instanceof DuetProblem)) throw error;
  console.error(`${error.code}: ${error.message}. ${error.hint}`);
  process.exitCode = 1;
}
