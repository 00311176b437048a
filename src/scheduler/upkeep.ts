/** The tasks that keep the house: look again at what nobody spoke of, repair webhook subscriptions, forget what is old. */
import type { Log } from "../base/log.ts";
import type { Policy } from "../core/policy.ts";
import type { DurationMs } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Shop } from "../ports/shop.ts";
import type { Wake } from "../reconcile/request.ts";
import type { LabelFiles } from "../store/label-files.ts";
import { pruneReplaced } from "../store/replaced-database.ts";
import type { Store } from "../store/types.ts";
import type { Task, TaskSchedule } from "./scheduler.ts";
import { repairWebhooks } from "./webhook-subscriptions.ts";

/** Orders made due in one transaction. */
const RESYNC_SLICE = 1_000;
/** Rows deleted in one transaction, so that no write waits long for it. */
const PRUNE_SLICE = 5_000;
/** Orders whose rows are emptied in one transaction: several statements each. */
const ERASE_SLICE = 200;
/** Label files deleted before it is looked whether the daemon stops. */
const LABELS_SLICE = 500;

/** Every unsettled order is looked at again now and then, whatever was lost on the way: the last net under all others. */
export function resync(
  deps: {
    readonly store: Pick<Store, "orders">;
    readonly policy: () => Policy;
    readonly clock: Clock;
    readonly log: Log;
    readonly wake: Wake;
  },
  schedule: TaskSchedule,
): Task {
  return {
    name: "resync",
    schedule,
    async run(signal) {
      const now = deps.clock.now();
      let total = 0;
      for (let count = 1; count > 0 && !signal.aborted; total += count) {
        count = await deps.store.orders.requestUnsettled(now - deps.policy().relookMs, now, RESYNC_SLICE);
      }
      if (total > 0) {
        deps.log.debug("orders looked at again", { count: total });
        deps.wake();
      }
    },
  };
}

/** Shopify deletes subscriptions that failed eight times in a row, without a word to the app. */
export function keepWebhooks(
  deps: {
    readonly shop: Shop;
    readonly policy: () => Policy;
    readonly log: Log;
    readonly publicUrl: string;
    readonly topics: readonly string[];
    readonly guard: <T>(call: () => Promise<T>) => Promise<T>;
  },
  schedule: TaskSchedule,
): Task {
  return {
    name: "webhooks",
    schedule,
    async run() {
      // Subscriptions are written to the shop as well; in shadow the polls find all there is.
      if (deps.policy().mode.kind === "shadow") {
        return;
      }
      const report = await deps.guard(() => repairWebhooks(deps.shop, deps.publicUrl, deps.topics));
      if (report.created.length > 0) {
        deps.log.info("webhook subscriptions created", { count: report.created.length });
      }
      if (report.failed.length > 0) {
        throw new Error(
          `${report.failed.length} webhook subscriptions could not be made: ${report.failed[0]?.message}`,
        );
      }
    },
  };
}

/**
 * Deletes what is past its retention. What money was spent on (effects, shipments, orders) is never deleted, only emptied
 * of what it tells about people.
 */
export function prune(
  deps: {
    readonly store: Pick<Store, "inbox" | "timeline" | "personalData">;
    readonly clock: Clock;
    readonly log: Log;
    readonly inboxMs: DurationMs;
    readonly timelineMs: DurationMs;
    readonly labels: Pick<LabelFiles, "prune">;
    readonly labelsMs: DurationMs;
    readonly personalDataMs: DurationMs;
    /** `null`: a database that is no file. */
    readonly databaseFile: string | null;
    readonly replacedDatabasesMs: DurationMs;
  },
  schedule: TaskSchedule,
): Task {
  return {
    name: "prune",
    schedule,
    async run(signal) {
      const now = deps.clock.now();
      let total = 0;
      for (let count = 1; count > 0 && !signal.aborted; total += count) {
        count = await deps.store.inbox.prune(now - deps.inboxMs, PRUNE_SLICE);
      }
      for (let count = 1; count > 0 && !signal.aborted; total += count) {
        count = await deps.store.timeline.prune(now - deps.timelineMs, PRUNE_SLICE);
      }
      for (let count = 1; count > 0 && !signal.aborted; total += count) {
        count = await deps.store.personalData.eraseOlder(now - deps.personalDataMs, ERASE_SLICE, now);
      }
      let files = 0;
      for (let count = 1; count > 0 && !signal.aborted; files += count) {
        count = await deps.labels.prune(now - deps.labelsMs, LABELS_SLICE);
      }
      const { databaseFile, replacedDatabasesMs } = deps;
      const replaced = databaseFile === null ? 0 : await pruneReplaced(databaseFile, now - replacedDatabasesMs);
      deps.log.debug("what is past its retention was removed", { rows: total, labels: files, replaced });
    },
  };
}
