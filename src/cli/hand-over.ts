import { copyToClipboard } from "./machine/clipboard.js";
import type { Context } from "./context.js";
import type { Invitation } from "./report/events.js";

export interface HandOverValues {
  readonly qr: boolean;
  readonly copy: boolean;
}

/** Gives the command for the other side to a camera or to the clipboard, where the person wishes it. */
export async function handOver(
  { machine, screen, report }: Context,
  { qr, copy }: HandOverValues,
  invitations: readonly Invitation[],
): Promise<void> {
  const command = forAnotherComputer(invitations)?.command;
  if (command === undefined) return;
  if (qr) {
    // Loaded only for those who ask for it.
    const { qrLines } = await import("./qr.js");
    for (const line of qrLines(command)) screen.line(line);
    screen.line();
  }
  if (!copy) return;
  const { environment, platform, stderr } = machine;
  const terminal = screen.isTerminal ? (sequence: string): void => void stderr.write(sequence) : undefined;
  const way = await copyToClipboard(command, { platform, environment, terminal });
  if (way === undefined)
    report.show({ event: "warning", message: "there is no clipboard here; copy the command by hand" });
  else screen.line("The command for the other side is in the clipboard.");
}

/** The other side is elsewhere: what works on this computer only is the last resort. */
function forAnotherComputer(invitations: readonly Invitation[]): Invitation | undefined {
  return invitations.find(({ where }) => where !== "this computer") ?? invitations[0];
}
