/** The plaintext of messages (docs/PROTOCOL.md section 6.3). */
import { concat, hex, u64be, utf8 } from "../../../src/protocol/bytes.js";
import { sasCommitment } from "../../../src/protocol/key-schedule.js";
import { type Case, casesOf } from "./case.js";

const NONCE = new Uint8Array(16).fill(0x31);
const NS = new Uint8Array(32).fill(0x32);
const SURROGATE = String.raw`\ud800`;
const INVALID_UTF8 = Uint8Array.of(0xc3, 0x28);

export function helloCases(): Case[] {
  const { refused, taken } = casesOf("hello", "bad_message");
  const sender = (json: string | Uint8Array) => ({
    from: "sender",
    plaintext: hex(concat(NONCE, NS, typeof json === "string" ? utf8(json) : json)),
  });
  const recipient = (json: string) => ({ from: "recipient", plaintext: hex(concat(NONCE, utf8(json))) });
  const of = { nonce: hex(NONCE), nS: hex(NS) };
  const interfered = casesOf("commitment", "interfered");
  const commitment = hex(sasCommitment(NS));
  return [
    taken("of a sender", { ...sender("{}"), ...of }),
    taken("of a sender, with keys that nobody knows", { ...sender('{"later":[{}]}'), ...of }),
    taken("of a recipient", { ...recipient("{}"), nonce: of.nonce }),
    taken("of 4096 bytes", { ...recipient("{}".padEnd(4080)), nonce: of.nonce }),
    refused("of 4097 bytes", recipient("{}".padEnd(4081))),
    refused("without its object", sender("")),
    refused("of a recipient in the place of a sender's", { from: "sender", plaintext: hex(concat(NONCE, utf8("{}"))) }),
    refused("half a nonce", { from: "recipient", plaintext: hex(NONCE.subarray(8)) }),
    refused("nothing", { from: "recipient", plaintext: "" }),
    refused("a list for its object", sender("[]")),
    refused("a key twice", sender('{"a":1,"a":1}')),
    refused("a BOM", sender("\ufeff{}")),
    refused("bytes that are no UTF-8", sender(concat(utf8('{"a":"'), INVALID_UTF8, utf8('"}')))),
    interfered.taken("nS is what was committed to in x", { nS: hex(NS), commitment }),
    interfered.refused("another nS than was committed to in x", { nS: hex(NONCE) + hex(NONCE), commitment }),
  ];
}

const HEAD = '{"kind":"files","entries":1,"bytes":1}';
const FILE = '{"path":"a","type":"file","size":1}';
const lines = (...each: readonly string[]) => ({ plaintext: hex(utf8(each.map((line) => `${line}\n`).join(""))) });
const files = (...entries: readonly object[]) => {
  const bytes = entries.reduce((sum, entry) => sum + ("size" in entry ? Number(entry.size) : 0), 0);
  const head = { kind: "files", entries: entries.length, bytes };
  return lines(...[head, ...entries].map((line) => JSON.stringify(line)));
};
const file = (path: string, more: object = {}) => ({ path, type: "file", size: 1, ...more });
const dir = (path: string) => ({ path, type: "dir", size: 0 });
const link = (path: string, target: unknown) => ({ path, type: "link", size: 0, target });

