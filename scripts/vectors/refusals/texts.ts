/** Codes as people type them, and capabilities as peers send them. */
import { parseCode } from "../../../src/protocol/code-phrase.js";
import { concat, hex, utf8 } from "../../../src/protocol/bytes.js";
import { type Case, casesOf } from "./case.js";

export function codeCases(): Case[] {
  const { refused, taken } = casesOf("code", "bad_code");
  const read = (name: string, code: string): Case => {
    const { channel, secret } = parseCode(code);
    return taken(name, { code, channel, secret: new TextDecoder().decode(secret.reveal()) });
  };
  const no = (name: string, code: string): Case => refused(name, { code });
  return [
    read("as it is shown", "4821-cactus-lemon-violin"),
    read("with capitals, spaces and a line feed", " 4821 Cactus LEMON violin\n"),
    read("with other separators, in runs", "4821._-cactus__lemon..violin"),
    read("with the dashes of a word processor", "4821\u2010cactus\u2013lemon\u2014violin"),
    read("with a minus sign and a no-break space", "4821\u2212cactus\u00a0lemon\u2212violin"),
    read("in full-width characters", "\uff14\uff18\uff12\uff11\uff0d\uff23actus-lemon-violin"),
    read("with a BOM before it", "\ufeff4821-cactus-lemon-violin"),
    read("with words cut to four letters", "4821-cact-lemo-viol"),
    read("a word that is the beginning of another", "4821-act-actor"),
    read("two words", "a-cactus-lemon"),
    read("six words", "a-cactus-lemon-violin-cactus-lemon-violin"),
    read("a channel of 64 characters", `${"x".repeat(64)}-cactus-lemon`),
    read("a secret of one's own", "4821-Pass Word_1"),
    read("a secret of one's own, composed and decomposed", "4821-hu\u0308hnerei"),
    read("capitals beyond ASCII stay", "4821-\u00dcbergabe1"),
    read("eight characters outside the BMP", `4821-${"\u{1f511}".repeat(8)}`),
    no("nothing", ""),
    no("only separators", " -_. "),
    no("no words", "4821"),
    no("no words behind the dash", "4821-"),
    no("no channel", "cactus"),
    no("one word", "4821-cactus"),
    no("seven words", "4821-cactus-lemon-violin-cactus-lemon-violin-cactus"),
    no("a word that is not in the list", "4821-cactus-lemons-violin"),
    no("a word that was mistyped", "4821-cactsu-lemon-violin"),
    no("a word cut to three letters", "4821-cac-lemon-violin"),
    no("a word of another list", "4821-ananas-lemon-violin"),
    no("a secret of seven characters", "4821-correc7"),
    no("a secret of seven characters outside the BMP", `4821-${"\u{1f511}".repeat(7)}`),
    no("a channel of 65 characters", `${"x".repeat(65)}-cactus-lemon`),
    no("a channel with a letter that is not a-z", "k\u00e4se-cactus-lemon"),
    no("a channel with a sign", "a+b-cactus-lemon"),
  ];
}

/** `capsB`, after the tag matched, by a peer whose own are `{"v":[1],"chunk":1048576}`. */
export function capabilityCases(): Case[] {
  const { refused, taken } = casesOf("capabilities", "unsupported");
  const yes = (name: string, text: string, chunk: number): Case =>
    taken(name, { bytes: hex(utf8(text)), version: 1, chunk });
  const no = (name: string, text: string | Uint8Array): Case =>
    refused(name, { bytes: hex(typeof text === "string" ? utf8(text) : text) });
  const nested = '{"v":[1],"chunk":16384,"later":{"a":[{"b":null}]}}';
  return [
    yes("as ours", '{"v":[1],"chunk":1048576}', 1_048_576),
    yes("without a chunk", '{"v":[1]}', 1_048_576),
    yes("the smallest chunk, and keys that nobody knows", nested, 16_384),
    yes("a larger chunk than ours", '{"chunk":8388608,"v":[0,1,9007199254740991]}', 1_048_576),
    yes("a key of another case is another key", '{"v":[1],"V":[2],"Chunk":1}', 1_048_576),
    yes("white space", ' {\t"v" : [ 1 ]\r\n}\n', 1_048_576),
    no("no version in common", '{"v":[2],"chunk":1048576}'),
    no("an older version only", '{"v":[0]}'),
    no("nothing", ""),
    no("a list", "[1]"),
    no("null", "null"),
    no("no versions", '{"chunk":1048576}'),
    no("an empty list of versions", '{"v":[]}'),
    no("versions that are no list", '{"v":1}'),
    no("a version that is a text", '{"v":["1"]}'),
    no("a version that is true", '{"v":[1,true]}'),
    no("a version with a fraction", '{"v":[1,1.5]}'),
    no("a version below 0", '{"v":[1,-1]}'),
    no("a version above 2^53 - 1", '{"v":[1,9007199254740992]}'),
    no("a chunk below 16384", '{"v":[1],"chunk":8192}'),
    no("a chunk above 8388608", '{"v":[1],"chunk":16777216}'),
    no("a chunk that is no power of two", '{"v":[1],"chunk":100000}'),
    no("a chunk that is null", '{"v":[1],"chunk":null}'),
    no("a chunk that is a text", '{"v":[1],"chunk":"65536"}'),
    no("a key twice", '{"v":[1],"v":[1]}'),
    no("a key twice in another spelling", '{"v":[1],"\\u0076":[1]}'),
    no("a key twice in what nobody knows", '{"v":[1],"later":{"a":1,"a":2}}'),
    no("a BOM", '\ufeff{"v":[1]}'),
    no("something behind it", '{"v":[1]}{}'),
    no("a NUL behind it", '{"v":[1]}\u0000'),
    no("a comma too many", '{"v":[1],}'),
    no("a comment", '{"v":[1]/* */}'),
    no("a number that is none", '{"v":[1],"later":NaN}'),
    no("a tab in a text", '{"v":[1],"later":"\t"}'),
    no("bytes that are no UTF-8", concat(utf8('{"v":[1],"later":"'), Uint8Array.of(0xc3, 0x28), utf8('"}'))),
    no("1025 bytes", '{"v":[1]}'.padEnd(1025)),
  ];
}
