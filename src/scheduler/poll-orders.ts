/**
 * The polls: which orders and which fulfillment orders changed since last time. The truth about missing nothing lies in
 * the watermark: it is the newest change seen, kept only after all pages were stored, and every poll begins a stretch
 * before it, because Shopify's search index lags. What was seen before is recognised by (id, updatedAt).
 *
 * A crash at any point repeats the same stretch. An order that changes during the scan moves to its end and comes again.
 */
import type { Log } from "../base/log.ts";
import { DAY_MS, type DurationMs, type Instant, MINUTE_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Page, Shop } from "../ports/shop.ts";
import { asSeen, type Wake } from "../reconcile/request.ts";
import type { Store } from "../store/types.ts";
import type { Task, TaskSchedule } from "./scheduler.ts";

/** Shopify publishes no bound for its index lag; ten minutes is what the facts advise (shopify.md C4, read 2026-11-22). */
const OVERLAP_MS: DurationMs = 10 * MINUTE_MS;
/** Without a special permission Shopify shows the last 60 days of orders. */
const FIRST_LOOK_MS: DurationMs = 60 * DAY_MS;
/** 25,000 objects is where Shopify ends a deep scan: another one goes on from the newest change that was seen. */
const PAGES_MAX = 100;
/** Scans of one poll: half a million changes. More is the next poll's. */
const SCANS_MAX = 20;

interface PollDeps {
  readonly store: Pick<Store, "orders" | "fulfillmentOrders" | "cursors" | "generations">;
  readonly shop: Shop;
  readonly clock: Clock;
  readonly log: Log;
  readonly wake: Wake;
  /** Around each call to the shop, so that success and refusal are noticed once for all. */
  readonly guard: <T>(call: () => Promise<T>) => Promise<T>;
}

export function pollOrders(deps: PollDeps, schedule: TaskSchedule): Task {
  return {
    name: "poll_orders",
    schedule,
    run: (signal) =>
      poll(deps, signal, {
        cursor: "orders.watermark",
        read: (since, cursor) => deps.shop.changedOrders(since, cursor),
        async keep(changes, at) {
          const seen = changes.map((change) => ({ ...change, updatedAt: asSeen(change.updatedAt, at) }));
          // An older database may have forgotten that what is over was shipped by us: it is looked at once more.
          const isRestored = (await deps.store.generations.current()).verifiedAt === null;
          const open = seen.filter((change) => isRestored || !change.over);
          const over = seen.filter((change) => !isRestored && change.over);
          return (await deps.store.orders.requestChanged(open, at)) + (await deps.store.orders.recordOver(over, at));
        },
      }),
  };
}

export function pollFulfillmentOrders(deps: PollDeps, schedule: TaskSchedule): Task {
  return {
    name: "poll_fulfillment_orders",
    schedule,
    run: (signal) =>
      poll(deps, signal, {
        cursor: "fulfillment_orders.watermark",
        read: (since, cursor) => deps.shop.changedFulfillmentOrders(since, cursor),
        keep: (changes, at) =>
          deps.store.fulfillmentOrders.changed(
            changes.map((change) => ({ ...change, updatedAt: asSeen(change.updatedAt, at) })),
            at,
          ),
      }),
  };
}

interface Polled<T extends { readonly updatedAt: Instant }> {
  readonly cursor: string;
  read(since: Instant, cursor: string | null): Promise<Page<T>>;
  /** Stores the changes and requests their orders; how many were news. */
  keep(changes: readonly T[], at: Instant): Promise<number>;
}

async function poll<T extends { readonly updatedAt: Instant }>(
  deps: PollDeps,
  signal: AbortSignal,
  what: Polled<T>,
): Promise<void> {
  const { clock, store } = deps;
  const stored = await store.cursors.get(what.cursor);
  let watermark = stored === null ? 0 : Number(stored);
  let since = stored === null ? clock.now() - FIRST_LOOK_MS : watermark - OVERLAP_MS;
  let requested = 0;
  for (let scans = 0; scans < SCANS_MAX; scans += 1) {
    const scan = await scanOnce(deps, signal, what, since);
    requested += scan.requested;
    if (signal.aborted) {
      break;
    }
    if (scan.newest > watermark) {
      watermark = scan.newest;
      await store.cursors.set(what.cursor, String(watermark), clock.now());
    }
    if (scan.isWhole || scan.newest <= since) {
      break;
    }
    since = scan.newest;
  }
  if (requested > 0) {
    deps.log.debug("changes found", { what: what.cursor, requested });
    deps.wake();
  }
}

/** Pages from `since` on until there are no more, or too many. `newest`: of what was kept. */
async function scanOnce<T extends { readonly updatedAt: Instant }>(
  deps: PollDeps,
  signal: AbortSignal,
  what: Polled<T>,
  since: Instant,
): Promise<{ readonly newest: Instant; readonly requested: number; readonly isWhole: boolean }> {
  let newest = 0;
  let requested = 0;
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX && !signal.aborted; page += 1) {
    const { items, nextCursor }: Page<T> = await deps.guard(() => what.read(since, cursor));
    if (items.length > 0) {
      requested += await what.keep(items, deps.clock.now());
      newest = Math.max(newest, ...items.map((item) => item.updatedAt));
    }
    cursor = nextCursor;
    if (cursor === null) {
      return { newest, requested, isWhole: true };
    }
  }
  return { newest, requested, isWhole: false };
}
