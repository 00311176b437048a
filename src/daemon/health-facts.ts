/**
 * What `GET /health` goes by, without asking much of anybody: a container's health check gives up after 3 s, and while
 * another process holds the database every question to it waits. So what the remotes did last time stands in then.
 */
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import { type HealthReport, judgeHealth } from "../server/health.ts";
import type { StoredRemoteState } from "../store/process-types.ts";
import type { Store } from "../store/types.ts";
import { HEARTBEAT_MS } from "./instance.ts";

/** A heartbeat or a sweep that is older than this means that the process does not do its work. */
const STALLED_MS: DurationMs = 15_000;
/** The database counts as failing until it has taken some heartbeats and failed nobody. */
const FAILING_MS: DurationMs = 2.5 * HEARTBEAT_MS;
/** For reading two rows; longer only when somebody else holds the database. */
const READ_MS: DurationMs = 250;

export function createHealth(options: {
  readonly store: Pick<Store, "remotes" | "failedAt">;
  readonly clock: Clock;
  readonly mode: () => string;
  readonly version: string;
  /** `null`: not yet. */
  readonly lastBeatAt: () => Instant | null;
  readonly lastSweepAt: () => Instant | null;
}): () => Promise<HealthReport> {
  const { store, clock, mode, version, lastBeatAt, lastSweepAt } = options;
  const startedAt = clock.now();
  let known: readonly StoredRemoteState[] = [];

  async function readRemotes(): Promise<readonly StoredRemoteState[]> {
    const answered = new AbortController();
    const reading = store.remotes.list().then(
      (rows) => {
        known = rows;
      },
      // That the database fails is told by what follows.
      () => undefined,
    );
    await Promise.race([reading, clock.sleep(READ_MS, answered.signal)]);
    answered.abort();
    return known;
  }

  return async () => {
    const remotes = await readRemotes();
    const now = clock.now();
    const failedAt = store.failedAt();
    const isRecent = (at: Instant | null): boolean => now - (at ?? startedAt) < STALLED_MS;
    // A clock that was set back must not keep it failing until it has caught up.
    const isFailing = failedAt !== null && Math.abs(now - failedAt) < FAILING_MS;
    return judgeHealth({
      isDatabaseWritable: !isFailing && isRecent(lastBeatAt()),
      isLoopAlive: isRecent(lastSweepAt()),
      ...{ remotes, version, startedAt, now, mode: mode() },
    });
  };
}
