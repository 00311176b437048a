/** One life of a process: from its start to its crash. It counts the points at which it could die. */
import type { DurationMs, Instant } from "../../src/core/time.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Engine, Owner } from "./engine.ts";

/** What a dead process' code runs into when it goes on by itself: its catch blocks reach nothing any more. */
export class Gone extends Error {
  override readonly name = "Gone";
}

/**
 * Loops that only look whether something is to be done sleep for this long or longer. A machine may wake them late, and
 * most of a simulated day is their waiting: they are woken late here.
 */
const LOOP_PAUSE_MS: DurationMs = 500;
const LOOP_LAG = 30;

export class Life implements Owner {
  readonly name: string;
  readonly engine: Engine;
  isDead = false;
  /** Points passed so far. */
  points = 0;
  readonly #diesAt: number;
  readonly #onPoint: (life: Life, what: string) => void;
  readonly #onDeath: (life: Life) => void;
  readonly #wallOffsetMs: () => DurationMs;

  constructor(options: {
    readonly name: string;
    readonly engine: Engine;
    /** The point at which it dies; 0: never. */
    readonly diesAt: number;
    readonly wallOffsetMs: () => DurationMs;
    readonly onPoint: (life: Life, what: string) => void;
    readonly onDeath: (life: Life) => void;
  }) {
    this.name = options.name;
    this.engine = options.engine;
    this.#diesAt = options.diesAt;
    this.#wallOffsetMs = options.wallOffsetMs;
    this.#onPoint = options.onPoint;
    this.#onDeath = options.onDeath;
  }

  /** A place where control is handed over. `true`: the process dies here, and nothing of it may go on. */
  point(what: string): boolean {
    if (this.isDead) {
      return true;
    }
    this.points += 1;
    this.#onPoint(this, what);
    if (this.points === this.#diesAt) {
      this.die();
    }
    return this.isDead;
  }

  die(): void {
    if (!this.isDead) {
      this.isDead = true;
      this.#onDeath(this);
    }
  }

  /** The machine's wall clock, which may jump; sleeping is not measured by it. */
  clock(): Clock {
    return {
      now: (): Instant => this.engine.now + this.#wallOffsetMs(),
      sleep: (durationMs, signal) => {
        const lag =
          durationMs >= LOOP_PAUSE_MS && durationMs <= 4 * LOOP_PAUSE_MS && signal !== undefined ? LOOP_LAG : 1;
        return this.engine.sleep(this, durationMs * lag, signal);
      },
    };
  }
}
