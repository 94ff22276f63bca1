/** Our side and a peer written in Python from docs/PROTOCOL.md, over one exchange, without a relay between them. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { nodeAead } from "../../src/client/node-aead.js";
import { hex, utf8 } from "../../src/protocol/bytes.js";
import { startRecipient, startSender } from "../../src/protocol/handshake.js";
import { decodeHello, encodeHello } from "../../src/protocol/messages.js";
import type { Direction, MessageType } from "../../src/protocol/record.js";
import { begin, contextOf, finish, mayFollow, meet, NEW_SEQUENCE, type Sequence } from "../../src/protocol/sequence.js";
import type { Session } from "../../src/protocol/session.js";
import { CODE, OTHER_CODE, present, problem, unhex } from "../protocol/support.js";
import { readMessage, writeMessage } from "../protocol/wire.js";

const PYTHON = process.env["DUET_TEST_PYTHON"] ?? "python3";
const WORDS = "cactus-lemon-violin";

/** @returns why the Python peer cannot run here */
function missing(): string | undefined {
  const modules = "import rbcl, cryptography.hazmat.primitives.asymmetric.mlkem";
  const { error, status } = spawnSync(PYTHON, ["-c", modules], { encoding: "utf8" });
  if (error !== undefined) return `${PYTHON} is not there`;
  return status === 0 ? undefined : `${PYTHON} lacks the packages of test/python/requirements.txt: npm run test:python`;
}

/** `peer.py` as a process that answers one line with one line. */
class PythonPeer implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    // -B: no __pycache__ in the source tree.
    this.#process = spawn(PYTHON, ["-B", fileURLToPath(new URL("peer.py", import.meta.url))], { stdio: "pipe" });
    this.#process.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask(request: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, string>>> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.#lines.next();
    if (answer.done === true) throw new Error("the Python peer has ended");
    return JSON.parse(answer.value) as Readonly<Record<string, string>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#process.once("close", () => resolve()));
    this.#process.stdin.end();
    await closed;
  }
}

/** Our end of the first connection. */
class OurEnd {
  readonly #session: Session;
  readonly #out: Direction;
  readonly #in: Direction;
  readonly #random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
  #sequence: Sequence = NEW_SEQUENCE;