export function manifestCases(): Case[] {
  const { refused, taken } = casesOf("manifest", "bad_message");
  const path = (name: string, text: string): Case => refused(name, files(file(text)));
  return [
    taken("one file", lines(HEAD, FILE)),
    taken("no entry", lines('{"kind":"files","entries":0,"bytes":0}')),
    taken("the last line without its line feed", { plaintext: hex(utf8(`${HEAD}\n${FILE}`)) }),
    taken(
      "a folder, a file in it, and a link out of it",
      files(dir("d"), file("d/f"), link("d/l", "../../etc/passwd")),
    ),
    taken("a folder that is only implied", files(file("d/e/f"), file("d/g"))),
    taken("names that a destination may refuse", files(file("CON"), file("a b"), file("\u202ecod.exe"), file("..."))),
    taken("a path of 4096 bytes", files(file("x".repeat(4096)))),
    taken(
      "a stream that does not know its size",
      lines('{"kind":"stream","entries":1,"bytes":null}', '{"path":"a","type":"file","size":null}'),
    ),
    taken("a text", lines('{"kind":"text","entries":1,"bytes":1}', FILE)),
    taken(
      "keys that nobody knows, in another case",
      lines(
        '{"Kind":"stream","kind":"files","entries":1,"bytes":1}',
        '{"path":"a","type":"file","size":1,"SIZE":9,"later":{"x":[]}}',
      ),
    ),
    taken("the greatest mode and time", files(file("a", { mode: 511, mtime: Number.MAX_SAFE_INTEGER }))),
    refused("nothing", { plaintext: "" }),
    refused("an empty line", { plaintext: hex(utf8(`${HEAD}\n\n${FILE}\n`)) }),
    refused(
      "a line of more than 16384 bytes",
      lines(HEAD, `{"path":"a","type":"file","size":1,"later":"${"x".repeat(16_384)}"}`),
    ),
    refused("fewer entries than it says", lines('{"kind":"files","entries":2,"bytes":1}', FILE)),
    refused("more entries than it says", lines('{"kind":"files","entries":0,"bytes":1}', FILE)),
    refused("sizes that do not add up", lines('{"kind":"files","entries":1,"bytes":2}', FILE)),
    refused("a kind that nobody knows", lines('{"kind":"folder","entries":1,"bytes":1}', FILE)),
    refused("no kind", lines('{"KIND":"files","entries":1,"bytes":1}', FILE)),
    refused("entries that are a text", lines('{"kind":"files","entries":"1","bytes":1}', FILE)),
    refused("entries below 0", lines('{"kind":"files","entries":-1,"bytes":1}', FILE)),
    refused("bytes that are null though nothing streams", lines('{"kind":"files","entries":1,"bytes":null}', FILE)),
    refused(
      "two entries in a stream",
      lines('{"kind":"stream","entries":2,"bytes":2}', FILE, '{"path":"b","type":"file","size":1}'),
    ),
    refused(
      "a folder in a stream",
      lines('{"kind":"stream","entries":1,"bytes":0}', '{"path":"a","type":"dir","size":0}'),
    ),
    refused(
      "a size that is null though the stream says its bytes",
      lines('{"kind":"stream","entries":1,"bytes":1}', '{"path":"a","type":"file","size":null}'),
    ),
    refused("a file without a size", lines(HEAD, '{"path":"a","type":"file"}')),
    refused("a size with a fraction", lines(HEAD, '{"path":"a","type":"file","size":1.5}')),
    refused(
      "a size above 2^53 - 1",
      lines(
        '{"kind":"files","entries":1,"bytes":9007199254740992}',
        '{"path":"a","type":"file","size":9007199254740992}',
      ),
    ),
    refused("a size beyond every number", lines(HEAD, '{"path":"a","type":"file","size":1e400}')),
    refused("a size that is true", lines(HEAD, '{"path":"a","type":"file","size":true}')),
    refused(
      "sizes whose sum is above 2^53 - 1",
      lines(
        '{"kind":"files","entries":2,"bytes":9007199254740991}',
        '{"path":"a","type":"file","size":9007199254740991}',
        FILE.replace('"a"', '"b"'),
      ),
    ),
    refused("a type that nobody knows", lines(HEAD, '{"path":"a","type":"socket","size":1}')),
    refused("no path", lines(HEAD, '{"type":"file","size":1}')),
    refused("a mode above 511", files(file("a", { mode: 512 }))),
    refused("a mode that is a text", files(file("a", { mode: "644" }))),
    refused("a time below 0", files(file("a", { mtime: -1 }))),
    path("an empty path", ""),
    path("an absolute path", "/etc/passwd"),
    path("a path that ends with a slash", "a/"),
    path("an empty part", "a//b"),
    path("a part that is a dot", "a/./b"),
    path("a path that is ..", ".."),
    path("a way out", "a/../../b"),
    path("a NUL", "a\u0000b"),
    path("a backslash", String.raw`a\b`),
    path("4097 bytes", "x".repeat(4097)),
    path("4098 bytes in 1366 characters", "\u20ac".repeat(1366)),
    refused("half of a surrogate pair in a path", lines(HEAD, `{"path":"a${SURROGATE}","type":"file","size":1}`)),
    refused("a path twice", files(file("a"), file("a"))),
    refused(
      "a path twice in another spelling",
      lines('{"kind":"files","entries":2,"bytes":2}', FILE, String.raw`{"path":"\u0061","type":"file","size":1}`),
    ),
    refused("a folder behind what is in it", files(file("d/f"), dir("d"))),
    refused("a file inside of a file", files(file("a"), file("a/b"))),
    refused("a file inside of a link", files(link("a", "/tmp"), file("a/b"))),
    refused(
      "a link without a target",
      lines('{"kind":"files","entries":1,"bytes":0}', '{"path":"a","type":"link","size":0}'),
    ),
    refused("a link with an empty target", files(link("a", ""))),
    refused("a NUL in a target", files(link("a", "b\u0000"))),
    refused("a target of 4097 bytes", files(link("a", "x".repeat(4097)))),
    refused("a key twice", lines('{"kind":"files","entries":1,"bytes":1,"bytes":1}', FILE)),
    refused("a BOM", lines(`\ufeff${HEAD}`, FILE)),
    refused("a line that is a list", lines(HEAD, '["a","file",1]')),
    refused("two objects in a line", { plaintext: hex(utf8(`${HEAD}${FILE}\n`)) }),
    refused("bytes that are no UTF-8", {
      plaintext: hex(concat(utf8(`${HEAD}\n{"path":"`), INVALID_UTF8, utf8('","type":"file","size":1}\n'))),
    }),
  ];
}

