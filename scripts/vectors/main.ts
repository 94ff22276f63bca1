/**
 * Writes `test/vectors/exchange.json`: whole exchanges worked through, value by value, for people who write a peer in
 * another language (docs/PROTOCOL.md section 7). With `--check` it writes nothing and fails when the file differs.
 */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { SUITE_NAMES } from "../../src/protocol/suite-names.js";
import { exchange } from "./exchange.js";
import { border } from "./records.js";

/** From the root of the repository, where npm runs its scripts. */
const FILE = "test/vectors/exchange.json";

const document = {
  about: "Whole exchanges of docs/PROTOCOL.md, worked through. Made by npm run vectors; do not edit.",
  notes: [
    "Byte strings are hexadecimal; x, y, h_k and hh_k are base64url as on the wire; ya and yb are hexadecimal numbers, most significant digit first.",
    "ya_seed and yb_seed are what was drawn for the scalars: little-endian for ristretto255, big-endian else; scalar = seed mod (order - 1) + 1.",
    "wire of a record is all its bytes: salt, commitment, then each chunk behind its length.",
    "In borders, the i-th byte of the plaintext is i mod 251.",
  ],
  exchanges: await Promise.all(SUITE_NAMES.map(exchange)),
  borders: [0, 1, 16_383, 16_384, 16_385, 32_768].map(border),
};
const text = `${JSON.stringify(document, undefined, 2)}\n`;

if (!process.argv.includes("--check")) {
  await writeFile(FILE, text);
} else if ((await readFile(FILE, "utf8").catch(() => "")) !== text) {
  throw new Error(`${FILE} is not what this code makes; run npm run vectors`);
}
