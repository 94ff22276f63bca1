/** @returns what people may read of an error: never more than its text, since its other fields may hold secrets */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