  constructor(session: Session) {
    this.#session = session;
    [this.#out, this.#in] = session.role === "sender" ? ["s2r", "r2s"] : ["r2s", "s2r"];
  }

  seal(type: MessageType, plaintext: Uint8Array): string {
    const options = { ...this.#options(this.#out), type, random: this.#random };
    const wire = writeMessage(options, plaintext);
    this.#sequence = finish(begin(this.#sequence, this.#out, type), this.#out);
    return hex(wire);
  }

  open(wire: string): Uint8Array | undefined {
    const message = readMessage(
      { ...this.#options(this.#in), types: mayFollow(this.#sequence, this.#in) },
      unhex(wire),
    );
    if (message === undefined) return undefined;
    this.#sequence = finish(begin(this.#sequence, this.#in, message.type), this.#in);
    return message.plaintext;
  }

  meet(nonceS: Uint8Array, nonceR: Uint8Array): void {
    this.#sequence = meet(this.#sequence, nonceS, nonceR);
  }

  #options(direction: Direction) {
    const { keys, chunk } = this.#session;
    return { aead: nodeAead, key: keys[direction], chunk, context: contextOf(this.#sequence, direction) };
  }
}

const why = missing();
const CURVES = ["ristretto255", "ristretto255+mlkem768"] as const;

describe.skipIf(why !== undefined)(`a peer in Python${why === undefined ? "" : ` (${why})`}`, () => {
  test("finds every value of the worked exchanges", async () => {
    await using peer = new PythonPeer();
    const path = fileURLToPath(new URL("../vectors/exchange.json", import.meta.url));
    const { checked, refused } = await peer.ask({ do: "vectors", path });
    expect(refused).toBeUndefined();
    expect(checked).toEqual(["ristretto255+mlkem768", "ristretto255", 0, 1, 16_383, 16_384, 16_385, 32_768]);
  });

  test.each(CURVES)(
    "as the recipient, with %s: same keys, same digits, and each opens the other's messages",
    async (curve) => {
      await using peer = new PythonPeer();
      const run = await startSender({ ...CODE, curve });
      const answer = await peer.ask({ do: "receive", curve, channel: CODE.channel, words: WORDS, x: run.x });
      const session = run.finish(present(answer["y"]), present(answer["hh_k"]));
      const confirmed = await peer.ask({ do: "confirm", h_k: session.hK });
      expect(confirmed).toEqual({
        h_k: session.hK,
        key_s2r: hex(session.keys.s2r.reveal()),
        key_r2s: hex(session.keys.r2s.reveal()),
      });

      const ours = new OurEnd(session);
      const nonce = crypto.getRandomValues(new Uint8Array(16));
      const wire = ours.seal("hello", encodeHello({ nonce, sasNonce: present(session.sasNonce) }));
      const theirs = decodeHello("recipient", present(ours.open(present((await peer.ask({ do: "hello" }))["wire"]))));
      expect(await peer.ask({ do: "greeted", wire })).toEqual({ sas: session.sas });
      ours.meet(nonce, theirs.nonce);

      const manifest = ours.seal("manifest", utf8('{"kind":"files","entries":0,"bytes":0}\n'));
      const opened = await peer.ask({ do: "open", type: "manifest", index: 1, wire: manifest });
      expect(opened["text"]).toContain('"kind":"files"');
      const accept = await peer.ask({ do: "seal", type: "accept", index: 1, text: '{"default":"send"}\n' });
      expect(new TextDecoder().decode(ours.open(present(accept["wire"])))).toBe('{"default":"send"}\n');
    },
  );

  test.each(CURVES)(
    "as the sender, with %s: same keys, same digits, and each opens the other's messages",
    async (curve) => {
      await using peer = new PythonPeer();
      const { x } = await peer.ask({ do: "send", curve, channel: CODE.channel, words: WORDS });
      const run = await startRecipient({ ...CODE, curve, x: present(x) });
      const finished = await peer.ask({ do: "finish", y: run.y, hh_k: run.hhK });
      const session = run.confirm(present(finished["h_k"]));
      expect(finished["key_s2r"]).toBe(hex(session.keys.s2r.reveal()));
      expect(finished["key_r2s"]).toBe(hex(session.keys.r2s.reveal()));

      const ours = new OurEnd(session);
      const nonce = crypto.getRandomValues(new Uint8Array(16));
      const theirWire = present((await peer.ask({ do: "hello" }))["wire"]);
      const theirs = decodeHello("sender", present(ours.open(theirWire)));
      expect(session.sasFor(present(theirs.sasNonce))).toBe(finished["sas"]);
      const wire = ours.seal("hello", encodeHello({ nonce }));
      expect(await peer.ask({ do: "greeted", wire })).toEqual({ sas: finished["sas"] });
      ours.meet(theirs.nonce, nonce);

      const manifest = await peer.ask({
        do: "seal",
        type: "manifest",
        index: 1,
        text: '{"kind":"files","entries":0,"bytes":0}\n',
      });
      expect(ours.open(present(manifest["wire"]))).toBeDefined();
      const accept = ours.seal("accept", utf8('{"default":"send"}\n'));
      expect(await peer.ask({ do: "open", type: "accept", index: 1, wire: accept })).toEqual({
        text: '{"default":"send"}\n',
      });
    },
  );

  test.each(CURVES)("with other words is refused by us and refuses us, with %s", async (curve) => {
    await using peer = new PythonPeer();
    const run = await startSender({ ...OTHER_CODE, curve });
    const answer = await peer.ask({ do: "receive", curve, channel: CODE.channel, words: WORDS, x: run.x });
    expect(() => run.finish(present(answer["y"]), present(answer["hh_k"]))).toThrow(problem("wrong_code"));
    expect(await peer.ask({ do: "confirm", h_k: "A".repeat(43) })).toEqual({ refused: "wrong code" });
    const { x } = await peer.ask({ do: "send", curve, channel: CODE.channel, words: WORDS });
    const other = await startRecipient({ ...OTHER_CODE, curve, x: present(x) });
    expect(await peer.ask({ do: "finish", y: other.y, hh_k: other.hhK })).toEqual({ refused: "wrong code" });
  });

  test("refuses a message that was changed, or played back on the same connection", async () => {
    await using peer = new PythonPeer();
    const run = await startSender({ ...CODE, curve: "ristretto255" });
    const answer = await peer.ask({
      do: "receive",
      curve: "ristretto255",
      channel: CODE.channel,
      words: WORDS,
      x: run.x,
    });
    const session = run.finish(present(answer["y"]), present(answer["hh_k"]));
    await peer.ask({ do: "confirm", h_k: session.hK });
    const theirs = present((await peer.ask({ do: "hello" }))["wire"]);
    const wire = new OurEnd(session).seal(
      "hello",
      encodeHello({ nonce: new Uint8Array(16), sasNonce: present(session.sasNonce) }),
    );
    const last = wire.endsWith("0") ? "1" : "0";
    expect(await peer.ask({ do: "greeted", wire: wire.slice(0, -1) + last })).toEqual({ refused: "a chunk is forged" });
    expect(await peer.ask({ do: "greeted", wire: theirs })).toEqual({ refused: "the commitment does not match" });
  });
});
