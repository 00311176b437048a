/**
 * Sweeps what is due and offers it to the engine. `orders.due_at` is the truth; a wake only saves the wait for the next
 * sweep, and a sweep also sees what other processes (`sync`, `retry`) made due. When the database is in trouble the
 * sweep is repeated after a pause: nothing is lost, because nothing is held here.
 */
import type { Log } from "../base/log.ts";
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { QueueEngine } from "../ports/queue.ts";

/** How soon a request of another process is seen. One indexed query; it costs nothing that can be noticed. */
export const SWEEP_MS: DurationMs = 500;
/** What the dispatcher needs of the store: what is due at a moment, oldest first, and when something is due next. */
export interface DueOrders {
  due(now: Instant, limit: number): Promise<readonly string[]>;
  nextDueAt(): Promise<Instant | null>;
}

/** After trouble with the database. */
const PAUSE_MS: DurationMs = 2_000;

export class Dispatcher {
  readonly #orders: DueOrders;
  readonly #engine: QueueEngine;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #sweepMs: DurationMs;
  #loop: Promise<void> | null = null;
  #stopping = new AbortController();
  #rouse = new AbortController();
  #isAwake = false;
  #lastSweepAt: Instant | null = null;

  constructor(options: {
    readonly orders: DueOrders;
    readonly engine: QueueEngine;
    readonly clock: Clock;
    readonly log: Log;
    readonly sweepMs?: DurationMs;
  }) {
    this.#orders = options.orders;
    this.#engine = options.engine;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#sweepMs = options.sweepMs ?? SWEEP_MS;
  }

  /** Something became due, or a place became free. Cheap; may be called at any time. */
  wake(): void {
    this.#isAwake = true;
    this.#rouse.abort();
  }

  /** When the last sweep ended well; `null` before the first. A loop that stands still is what `/health` looks for. */
  lastSweepAt(): Instant | null {
    return this.#lastSweepAt;
  }

  async start(): Promise<void> {
    this.#stopping = new AbortController();
    this.#loop = this.#run(this.#stopping.signal);
  }

  /** Ends the sweeping; what runs is the engine's to drain. May be called twice, and before `start`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#loop;
  }

  async #run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      this.#isAwake = false;
      this.#rouse = new AbortController();
      const pauseMs = await this.#sweep();
      if (!this.#isAwake && !stopping.aborted) {
        await this.#clock.sleep(pauseMs, this.#rouse.signal);
      }
    }
  }

  /** Offers what is due; gives how long to rest. */
  async #sweep(): Promise<DurationMs> {
    try {
      const room = this.#engine.room();
      if (room <= 0) {
        this.#lastSweepAt = this.#clock.now();
        return this.#sweepMs;
      }
      for (const orderId of await this.#orders.due(this.#clock.now(), room)) {
        await this.#engine.offer(orderId);
      }
      const nextDueAt = await this.#orders.nextDueAt();
      this.#lastSweepAt = this.#clock.now();
      const restMs = nextDueAt === null ? this.#sweepMs : nextDueAt - this.#clock.now();
      // An order that is due already is running or waits for room, which wakes us.
      return restMs <= 0 ? this.#sweepMs : Math.min(restMs, this.#sweepMs);
    } catch (error) {
      this.#log.error("due sweep failed", { error: error instanceof Error ? error.message : String(error) });
      return PAUSE_MS;
    }
  }
}
