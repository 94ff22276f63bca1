/** Memory for sealed chunks, all of one size in a transfer. As much as was ever out at once, which the sender bounds. */
export class Frames {
  readonly #free: Uint8Array[] = [];
  readonly #lent = new WeakSet<Uint8Array>();

  take(bytes: number): Uint8Array {
    const kept = this.#free.pop();
    const frame = kept?.length === bytes ? kept : new Uint8Array(bytes);
    this.#lent.add(frame);
    return frame;
  }

  /** @returns whether it was from here */
  giveBack(frame: Uint8Array): boolean {
    if (!this.#lent.delete(frame)) return false;
    this.#free.push(frame);
    return true;
  }
}
