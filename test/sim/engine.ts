/**
 * Virtual time. Everything that happens in a simulation is an event with an instant and an owner; the engine takes them in
 * order of time, and lets all that follows from one event come to its end before it takes the next. So one seed is one
 * history, and a day costs no longer than what happens in it.
 *
 * What follows from an event is what its promises wake. V8 runs those when it is asked to (`%PerformMicrotaskCheckpoint`,
 * 70 ns a turn, where a turn of Node's event loop takes microseconds), so a whole schedule runs in one synchronous call
 * and nothing of the machine's own timing gets in.
 *
 * A process that died owns events that never come: whoever awaits one waits for ever, as a killed process does.
 */
import type { DurationMs, Instant } from "../../src/core/time.ts";
import type { Clock } from "../../src/ports/clock.ts";

/** A Sunday morning, on a whole second. */
export const MORNING: Instant = Date.UTC(2026, 10, 22, 10, 0, 0);

/** Whoever may be gone when his event comes. The worlds never are. */
export interface Owner {
  readonly name: string;
  readonly isDead: boolean;
}

export const WORLD: Owner = { name: "world", isDead: false };

interface Event {
  readonly at: Instant;
  readonly order: number;
  readonly owner: Owner;
  readonly run: () => void;
}

/** Turns without an event in between before it is a loop that never yields. */
const TURNS_MAX = 100_000;

/** Needs `--allow-natives-syntax`; outside of a promise's own turn it runs all that are ready. */
const runReadyPromises = new Function("%PerformMicrotaskCheckpoint()") as () => void;

export class Engine {
  now: Instant = MORNING;
  /** Whose event is being handled: what it starts belongs to the same. */
  current: Owner = WORLD;
  /** Counts what happened, finer than time: two things of one instant have an order. */
  moment = 0;
  /** Changes of the disk and of the worlds so far. */
  effects = 0;
  /** How long one turn of a process' event loop takes. */
  turnMs: DurationMs = 0;
  readonly #events: Event[] = [];
  #turn: { readonly owner: Owner; readonly run: () => void }[] = [];
  #order = 0;

  /** Runs `run` after `delayMs`, unless its owner is dead by then. */
  after(delayMs: DurationMs, owner: Owner, run: () => void): void {
    this.#order += 1;
    push(this.#events, { at: this.now + Math.max(0, Math.round(delayMs)), order: this.#order, owner, run });
  }

  /** What `setImmediate` does. */
  nextTurn(run: () => void): void {
    if (this.turnMs > 0) {
      this.after(this.turnMs, this.current, run);
    } else {
      this.#turn.push({ owner: this.current, run });
    }
  }

  /** Handles the next event and all that follows from it at once. `false`: there is none. */
  step(): boolean {
    const event = pop(this.#events);
    if (event === undefined) {
      return false;
    }
    this.now = event.at;
    this.#run(event);
    return true;
  }

  /** The time of the next event. */
  nextAt(): Instant | null {
    return this.#events[0]?.at ?? null;
  }

  /** Does something outside of any event, for the start of a schedule. */
  enter(owner: Owner, run: () => void): void {
    this.#run({ owner, run });
  }

  #run({ owner, run }: Pick<Event, "owner" | "run">): void {
    this.#runOne(owner, run);
    for (let turns = 0; this.#turn.length > 0; turns += 1) {
      if (turns > TURNS_MAX) {
        throw new Error("the program goes round and round without letting time go on");
      }
      const turn = this.#turn;
      this.#turn = [];
      for (const next of turn) {
        this.#runOne(next.owner, next.run);
      }
    }
    this.current = WORLD;
  }

  #runOne(owner: Owner, run: () => void): void {
    if (owner.isDead) {
      return;
    }
    this.moment += 1;
    this.current = owner;
    run();
    runReadyPromises();
  }

  /** The time that the outside world has; it never jumps. */
  worldClock(): Clock {
    return { now: () => this.now, sleep: (durationMs, signal) => this.sleep(WORLD, durationMs, signal) };
  }

  sleep(owner: Owner, durationMs: DurationMs, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = (): void => {
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      signal?.addEventListener("abort", wake, { once: true });
      this.after(durationMs, owner, wake);
    });
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Event[], event: Event): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || isBefore(parent, event)) {
      break;
    }
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) {
    return first;
  }
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
    if (child === undefined || isBefore(last, child)) {
      break;
    }
    heap[index] = child;
    index = 2 * index + (child === right ? 2 : 1);
  }
  heap[index] = last;
  return first;
}
