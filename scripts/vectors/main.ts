/**
 * Writes the vectors of `test/vectors` that are ours, for people who write a peer in another language
 * (docs/PROTOCOL.md section 7): whole exchanges worked through, value by value, and what must be refused. With
 * `--check` it writes nothing and fails when a file differs.
 */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { SUITE_NAMES } from "../../src/protocol/suite-names.js";
import { exchange } from "./exchange.js";
import { border } from "./records.js";
import { refusals } from "./refusals/document.js";

/** From the root of the repository, where npm runs its scripts. */
const FOLDER = "test/vectors";

const exchanges = {
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

for (const [name, document] of [
  ["exchange.json", exchanges],
  ["refusals.json", await refusals()],
] as const) {
  const file = `${FOLDER}/${name}`;
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  if (!process.argv.includes("--check")) await writeFile(file, text);
  else if ((await readFile(file, "utf8").catch(() => "")) !== text)
    throw new Error(`${file} is not what this code makes; run npm run vectors`);
}
