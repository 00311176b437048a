/** What is kept of orders for judging them again: written when it is news, read page by page, erased with the order. */
import { expect, it } from "vitest";
import type { FactsDraft } from "../../src/store/order-facts.ts";
import type { Lease, Store } from "../../src/store/types.ts";
import type { StoreSetup } from "./store.ts";
import { claimed, ORDER_ID, orderId } from "./store-records.ts";

function draft(patch: Partial<FactsDraft> = {}): FactsDraft {
  return {
    fulfillmentOrderId: "gid://shopify/FulfillmentOrder/1",
    facts: { tags: ["a"] },
    stamp: "policy waiting",
    decided: () => ({ status: "waiting" }),
    ...patch,
  };
}

function keep(store: Store, lease: Lease, at: number, ...facts: readonly FactsDraft[]): Promise<boolean> {
  const judgement = { status: "waiting", reason: null, reasonInput: {}, decision: null } as const;
  return store.fenced(lease, (tx) => tx.saveJudgement({ ...judgement, at, facts }));
}

export function orderFactsSuite({ open, url }: StoreSetup): void {
  it("keeps facts with what was decided on them", async () => {
    const store = await open();
    await keep(store, await claimed(store), 1_000, draft());
    const row = { orderId: ORDER_ID, fulfillmentOrderId: draft().fulfillmentOrderId, at: 1_000 };
    const stored = [{ ...row, facts: { tags: ["a"] }, decided: { status: "waiting" } }];
    expect(await store.orderFacts.ofOrder(ORDER_ID)).toEqual(stored);
    expect(await store.orderFacts.page(1_000, 10)).toEqual(stored);
    expect(await store.orderFacts.page(1_001, 10)).toEqual([]);
  });

  it("writes, and asks what was decided, only when facts or stamp are news", async () => {
    const store = await open();
    const lease = await claimed(store);
    let asked = 0;
    const counted = (patch: Partial<FactsDraft> = {}) =>
      draft({
        decided: () => {
          asked += 1;
          return { status: "waiting" };
        },
        ...patch,
      });
    const at = async () => (await store.orderFacts.ofOrder(ORDER_ID)).map((row) => row.at);
    await keep(store, lease, 1_000, counted());
    await keep(store, lease, 2_000, counted());
    expect([await at(), asked]).toEqual([[1_000], 1]);
    await keep(store, lease, 3_000, counted({ facts: { tags: ["b"] } }));
    expect([await at(), asked]).toEqual([[3_000], 2]);
    await keep(store, lease, 4_000, counted({ facts: { tags: ["b"] }, stamp: "policy parked" }));
    expect([await at(), asked]).toEqual([[4_000], 3]);
    // Nothing to keep any more: the label is bought, and what was decided on stays.
    await keep(store, lease, 5_000);
    expect(await at()).toEqual([4_000]);
  });

  it("gives every row once, whatever the size of a page, and only those of the shop", async () => {
    const shared = url();
    const at = shared === null ? {} : { url: shared };
    const store = await open({ shopId: "a.example", ...at });
    for (const number of [3, 1, 2]) {
      const lease = await claimed(store, "worker", orderId(number));
      await keep(
        store,
        lease,
        1_000 + number,
        draft(),
        draft({ fulfillmentOrderId: "gid://shopify/FulfillmentOrder/2" }),
      );
    }
    if (shared !== null) {
      const other = await open({ shopId: "b.example", ...at });
      await keep(other, await claimed(other), 1_001, draft());
    }
    for (const limit of [1, 4, 100]) {
      const seen: string[] = [];
      for (let page = await store.orderFacts.page(1_002, limit); page.length > 0; ) {
        seen.push(...page.map((row) => `${row.orderId} ${row.fulfillmentOrderId.at(-1)}`));
        page = await store.orderFacts.page(1_002, limit, page.at(-1));
      }
      expect(seen).toEqual([2, 2, 3, 3].map((number, index) => `${orderId(number)} ${(index % 2) + 1}`));
    }
    expect(await store.orderFacts.count(1_002)).toBe(4);
  });
}
