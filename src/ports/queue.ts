/**
 * Spreads ids over workers, and nothing else. The truth about what is due is `orders.due_at`; an engine may lose
 * everything it holds and only time is lost.
 */
export interface QueueEngine {
  /** Begins to hand ids to `run`, at most `concurrency` at a time in this process; `run` never rejects. */
  start(run: (orderId: string) => Promise<void>): Promise<void>;

  /**
   * Offers an id. `false` when the engine is full (offer again later). An id that is waiting or running already is
   * accepted and collapses: whoever needs a further run asks in the database.
   */
  offer(orderId: string): Promise<boolean>;

  /** How many more ids it would take now. */
  room(): number;

  /** Takes no more, waits for what runs, at most until `signal` aborts. May be called twice, and before `start`. */
  stop(signal?: AbortSignal): Promise<void>;
}
