/** For mistakes of the programmer, never for what the world may do. */

/** The order it happened in is parked as `bug`; elsewhere the process stops. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Throws when `condition` does not hold. `message` names ids only, no personal data. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new AssertionError(message);
  }
}

/** Marks a branch that the types rule out. */
export function unreachable(value: never): never {
  throw new AssertionError(`unexpected value ${String(value)}`);
}
