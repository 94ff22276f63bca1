import type { Logger } from "pino";

/** What the relay writes: one line a request, and its own faults. */
export interface RelayLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Nothing of this is logged on purpose; should a field come in by accident, it is not shown. */
const SECRET_FIELDS = [
  "uuid",
  "h_k",
  "hK",
  "hh_k",
  "hhK",
  "x",
  "y",
  "secret",
  "accessToken",
  "staplerSecret",
  "authorization",
];

/** Where the lines go. */
export interface LogOptions {
  readonly level: string;
  /** Standard error without it. */
  readonly write?: (line: string) => void;
}

/** A logger that writes JSON lines. pino is loaded here, 25 ms that nobody waits for who logs nothing. */
export async function createLogger({ level, write }: LogOptions): Promise<Logger> {
  const { pino } = await import("pino");
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const options = { level, base: null, redact: { paths: [...paths, "*.headers"], censor: "[secret]" } };
  return pino(options, write === undefined ? pino.destination({ dest: 2, sync: true }) : { write });
}
