/** `test/vectors/refusals.json`: what every peer, in whatever language, must refuse, and neighbours that it must take. */
import { describe, expect, test } from "vitest";
import { nodeAead } from "../../src/client/node/node-aead.js";
import { AcceptReader } from "../../src/protocol/accept.js";
import { BodyReader } from "../../src/protocol/body.js";
import { hex } from "../../src/protocol/bytes.js";
import { agree } from "../../src/protocol/capabilities.js";
import { parseCode } from "../../src/protocol/code-phrase.js";
import { startRecipient, startSender } from "../../src/protocol/handshake.js";
import { sasCommitment } from "../../src/protocol/key-schedule.js";
import { decodeAck, decodeEnd, decodeError, decodeHello } from "../../src/protocol/messages.js";
import { portableAead } from "../../src/protocol/portable-aead.js";
import { DuetError } from "../../src/protocol/problem.js";
import type { Aead, Direction, MessageType } from "../../src/protocol/record.js";
import { Secret } from "../../src/protocol/secret.js";
import { createSession } from "../../src/protocol/session.js";
import { SUITE_NAMES, type SuiteName } from "../../src/protocol/suite-names.js";
import { collectingReader, scripted, unhex, vectors } from "./support.js";
import { MessageReader } from "./wire.js";

/** Which of them there are depends on the kind. */
interface Inputs {
  readonly curve: SuiteName;
  readonly code: string;
  readonly sid: string;
  readonly ya_seed: string;
  readonly yb_seed: string;
  readonly nS: string;
  readonly mlkem_seed?: string;
  readonly mlkem_m?: string;
  readonly x: string;
  readonly y: string;
  readonly hh_k: string;
  readonly h_k?: string;
  readonly bytes: string;
  readonly commitment: string;
  readonly from: "sender" | "recipient";
  readonly plaintext: string;
  readonly manifest: string;
  readonly accept: string;
  readonly messages: readonly string[];
  readonly key: string;
  readonly chunk: number;
  readonly direction: Direction;
  readonly conn: string;
  readonly index: number;
  readonly may: readonly MessageType[];
  readonly wire: string;
}

/** A case has those of its kind; that a wanted one is there is for the test of the kind to notice. */
interface Case extends Inputs {
  readonly kind: string;
  readonly name: string;
  readonly refused: boolean;
  readonly problem?: string;
  /** What is in the file of a case that is taken, and must come out. */
  readonly [taken: string]: unknown;
}

const { cases, notes } = vectors("refusals.json") as {
  readonly cases: readonly Case[];
  readonly notes: readonly string[];
};
const draws = (...texts: readonly (string | undefined)[]) =>
  scripted(texts.flatMap((text) => (text === undefined ? [] : [unhex(text)])));

function senderOf({ curve, code, sid, ya_seed, nS, mlkem_seed }: Inputs) {
  return startSender({ ...parseCode(code), curve, random: draws(sid, ya_seed, nS, mlkem_seed) });
}

function recipientOf({ curve, code, x, yb_seed, mlkem_m }: Inputs) {
  // A run that refuses x may stop before it has drawn everything.
  return startRecipient({ ...parseCode(code), curve, x, random: draws(yb_seed, mlkem_m) });
}

function readManifest(plaintext: string) {
  const reader = collectingReader();
  reader.push(unhex(plaintext));
  return reader.finish();
}

function readAccept(manifest: string, plaintext: string) {
  const reader = new AcceptReader(readManifest(manifest));
  reader.push(unhex(plaintext));
  return reader.finish();
}

function readRecord({ key, chunk, direction, conn, index, may, wire }: Inputs, aead: Aead, pieces: number) {
  const context = { direction, conn: unhex(conn), index };
  const reader = new MessageReader({ aead, key: new Secret(unhex(key)), chunk, context, types: may });
  const bytes = unhex(wire);
  for (let at = 0; at < bytes.length; at += pieces) {
    if (!reader.push(bytes.subarray(at, at + pieces))) throw new DuetError("connection_lost");
  }
  if (reader.whole === undefined) throw new DuetError("connection_lost");
  expect(reader.whole).toEqual(Uint8Array.from(reader.whole, (_, i) => i % 251));
  return { type: reader.type, length: reader.whole.length };
}

