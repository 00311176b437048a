/** The engine of one machine: runs ids in this process, at most `concurrency` at a time. It holds no queue to lose. */
import type { QueueEngine } from "../ports/queue.ts";

export class LocalEngine implements QueueEngine {
  readonly #concurrency: number;
  /** Called when a place becomes free. */
  readonly #onRoom: () => void;
  readonly #running = new Map<string, Promise<void>>();
  #run: ((orderId: string) => Promise<void>) | null = null;

  constructor(concurrency: number, onRoom: () => void) {
    this.#concurrency = concurrency;
    this.#onRoom = onRoom;
  }

  async start(run: (orderId: string) => Promise<void>): Promise<void> {
    this.#run = run;
  }

  async offer(orderId: string): Promise<boolean> {
    if (this.#running.has(orderId)) {
      return true;
    }
    if (this.#run === null || this.room() === 0) {
      return false;
    }
    const done = this.#run(orderId).finally(() => {
      this.#running.delete(orderId);
      this.#onRoom();
    });
    this.#running.set(orderId, done);
    return true;
  }

  room(): number {
    return this.#run === null ? 0 : this.#concurrency - this.#running.size;
  }

  async stop(signal?: AbortSignal): Promise<void> {
    this.#run = null;
    const drained = Promise.all(this.#running.values()).then(() => undefined);
    if (signal === undefined) {
      return drained;
    }
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) {
        resolve();
      } else {
        signal.addEventListener("abort", () => resolve(), { once: true });
      }
    });
    return Promise.race([drained, aborted]);
  }
}
