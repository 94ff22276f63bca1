/**
 * Bytes that must not be seen: a key, or the words of a code. Prints as `[secret]` wherever a value is turned
 * into text by accident: template strings, JSON, `console.log`, an error's inspection.
 */
export class Secret {
  readonly #bytes: Uint8Array;

  /** @param bytes kept, not copied: hand over a fresh array */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The one way to the bytes. The array is the secret itself, not a copy: do not change it. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  /** What `util.inspect`, and so `console.log`, shows in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}
