/**
 * After a restore: sees to it that the time of caution ends. It ends when the polls went through once, so that what the
 * older database never heard of is known too, and no unsettled order is left unverified. The orders themselves are
 * verified by their ordinary runs (`reconcile/verify.ts`); this only watches, and it may be stopped at any point.
 */
import type { Log } from "../base/log.ts";
import { type DurationMs, SECOND_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../store/types.ts";
import type { Service } from "./service.ts";

const LOOK_MS: DurationMs = 2 * SECOND_MS;
/** What changed just before the restore may reach the shop's search index so much later; the poll after it finds it. */
export const INDEX_LAG_MS: DurationMs = 10 * SECOND_MS;
const POLLS: readonly string[] = ["poll_orders", "poll_fulfillment_orders"];

interface Watched {
  readonly store: Pick<Store, "generations" | "schedule">;
  readonly clock: Clock;
  readonly log: Log;
}

export function verificationService(watched: Watched): Service {
  const { clock, log } = watched;
  let stopping = new AbortController();
  let loop: Promise<void> | null = null;
  async function watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await endVerification(watched, INDEX_LAG_MS);
      } catch (error) {
        log.warn("verification could not be looked at", { error: error instanceof Error ? error.message : "unknown" });
      }
      await clock.sleep(LOOK_MS, signal);
    }
  }
  return {
    name: "verification",
    async start() {
      stopping = new AbortController();
      loop = watch(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

/** Ends it if nothing is left to verify; `true` when nothing is under verification after it. `lagMs`: see above. */
export async function endVerification({ store, clock, log }: Watched, lagMs: DurationMs): Promise<boolean> {
  const { number, beganAt, verifiedAt } = await store.generations.current();
  if (verifiedAt !== null) {
    return true;
  }
  const tasks = await store.schedule.list();
  const isPolled = POLLS.every((name) => {
    const task = tasks.find((candidate) => candidate.task === name);
    return task?.lastStatus === "ok" && task.lastRunAt !== null && task.lastRunAt >= beganAt + lagMs;
  });
  if (!isPolled || !(await store.generations.endVerification(number, clock.now()))) {
    return false;
  }
  log.info("every order is verified after the restore", { tookMs: clock.now() - beganAt });
  return true;
}
