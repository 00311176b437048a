/**
 * This process among others on the same database: a row with a heartbeat, so that `status` can say who works, and the
 * end of what a dead predecessor left. On SQLite the lock file already proves that no other daemon lives, so every lease
 * that a daemon holds at our start is a dead one's and is freed at once.
 */
import type { Log } from "../base/log.ts";
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../store/types.ts";
import type { Service } from "./service.ts";

export const HEARTBEAT_MS: DurationMs = 2_000;

export interface InstanceService extends Service {
  /** When the last heartbeat was written: proof that the database can be written. `null` before the first. */
  lastBeatAt(): Instant | null;
}

export function instanceService(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  readonly version: string;
}): InstanceService {
  const { store, clock, log, id, pid, host, version } = options;
  let stopping = new AbortController();
  let loop: Promise<void> | null = null;
  let lastBeatAt: Instant | null = null;
  async function register(): Promise<void> {
    await store.instances.register({ id, pid, host, version, startedAt: clock.now() });
    lastBeatAt = clock.now();
  }

  async function beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(HEARTBEAT_MS, signal);
      if (signal.aborted) {
        return;
      }
      try {
        if (!(await store.instances.heartbeat(id, clock.now()))) {
          await register();
        }
        lastBeatAt = clock.now();
      } catch (error) {
        log.warn("heartbeat could not be written", { error: error instanceof Error ? error.message : String(error) });
      }
    }
  }

  return {
    name: "instance",
    lastBeatAt: () => lastBeatAt,
    async start() {
      const predecessors = (await store.instances.list()).map((instance) => instance.id);
      const freed = await store.orders.freeLeases(predecessors);
      for (const predecessor of predecessors) {
        await store.instances.remove(predecessor);
      }
      if (freed > 0) {
        log.info("leases of an earlier run freed", { count: freed });
      }
      await register();
      stopping = new AbortController();
      loop = beat(stopping.signal);
    },
    async stop(abort) {
      stopping.abort();
      await loop;
      // After an abort runs may have been left alone, with their leases: the row stays, so that the next start frees them.
      if (!abort.aborted) {
        await store.instances.remove(id);
      }
    },
  };
}