/** Three files of 4 bytes and a folder between them. */
const OFFERED = files(dir("d"), file("a", { size: 4 }), file("b", { size: 4 }), file("e", { size: 0 })).plaintext;
const HASH = "A".repeat(43);

export function acceptCases(): Case[] {
  const { refused, taken } = casesOf("accept", "bad_message", { manifest: OFFERED });
  const head = '{"default":"send"}';
  const resume = (more: object) =>
    lines(head, JSON.stringify({ entry: 1, do: "resume", offset: 4, sha256: HASH, ...more }));
  return [
    taken("everything", lines(head)),
    taken("nothing", lines('{"default":"skip"}')),
    taken(
      "all but one, and one to be resumed at its end",
      lines(head, '{"entry":1,"do":"skip"}', `{"entry":2,"do":"resume","offset":4,"sha256":"${HASH}"}`),
    ),
    taken("a folder is skipped", lines(head, '{"entry":0,"do":"skip","later":true}')),
    refused("empty", { plaintext: "" }),
    refused("no default", lines("{}")),
    refused("a default that nobody knows", lines('{"default":"resume"}')),
    refused("an exception of an entry that was not offered", lines(head, '{"entry":4,"do":"skip"}')),
    refused("exceptions that do not ascend", lines(head, '{"entry":2,"do":"skip"}', '{"entry":1,"do":"skip"}')),
    refused("an entry twice", lines(head, '{"entry":1,"do":"skip"}', '{"entry":1,"do":"send"}')),
    refused("an entry below 0", lines(head, '{"entry":-1,"do":"skip"}')),
    refused("an action that nobody knows", lines(head, '{"entry":1,"do":"rename"}')),
    refused("an offset behind the end of the file", resume({ offset: 5 })),
    refused("an offset below 0", resume({ offset: -1 })),
    refused("no offset", resume({ offset: undefined })),
    refused("a folder is resumed", resume({ entry: 0, offset: 0 })),
    refused("no hash", resume({ sha256: undefined })),
    refused("a hash of 31 bytes", resume({ sha256: "A".repeat(42) })),
    refused("a hash with padding", resume({ sha256: `${HASH}=` })),
    refused("a hash with unused bits that are not zero", resume({ sha256: `${"A".repeat(42)}B` })),
    refused("an empty line", { plaintext: hex(utf8(`${head}\n\n`)) }),
  ];
}

const GIVEN_UP = 2n ** 64n - 1n;
const u32be = (value: number): Uint8Array => u64be(value).subarray(4);
const frame = (entry: number | bigint, offset: number | bigint, content: string, length = content.length): Uint8Array =>
  concat(u64be(entry), u64be(offset), u32be(length), utf8(content));

