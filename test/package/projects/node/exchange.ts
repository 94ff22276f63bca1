/** A user's program: both sides of an exchange by the typed client, at a relay in the same process. */
import { connectRelay, isProblem, newUuid, type ProblemCode, toDuetError } from "duet-relay";
import { parseCode, startRecipient, startSender } from "duet-relay/protocol";
import { createTestRelay } from "duet-relay/server";

await using server = await createTestRelay();
const connection = connectRelay({ url: server.url });
const sender = connection.client(newUuid());
const recipient = connection.client(newUuid());

const opened = await sender.openChannel.mutate({ role: "sender" });
const { channel, secret } = parseCode(`${opened.channel}-cactus-lemon-violin`);
const curve = "p256";

const ours = await startSender({ channel, secret, curve });
await sender.postToChannel.mutate({ channel, x: ours.x, curve });

const joined = await recipient.openChannel.mutate({ channel, role: "recipient", wait: 5 });
const theirs = await startRecipient({ channel, secret, curve, x: joined.x ?? "" });
await recipient.postToChannel.mutate({ channel, y: theirs.y, hh_k: theirs.hhK });

const { y, hh_k } = await sender.getY.query({ channel, wait: 5 });
const session = ours.finish(y, hh_k);
await sender.postHk.mutate({ channel, h_k: session.hK });
const { h_k } = await recipient.getHk.query({ channel, wait: 5 });
theirs.confirm(h_k);

const refused = await recipient.getY.query({ channel }).catch(toDuetError);
const code: ProblemCode | undefined = isProblem(refused) ? refused.code : undefined;
const { ready } = await sender.isReady.query({ channel });
await sender.closeChannelPost.mutate({ channel, reason: "done" });
connection.close();

console.log(JSON.stringify({ agreed: h_k === session.hK, code, ready }));