/** What a peer does with the inputs of a case: it throws, or gives what the case says that comes out. */
const TRIES: Readonly<Record<string, (inputs: Inputs) => unknown>> = {
  x: async (inputs) => {
    const { y, hhK } = await recipientOf(inputs);
    expect([y.length > 0, hhK.length]).toEqual([true, 43]);
    return {};
  },
  y: async (inputs) => {
    const run = await senderOf(inputs);
    expect(run.x).toBe(inputs.x);
    const { hK } = run.finish(inputs.y, inputs.hh_k);
    return inputs.h_k === undefined ? {} : { h_k: hK };
  },
  h_k: async (inputs) => {
    const run = await recipientOf(inputs);
    expect([run.y, run.hhK]).toEqual([inputs.y, inputs.hh_k]);
    return { h_k: run.confirm(inputs.h_k ?? "").hK };
  },
  code: ({ code }) => {
    const { channel, secret } = parseCode(code);
    return { channel, secret: new TextDecoder().decode(secret.reveal()) };
  },
  capabilities: ({ bytes }) => agree({ versions: [1], chunk: 1_048_576 }, unhex(bytes)),
  hello: ({ from, plaintext }) => {
    const { nonce, sasNonce } = decodeHello(from, unhex(plaintext));
    return { nonce: hex(nonce), ...(sasNonce === undefined ? {} : { nS: hex(sasNonce) }) };
  },
  commitment: ({ nS, commitment }) => {
    const agreement = { version: 1, chunk: 16_384 };
    createSession("recipient", new Uint8Array(32), agreement, unhex(commitment)).sasFor(unhex(nS));
    return { commitment: hex(sasCommitment(unhex(nS))) };
  },
  manifest: ({ plaintext }) => {
    const { head, entries } = readManifest(plaintext);
    expect(entries).toHaveLength(head.entries);
    return {};
  },
  accept: ({ manifest, plaintext }) => {
    expect(readAccept(manifest, plaintext)).toBeDefined();
    return {};
  },
  body: ({ manifest, accept, messages }) => {
    const reader = new BodyReader(readManifest(manifest), readAccept(manifest, accept));
    for (const message of messages) {
      expect([...reader.push(unhex(message))].length).toBeGreaterThan(0);
      reader.finishMessage();
    }
    reader.finish();
    return {};
  },
  end: ({ plaintext }) => (decodeEnd(unhex(plaintext)), {}),
  ack: ({ plaintext }) => (decodeAck(unhex(plaintext)), {}),
  error: ({ plaintext }) => ({ code: decodeError(unhex(plaintext)).code }),
  record: (inputs) => {
    const whole = readRecord(inputs, nodeAead, Infinity);
    expect(readRecord(inputs, portableAead, 1000)).toEqual(whole);
    return whole;
  },
};

test("every kind is refused in some case and taken in another, and is explained", () => {
  expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(Object.keys(TRIES)));
  for (const kind of Object.keys(TRIES)) {
    const fates = cases.filter((each) => each.kind === kind).map(({ refused }) => refused);
    expect(new Set(fates), kind).toEqual(new Set([true, false]));
    expect(notes.join("\n")).toContain(kind);
  }
  expect(SUITE_NAMES).toEqual(
    expect.arrayContaining([...new Set(cases.flatMap(({ curve }) => curve))].filter(Boolean)),
  );
});

test("no two cases of a kind have the same name", () => {
  const names = cases.map(({ kind, curve, name }) => `${kind} ${curve} ${name}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

describe.each(Object.entries(TRIES))("%s", (kind, attempt) => {
  const mine = cases.filter((each) => each.kind === kind);

  test.each(mine.filter(({ refused }) => refused))("$curve $name: refused with $problem", async (each) => {
    await expect(Promise.resolve(each).then(attempt)).rejects.toMatchObject({ name: "DuetError", code: each.problem });
  });

  test.each(mine.filter(({ refused }) => !refused))("$curve $name: taken", async (each) => {
    expect(each).toMatchObject((await attempt(each)) as object);
  });
});
