import type { ProgressEvent } from "./events.js";
import { formatBytes, formatDuration, formatRate } from "./format.js";
import { cleanLine } from "../terminal/clean.js";
import { displayWidth, fit } from "../terminal/width.js";

/** Below this the bar says nothing that the percentage does not. */
const BAR_MIN = 8;
/** Longer bars are only longer. */
const BAR_MAX = 24;
/** A name keeps at least this, then the bar goes, then the name is cut. */
const LABEL_MIN = 12;
/** What a single file is shown with, above the line for all of it. */
const INDENT = "  ";

/** How far, how much, how fast and how long, without a bar: for a log. */
export function progressText({ bytes, total, rate, seconds_left: left }: ProgressEvent): string {
  const amount =
    total === null ? formatBytes(bytes) : `${percent(bytes, total)}  ${formatBytes(bytes)} of ${formatBytes(total)}`;
  const time = left === null || (total !== null && bytes >= total) ? "" : `  ${formatDuration(left)} left`;
  return `${amount}  ${formatRate(rate)}${time}`;
}

/**
 * The line that a terminal shows while bytes move.
 *
 * @param label what is sent, clean
 * @param columns how wide the line may be; the label and the bar share what the numbers leave
 */
export function progressLine(label: string, progress: ProgressEvent, columns: number): string {
  const numbers = progressText(progress);
  const room = columns - displayWidth(numbers) - 2;
  if (room < LABEL_MIN / 2) return fit(numbers, columns);
  const name = fit(label, Math.max(LABEL_MIN, room - BAR_MIN - 4));
  const left = room - displayWidth(name) - 4;
  const bar =
    progress.total === null || left < BAR_MIN
      ? ""
      : `  ${drawBar(progress.bytes / Math.max(1, progress.total), Math.min(BAR_MAX, left))}`;
  return `${fit(name, room)}${bar}  ${numbers}`;
}

/**
 * The lines that a terminal shows: one for the file that moves, if there are others, and one for all of it.
 *
 * @param label as for `progressLine`
 */
export function progressLines(label: string, progress: ProgressEvent, columns: number): readonly string[] {
  const { file } = progress;
  const total = progressLine(label, progress, columns);
  if (file === undefined || file.total === null || file.total === progress.total) return [total];
  const numbers = `${percent(file.bytes, file.total)} of ${formatBytes(file.total)}`;
  const room = columns - displayWidth(numbers) - INDENT.length - 2;
  return [fit(`${INDENT}${fit(cleanLine(file.path), Math.max(LABEL_MIN, room))}  ${numbers}`, columns), total];
}

/** 100 % only when it is all there. */
function percent(bytes: number, total: number): string {
  const whole = total === 0 ? 100 : Math.min(100, Math.floor((100 * bytes) / total));
  return `${String(whole).padStart(3)} %`;
}

function drawBar(share: number, width: number): string {
  const full = Math.min(width, Math.floor(share * width));
  return `[${"=".repeat(full)}${full < width ? ">" : ""}${" ".repeat(Math.max(0, width - full - 1))}]`;
}
