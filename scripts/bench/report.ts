import os from "node:os";

/** One measured figure. A target makes it a judged one. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit?: string;
  /** The bound for "must" and for "strong"; `>=` where more is better. */
  readonly target?: { readonly sign: ">=" | "<="; readonly must: number; readonly strong?: number };
}

/** What one part of the benchmark found. */
export interface Section {
  readonly figures: readonly Figure[];
  /** Of the programs that took part. */
  readonly versions: Readonly<Record<string, string>>;
  /** Programs that are not installed. */
  readonly skipped: readonly string[];
}

/** Where and with what was measured. Only ratios carry over to another machine. */
export interface Surroundings {
  readonly node: string;
  readonly cores: number;
  readonly cpu: string;
  readonly load: number;
}

export function surroundings(): Surroundings {
  const cpus = os.cpus();
  return {
    node: process.version,
    cores: cpus.length,
    cpu: cpus[0]?.model ?? "unknown",
    load: os.loadavg()[0] ?? 0,
  };
}

/** @returns lines of a table in Markdown */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    digits(figure.value),
    figure.unit ?? "",
    aim(figure),
    verdict(figure),
  ]);
  const all = [["what", "measured", "unit", "must (strong)", ""], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(all[0] ?? []), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** @returns nothing for what has no target, or could not be measured */
export function verdict({ value, target }: Figure): "" | "strong" | "ok" | "MISSED" {
  if (target === undefined || !Number.isFinite(value)) return "";
  const meets = (bound: number): boolean => (target.sign === ">=" ? value >= bound : value <= bound);
  if (target.strong !== undefined && meets(target.strong)) return "strong";
  return meets(target.must) ? "ok" : "MISSED";
}

function aim({ target }: Figure): string {
  if (target === undefined) return "";
  const strong = target.strong === undefined ? "" : ` (${target.strong})`;
  return `${target.sign} ${target.must}${strong}`;
}

function digits(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);
}
