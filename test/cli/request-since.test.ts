/** Asking for what changed since then: all pages, but not for ever. */
import { expect, test } from "vitest";
import { PAGES_MAX, requestSince } from "../../src/cli/request-since.ts";
import type { ChangedOrder, Page } from "../../src/ports/shop.ts";
import { openStore } from "../../src/store/store.ts";
import type { Store } from "../../src/store/types.ts";
import { MORNING, MovedClock } from "../support/moved-clock.ts";

async function withStore(use: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore({ url: "sqlite::memory:", shopId: "a.myshopify.com", clock: new MovedClock() });
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

/** A shop with one order on each of `pages` pages, the oldest change first. */
function shopOf(pages: number): (cursor: string | null) => Promise<Page<ChangedOrder>> {
  return async (cursor) => {
    const number = Number(cursor ?? "1");
    const id = `gid://shopify/Order/${number}`;
    const items = [{ id, name: `#${number}`, updatedAt: MORNING + number, over: false }];
    return { items, nextCursor: number < pages ? String(number + 1) : null };
  };
}

test("every page is asked for, up to the bound", async () => {
  await withStore(async (store) => {
    const requested = await requestSince(shopOf(PAGES_MAX), store.orders, MORNING);
    expect(requested).toEqual({ seen: PAGES_MAX, newest: MORNING + PAGES_MAX, isWhole: true });
    expect(await store.orders.due(MORNING, 1_000)).toHaveLength(PAGES_MAX);
  });
});

test("a shop that gives ever more pages is left at the bound, which says where to go on", async () => {
  await withStore(async (store) => {
    const requested = await requestSince(shopOf(Number.POSITIVE_INFINITY), store.orders, MORNING);
    expect(requested).toEqual({ seen: PAGES_MAX, newest: MORNING + PAGES_MAX, isWhole: false });
    expect(await store.orders.due(MORNING, 1_000)).toHaveLength(PAGES_MAX);
  });
});
