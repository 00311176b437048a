/**
 * The long-lived process: starts its services, waits for a signal, drains. The first signal stops taking work and waits
 * for what runs (a purchase is never cut off by us); a second one, or the deadline, ends at once. Ending at once is safe,
 * only less tidy: it is what a crash does, and the next start begins where the journal stands.
 */
import type { Log } from "../base/log.ts";
import type { DurationMs } from "../core/time.ts";
import { type Service, startAll, stopAll } from "./service.ts";

/** Longer than the slowest call (30 s), shorter than what service managers allow by default. */
export const DRAIN_MS: DurationMs = 35_000;

/** For closing the database and the log after an abort. */
const LEAVE_MS: DurationMs = 500;

export interface DaemonEnd {
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals;
  /** Whether everything that ran was finished. */
  readonly drained: boolean;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Runs until a signal. Rejects when a service cannot start; nothing is left running then. */
export async function runDaemon(options: {
  readonly services: readonly Service[];
  readonly log: Log;
  readonly drainMs?: DurationMs;
  /** Called when everything runs. */
  readonly onReady: () => void;
  /** Called at the first signal. */
  readonly onDrain: () => void;
}): Promise<DaemonEnd> {
  const { services, log } = options;
  const signals = new SignalQueue();
  try {
    await startAll(services);
    options.onReady();
    const first = await signals.next();
    log.info("draining", { signal: first });
    options.onDrain();
    const abort = new AbortController();
    const deadline = AbortSignal.timeout(options.drainMs ?? DRAIN_MS);
    deadline.addEventListener("abort", () => abort.abort(), { once: true });
    void signals.next().then(() => abort.abort());
    await stopAll(services, abort.signal);
    if (abort.signal.aborted) {
      leaveSoon();
    }
    return { signal: first, drained: !abort.signal.aborted };
  } finally {
    signals.close();
  }
}

/** Calls that were left alone keep the process alive until they are answered: it ends without them. */
function leaveSoon(): void {
  setTimeout(() => process.exit(), LEAVE_MS).unref();
}

/** Signals as a queue: one that comes before anybody asks is not lost. */
class SignalQueue {
  readonly #arrived: NodeJS.Signals[] = [];
  #waiting: ((signal: NodeJS.Signals) => void) | null = null;
  readonly #listener = (signal: NodeJS.Signals): void => {
    const waiting = this.#waiting;
    if (waiting === null) {
      this.#arrived.push(signal);
    } else {
      this.#waiting = null;
      waiting(signal);
    }
  };

  constructor() {
    for (const signal of SIGNALS) {
      process.on(signal, this.#listener);
    }
  }

  next(): Promise<NodeJS.Signals> {
    const signal = this.#arrived.shift();
    return signal === undefined
      ? new Promise((resolve) => {
          this.#waiting = resolve;
        })
      : Promise.resolve(signal);
  }

  close(): void {
    for (const signal of SIGNALS) {
      process.off(signal, this.#listener);
    }
  }
}
