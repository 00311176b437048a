/** One at a time, in the order of asking: nobody starves. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  /** Resolves with the function that gives the mutex back. That one must be called, and may be called twice. */
  async acquire(): Promise<() => void> {
    const before = this.#tail;
    const gate = Promise.withResolvers<void>();
    this.#tail = gate.promise;
    await before;
    return gate.resolve;
  }
}
