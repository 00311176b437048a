/** What `sync --since` and `sync --all` ask for: the orders that changed in the shop since then. */
import type { Instant } from "../core/time.ts";
import type { ChangedOrder, Page } from "../ports/shop.ts";
import type { Orders } from "../store/types.ts";

/**
 * 25,000 orders: where Shopify ends a deep scan, and already more than one command waits for. A shop that gives ever more
 * pages must not keep the command for ever.
 */
export const PAGES_MAX = 100;

export interface Requested {
  /** Orders that the shop named. */
  readonly seen: number;
  /** The newest change among them: where another command goes on. 0 when there was none. */
  readonly newest: Instant;
  /** `false`: there are more than one command takes. */
  readonly isWhole: boolean;
}

/**
 * Every order that `read` gives, oldest change first, whether it was looked at meanwhile or not. Those that are over and
 * were never seen here are only written down: a shop's past is no work. Throws what `read` throws; may be called again.
 */
export async function requestSince(
  read: (cursor: string | null) => Promise<Page<ChangedOrder>>,
  orders: Pick<Orders, "get" | "request" | "recordOver">,
  now: Instant,
): Promise<Requested> {
  let cursor: string | null = null;
  let seen = 0;
  let newest = 0;
  for (let count = 0; count < PAGES_MAX; count += 1) {
    const { items, nextCursor }: Page<ChangedOrder> = await read(cursor);
    const past: ChangedOrder[] = [];
    for (const order of items.filter((item) => item.over)) {
      if ((await orders.get(order.id)) === null) {
        past.push(order);
      }
    }
    await orders.request(
      items.filter((order) => !past.includes(order)),
      now,
    );
    await orders.recordOver(past, now);
    seen += items.length;
    newest = Math.max(newest, ...items.map((item) => item.updatedAt));
    cursor = nextCursor;
    if (cursor === null) {
      return { seen, newest, isWhole: true };
    }
  }
  return { seen, newest, isWhole: false };
}