export function bodyCases(): Case[] {
  const accept = lines('{"default":"send"}').plaintext;
  const { refused, taken } = casesOf("body", "bad_message", { manifest: OFFERED, accept });
  const bodies = (...messages: readonly (readonly Uint8Array[])[]) => ({
    messages: messages.map((frames) => hex(concat(...frames))),
  });
  const [a, b] = [frame(1, 0, "aaaa"), frame(2, 0, "bbbb")];
  const resumed = {
    accept: lines('{"default":"skip"}', `{"entry":1,"do":"resume","offset":2,"sha256":"${HASH}"}`).plaintext,
  };
  const stream = {
    manifest: lines('{"kind":"stream","entries":1,"bytes":null}', '{"path":"s","type":"file","size":null}').plaintext,
  };
  return [
    taken("both files, the empty one without a frame", bodies([a, b])),
    taken("in two messages, the second file in two frames", bodies([a], [frame(2, 0, "bb"), frame(2, 2, "bb")])),
    taken("a file is given up in its middle", bodies([frame(1, 0, "aa"), frame(1, GIVEN_UP, ""), b])),
    taken("a file is given up before its first byte", bodies([frame(1, GIVEN_UP, ""), b])),
    taken("a file that is resumed", { ...resumed, ...bodies([frame(1, 2, "aa")]) }),
    taken("a file that was to be resumed begins again", { ...resumed, ...bodies([a]) }),
    taken("a stream, and its end", { ...stream, ...bodies([frame(0, 0, "ss")], [frame(0, 2, "")]) }),
    refused("a file is missing", bodies([a])),
    refused("a file is not whole", bodies([a, frame(2, 0, "bbb")])),
    refused("a file has more bytes than its size", bodies([frame(1, 0, "aaaaa"), b])),
    refused("more bytes than its size in a second frame", bodies([a, frame(1, 4, "a"), b])),
    refused("a gap", bodies([frame(1, 0, "a"), frame(1, 2, "aa"), b])),
    refused("bytes that come twice", bodies([frame(1, 0, "aa"), frame(1, 1, "aaa"), b])),
    refused("a first byte that is not the first", bodies([frame(1, 1, "aaa"), b])),
    refused("entries that do not ascend", bodies([b, a])),
    refused("an entry that was not offered", bodies([a, b, frame(4, 0, "x")])),
    refused("an entry far beyond the manifest", bodies([frame(GIVEN_UP, 0, "x")])),
    refused("a frame of a folder", bodies([frame(0, 0, "x"), a, b])),
    refused("a frame of an empty file", bodies([a, b, frame(3, 0, "x")])),
    refused("a frame of a file that was skipped", {
      accept: lines('{"default":"send"}', '{"entry":1,"do":"skip"}').plaintext,
      ...bodies([a, b]),
    }),
    refused("an empty frame in a file", bodies([a, frame(1, 4, ""), b])),
    refused("a file goes on after it was given up", bodies([frame(1, GIVEN_UP, ""), a, b])),
    refused("a frame of more than 2^24 bytes", bodies([frame(1, 0, "", 2 ** 24 + 1)])),
    refused("a frame that crosses messages", bodies([frame(1, 0, "aa", 4)], [utf8("aa"), b])),
    refused("half of a frame's head at the end", bodies([a, b, u64be(3)])),
    refused("a resumed file begins at another offset", { ...resumed, ...bodies([frame(1, 1, "aaa")]) }),
    refused("a stream without its end", { ...stream, ...bodies([frame(0, 0, "ss")]) }),
    refused("a stream that ends elsewhere", { ...stream, ...bodies([frame(0, 0, "ss"), frame(0, 1, "")]) }),
    refused("a stream that goes on after its end", { ...stream, ...bodies([frame(0, 0, ""), frame(0, 0, "s")]) }),
  ];
}

export function smallCases(): Case[] {
  const plain = (json: string | Uint8Array) => ({ plaintext: hex(typeof json === "string" ? utf8(json) : json) });
  const end = casesOf("end", "bad_message");
  const ack = casesOf("ack", "bad_message");
  const error = casesOf("error", "bad_message");
  return [
    end.taken("as it should be", plain('{"entries":1,"failed":0,"bytes":12,"later":0}')),
    end.refused("no count of what failed", plain('{"entries":1,"bytes":12}')),
    end.refused("a count below 0", plain('{"entries":1,"failed":-1,"bytes":12}')),
    end.refused("a count that is a text", plain('{"entries":"1","failed":0,"bytes":12}')),
    end.refused("a count above 2^53 - 1", plain('{"entries":1,"failed":0,"bytes":9007199254740992}')),
    end.refused("a key twice", plain('{"entries":1,"failed":0,"bytes":12,"bytes":12}')),
    end.refused("more than 4096 bytes", plain('{"entries":1,"failed":0,"bytes":12}'.padEnd(4097))),
    end.refused("nothing", plain("")),
    ack.taken("as it should be", plain('{"entries":1,"bytes":12}')),
    ack.refused("no bytes", plain('{"entries":1}')),
    ack.refused("bytes that are null", plain('{"entries":1,"bytes":null}')),
    ack.refused("a list", plain("[1,12]")),
    error.taken("as it should be", { ...plain('{"code":"declined","message":"no"}'), code: "declined" }),
    error.taken("a code that nobody knows is exit 1", { ...plain('{"code":"tired","message":"no"}'), code: "failed" }),
    error.refused("no message", plain('{"code":"declined"}')),
    error.refused("a code that is a number", plain('{"code":5,"message":"no"}')),
    error.refused("half of a surrogate pair", plain(`{"code":"declined","message":"${SURROGATE}"}`)),
    error.refused(
      "bytes that are no UTF-8",
      plain(concat(utf8('{"code":"declined","message":"'), INVALID_UTF8, utf8('"}'))),
    ),
  ];
}
