/** Counts what was refused and says so at most once per `LINE_EVERY_MS`: whoever can reach the port can cause refusals. */
import type { Log } from "../base/log.ts";
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";

const LINE_EVERY_MS: DurationMs = 10_000;

export class RefusalLog {
  readonly #source: string;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #counts = new Map<string, number>();
  #lastLineAt: Instant | null = null;

  constructor(options: { readonly source: string; readonly log: Log; readonly clock: Clock }) {
    this.#source = options.source;
    this.#log = options.log;
    this.#clock = options.clock;
  }

  /** The first one is logged at once; those that follow are logged together with the first one after the pause. */
  count(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    const now = this.#clock.now();
    // A wall clock that was set back must not silence the log until it has caught up.
    if (this.#lastLineAt === null || Math.abs(now - this.#lastLineAt) >= LINE_EVERY_MS) {
      this.#lastLineAt = now;
      this.flush();
    }
  }

  /** Logs what was not logged yet. */
  flush(): void {
    if (this.#counts.size > 0) {
      this.#log.warn("requests refused", { source: this.#source, ...Object.fromEntries(this.#counts) });
      this.#counts.clear();
    }
  }
}
