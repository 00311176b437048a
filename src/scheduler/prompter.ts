/**
 * Asks for tasks ahead of their time when the outside gives a reason, as often as it likes and at a bounded cost: at once
 * (or after `delayMs`) when the last time is `PAUSE_MS` ago, else when that pause is over, once for all who asked meanwhile.
 * So each reason is followed by a run, and whoever can send us messages cannot use up the shop's request budget.
 *
 * What is remembered here is lost in a crash; the task then runs by its schedule, as it always does.
 */
import type { Log } from "../base/log.ts";
import { type DurationMs, type Instant, SECOND_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";

/** One page of a poll costs up to 80 points, a standard shop gives 100 a second: under a tenth, however many ask. */
export const PAUSE_MS: DurationMs = 10 * SECOND_MS;

export class Prompter {
  readonly #request: (task: string, at: Instant) => Promise<void>;
  readonly #clock: Clock;
  readonly #log: Log;
  /** By task: when it was or will be due for who asked. */
  readonly #promptedAt = new Map<string, Instant>();

  constructor(options: {
    readonly request: (task: string, at: Instant) => Promise<void>;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#request = options.request;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** `delayMs`: the task has no use of a run before. Never throws and does not wait. */
  prompt(task: string, delayMs: DurationMs = 0): void {
    const now = this.#clock.now();
    const last = this.#promptedAt.get(task) ?? null;
    // A clock that was set back must not silence it until it has caught up.
    const isRecent = last !== null && Math.abs(now - last) <= PAUSE_MS;
    if (isRecent && last > now) {
      return;
    }
    const at = Math.max(isRecent ? last + PAUSE_MS : 0, now + delayMs);
    this.#promptedAt.set(task, at);
    this.#request(task, at).catch((error: unknown) => {
      this.#promptedAt.delete(task);
      this.#log.warn("a task could not be asked for", {
        task,
        error: error instanceof Error ? error.message : "unknown",
      });
    });
  }
}
