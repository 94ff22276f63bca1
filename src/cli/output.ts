import { StringDecoder } from "node:string_decoder";
import { Transform } from "node:stream";
import { type Sink, WritableSink } from "../transfer/index.js";
import type { Machine } from "./machine/machine.js";
import { cleanLines } from "./terminal/clean.js";

/** Standard output for what arrives: as it is, but a terminal gets a text that cannot act on it. */
export function standardOutput({ stdout, stdoutIsTerminal }: Machine): Sink {
  if (!stdoutIsTerminal) return new WritableSink(stdout, { isLast: true });
  const decoder = new StringDecoder("utf8");
  const cleaning = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, cleanLines(decoder.write(chunk))),
    flush: (done) => done(null, cleanLines(decoder.end())),
  });
  cleaning.pipe(stdout, { end: false });
  return new WritableSink(cleaning);
}

/** A text that was sent by `--text`, on standard output; on a terminal it cannot act on it. */
export function showText({ stdout, stdoutIsTerminal }: Machine, text: string): void {
  const shown = stdoutIsTerminal ? cleanLines(text) : text;
  stdout.write(shown.endsWith("\n") ? shown : `${shown}\n`);
}
