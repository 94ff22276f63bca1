/** A signal that follows others until it is let go of. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts it alone. */
  abort(reason?: unknown): void;
  /** Takes it off its sources: without this a signal of the whole command would keep every call it ever saw. */
  release(): void;
}

/** By hand, since `AbortSignal.any` of Node 20 keeps what it made as long as the longest-living source lives. */
export function linkedSignal(...sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const undo: (() => void)[] = [];
  for (const source of sources) {
    if (source === undefined) continue;
    const follow = (): void => controller.abort(source.reason);
    if (source.aborted) follow();
    source.addEventListener("abort", follow, { once: true });
    undo.push(() => source.removeEventListener("abort", follow));
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => undo.forEach((each) => each()),
  };
}
