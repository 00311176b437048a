/** Reads what `status` shows, from the database alone. */

import type { Money } from "../core/money.ts";
import type { OrderStatus } from "../core/status.ts";
import { DAY_MS, type DurationMs, type Instant, SECOND_MS } from "../core/time.ts";
import type { Alarm } from "../ports/notifier.ts";
import type { DatabaseGeneration } from "../store/generation-types.ts";
import type { Instance, StoredRemoteState } from "../store/process-types.ts";
import type { ScheduledTask, StoredOrder } from "../store/types.ts";
import type { Local } from "./local.ts";

/** Five heartbeats. */
const ALIVE_MS: DurationMs = 10 * SECOND_MS;

export interface Overview {
  readonly at: Instant;
  readonly shopId: string;
  readonly provider: string;
  readonly counts: Readonly<Record<OrderStatus, number>>;
  /** The newest, as many as were asked for. */
  readonly parked: readonly StoredOrder[];
  readonly due: { readonly count: number; readonly oldestAt: Instant | null };
  readonly instances: readonly (Instance & { readonly alive: boolean })[];
  readonly remotes: readonly StoredRemoteState[];
  /** `live`, `shadow` or `ramp 25%`, of the daemon that took a policy last; `null` before the first. */
  readonly mode: string | null;
  /** What is wrong with the installation and stands until it is mended. */
  readonly alarms: readonly Alarm[];
  readonly schedule: readonly ScheduledTask[];
  /** Set while the database is taken to be an older copy: how many orders are still to be verified. */
  readonly restored: { readonly generation: DatabaseGeneration; readonly unverified: number } | null;
  /** Since midnight UTC. */
  readonly spend: { readonly since: Instant; readonly amounts: readonly Money[] };
}

export async function readOverview(
  local: Local,
  options: { readonly now: Instant; readonly limit: number; readonly provider: string },
): Promise<Overview> {
  const { store, shopId } = local;
  const { now, limit, provider } = options;
  const since = Math.floor(now / DAY_MS) * DAY_MS;
  const isRunning = local.isDaemonRunning();
  const [counts, parked, due, instances, remotes, alarms, schedule, amounts, mode, restored] = await Promise.all([
    store.orders.counts(),
    store.orders.list({ statuses: ["parked"], limit }),
    store.orders.dueSummary(now),
    store.instances.list(),
    store.remotes.list(),
    store.alarms.list(),
    store.schedule.list(),
    store.shipments.spendSince(since),
    store.cursors.get("policy.mode"),
    readRestored(local),
  ]);
  return {
    ...{ at: now, shopId, provider, counts, parked, due, remotes, alarms, schedule, restored, mode },
    // The lock tells for certain that none runs here; the heartbeat tells which of those that are listed still do.
    instances: instances.map((instance) => ({
      ...instance,
      alive: isRunning && isBeating(instance, now),
    })),
    spend: { since, amounts },
  };
}

/** Whether a daemon is there and does its work: a process that was stopped keeps the lock and does nothing. */
export async function isDaemonWorking(
  { isDaemonRunning, store }: Pick<Local, "isDaemonRunning" | "store">,
  now: Instant,
): Promise<boolean> {
  return isDaemonRunning() && (await store.instances.list()).some((instance) => isBeating(instance, now));
}

function isBeating({ heartbeatAt }: Instance, now: Instant): boolean {
  return now - heartbeatAt < ALIVE_MS;
}

async function readRestored({ store }: Local): Promise<Overview["restored"]> {
  const generation = await store.generations.current();
  return generation.verifiedAt === null ? { generation, unverified: await store.generations.unverified() } : null;
}
