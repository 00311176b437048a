/** Suite: how orders become known and due, and how they are found. */
import { expect, test } from "vitest";
import { AssertionError } from "../../src/base/errors.ts";
import type { OrderStatus } from "../../src/core/status.ts";
import { REQUEST_MAX, type Store } from "../../src/store/types.ts";
import type { StoreSetup } from "./store.ts";
import { claimed, ORDER_ID, orderId } from "./store-records.ts";

export function orderSuite(setup: StoreSetup): void {
  requests(setup);
  polls(setup);
  resync(setup);
  lookups(setup);
}

function requests(setup: StoreSetup): void {
  test("an unknown order that is requested waits and is due", async () => {
    const store = await setup.open();
    const sequences = await store.orders.request([{ id: ORDER_ID, name: "#1001" }], 1_000);

    expect([...sequences]).toEqual([[ORDER_ID, 1]]);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({
      id: ORDER_ID,
      name: "#1001",
      status: "waiting",
      reason: null,
      statusSince: 1_000,
      firstSeenAt: 1_000,
      dueAt: 1_000,
      requestedSeq: 1,
      doneSeq: 0,
      lastRunAt: null,
      heldBy: null,
      decision: null,
    });
    expect(await store.orders.due(1_000, 10)).toEqual([ORDER_ID]);
    expect(await store.orders.due(999, 10)).toEqual([]);
  });

  test("a second request raises the sequence, moves the due time only to the earlier and forgets the attempts", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    await store.orders.release(lease, 2_000, {
      dueAt: 9_000,
      attempts: 3,
      lastError: { kind: "unavailable", message: "down" },
    });
    await store.orders.request([{ id: ORDER_ID, name: "#1001" }], 12_000);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ dueAt: 9_000, requestedSeq: 2, attempts: 0 });
    await store.orders.request([{ id: ORDER_ID, name: "#1001-renamed" }], 5_000);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ dueAt: 5_000, requestedSeq: 3, name: "#1001-renamed" });
  });

  test("a transaction of too many requests is refused as a whole", async () => {
    const store = await setup.open();
    const orders = Array.from({ length: REQUEST_MAX + 1 }, (_, index) => ({ id: orderId(index), name: `#${index}` }));
    await expect(store.orders.request(orders, 1)).rejects.toBeInstanceOf(AssertionError);
    expect((await store.orders.counts()).waiting).toBe(0);
  });

  test("orders of another shop are neither seen nor changed", async () => {
    const url = setup.url() ?? undefined;
    const mine = await setup.open({ shopId: "shop-1", ...(url && { url }) });
    await claimed(mine);
    const theirs = await setup.open({ shopId: "shop-2", ...(url && { url }) });
    expect(await theirs.orders.get(ORDER_ID)).toBeNull();
    expect(await theirs.orders.due(9_000_000, 10)).toEqual([]);
    expect(await theirs.orders.freeLeases("all")).toBe(0);
    expect((await theirs.orders.counts()).waiting).toBe(0);
    expect((await mine.orders.get(ORDER_ID))?.leaseOwner).toBe("worker-1");
  });
}

function polls(setup: StoreSetup): void {
  test("a poll requests an order only when its time of change differs from the known one", async () => {
    const store = await setup.open();
    const change = { id: ORDER_ID, name: "#1001", updatedAt: 500 };
    expect(await store.orders.requestChanged([change], 1_000)).toBe(1);
    expect(await store.orders.requestChanged([change], 2_000)).toBe(0);
    expect(await store.orders.requestChanged([{ ...change, updatedAt: 501 }], 3_000)).toBe(1);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ requestedSeq: 2, shopUpdatedAt: 501, dueAt: 1_000 });
  });

  test("a poll requests an order of which only the id was known", async () => {
    const store = await setup.open();
    await store.orders.request([{ id: ORDER_ID, name: "#1001" }], 1_000);
    expect(await store.orders.requestChanged([{ id: ORDER_ID, name: "#1001", updatedAt: 500 }], 2_000)).toBe(1);
  });

  test("an unknown order that is over is recorded as skipped and never runs", async () => {
    const store = await setup.open();
    const over = { id: ORDER_ID, name: "#1001", updatedAt: 500 };
    expect(await store.orders.recordOver([over], 1_000)).toBe(0);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({
      status: "skipped",
      reason: "already_fulfilled",
      dueAt: null,
      shopUpdatedAt: 500,
      requestedSeq: 0,
    });
    expect(await store.orders.recordOver([over], 1_000)).toBe(0);
    expect(await store.orders.nextDueAt()).toBeNull();
  });

  test("a known order that is reported as over is looked at when it changed", async () => {
    const store = await setup.open();
    await store.orders.requestChanged([{ id: ORDER_ID, name: "#1001", updatedAt: 500 }], 1_000);
    expect(await store.orders.recordOver([{ id: ORDER_ID, name: "#1001", updatedAt: 600 }], 2_000)).toBe(1);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ status: "waiting", requestedSeq: 2, shopUpdatedAt: 600 });
  });

  test("a changed fulfillment order requests its order once, an unchanged one does not", async () => {
    const store = await setup.open();
    const rows = [
      { id: "fo-1", orderId: ORDER_ID, orderName: "#1001", updatedAt: 1 },
      { id: "fo-2", orderId: ORDER_ID, orderName: "#1001", updatedAt: 1 },
      { id: "fo-3", orderId: orderId(2), orderName: "#1002", updatedAt: 1 },
    ];
    expect(await store.fulfillmentOrders.changed(rows, 1_000)).toBe(2);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ requestedSeq: 1, dueAt: 1_000, status: "waiting" });
    expect(await store.fulfillmentOrders.changed(rows, 2_000)).toBe(0);
    expect(
      await store.fulfillmentOrders.changed(
        rows.map((row) => (row.id === "fo-3" ? { ...row, updatedAt: 2 } : row)),
        3_000,
      ),
    ).toBe(1);
    expect(await store.orders.get(orderId(2))).toMatchObject({ requestedSeq: 2 });
  });

  test("what a run read of a fulfillment order is no news for the poll", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    await store.fenced(lease, (tx) => tx.rememberFulfillmentOrders([{ id: "fo-1", updatedAt: 7 }]));
    const row = { id: "fo-1", orderId: ORDER_ID, orderName: "#1001", updatedAt: 7 };
    expect(await store.fulfillmentOrders.changed([row], 2_000)).toBe(0);
  });
}

function resync(setup: StoreSetup): void {
  test("resync takes unsettled orders that did not run lately, slice by slice, and ends", async () => {
    const store = await setup.open();
    for (let number = 1; number <= 5; number += 1) {
      const lease = await claimed(store, "w", orderId(number));
      await store.orders.release(lease, number === 5 ? 9_000 : 2_000, { dueAt: null, attempts: 0, lastError: null });
    }
    await settle(store, orderId(1), "delivered");
    await store.orders.recordOver([{ id: orderId(6), name: "#6", updatedAt: 1 }], 1);

    expect(await store.orders.requestUnsettled(5_000, 10_000, 2)).toBe(2);
    expect(await store.orders.requestUnsettled(5_000, 10_000, 2)).toBe(1);
    expect(await store.orders.requestUnsettled(5_000, 10_000, 2)).toBe(0);
    expect([...(await store.orders.due(10_000, 10))].sort()).toEqual([2, 3, 4].map(orderId));
  });

  test("another policy asks for what it may decide otherwise, for what runs, and for nothing else", async () => {
    const store = await setup.open();
    const stand = async (number: number, status: OrderStatus, reason: string | null): Promise<void> => {
      const lease = await claimed(store, "w", orderId(number));
      const judgement = { status, reason, reasonInput: {}, decision: null, at: 1_000 + number };
      await store.fenced(lease, (tx) => tx.saveJudgement(judgement));
      await store.orders.release(lease, 2_000, { dueAt: null, attempts: 3, lastError: null });
    };
    const concerned: readonly (readonly [OrderStatus, string | null])[] = [
      ...([["waiting", "held_by_rule"] as const, ["waiting", "not_tagged"] as const] as const),
      ...([["parked", "no_rate"] as const, ["ready_to_ship", null] as const] as const),
      ...([["skipped", "denied"] as const, ["skipped", "skipped_by_rule"] as const] as const),
    ];
    const others: readonly (readonly [OrderStatus, string | null])[] = [
      ...([["waiting", "on_hold"] as const, ["parked", "purchase_outcome_unknown"] as const] as const),
      ...([["skipped", "already_fulfilled"] as const, ["pending_pickup", null] as const] as const),
    ];
    for (const [index, [status, reason]] of [...concerned, ...others].entries()) {
      await stand(index + 1, status, reason);
    }
    // It decides under the old policy right now, whatever it comes to.
    const running = await claimed(store, "w", orderId(99), 3_000);
    expect(await store.orders.requestForPolicy(10_000)).toBe(concerned.length + 1);
    expect([...(await store.orders.due(10_000, 99))].sort()).toEqual(concerned.map((_, index) => orderId(index + 1)));
    expect((await store.orders.get(orderId(1)))?.attempts).toBe(0);
    await store.orders.release(running, 11_000, { dueAt: null, attempts: 0, lastError: null });
    expect(await store.orders.due(11_000, 99)).toContain(orderId(99));
  });

  test("another policy asks for more orders than one transaction takes", async () => {
    const store = await setup.open();
    const many = Array.from({ length: 2_500 }, (_, index) => ({ id: orderId(index + 1), name: `#${index + 1}` }));
    await store.orders.request(many, 50_000);
    expect(await store.orders.requestForPolicy(10_000)).toBe(2_500);
    expect(await store.orders.dueSummary(10_000)).toMatchObject({ count: 2_500 });
  });

  test("resync brings back what a run before the clock was set back planned for later", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    const [ranAt, setBackTo] = [3_600_000, 10_000];
    await store.orders.release(lease, ranAt, { dueAt: ranAt + 2_000, attempts: 1, lastError: null });
    expect(await store.orders.requestUnsettled(5_000, setBackTo, 100)).toBe(1);
    expect(await store.orders.due(setBackTo, 10)).toEqual([ORDER_ID]);
    expect(await store.orders.requestUnsettled(5_000, setBackTo, 100)).toBe(0);
  });

  test("losing every due time loses no unsettled order", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    await store.orders.release(lease, 2_000, { dueAt: null, attempts: 0, lastError: null });
    expect(await store.orders.due(99_999, 10)).toEqual([]);
    await store.orders.requestUnsettled(50_000, 99_999, 100);
    expect(await store.orders.due(99_999, 10)).toEqual([ORDER_ID]);
  });
}

function lookups(setup: StoreSetup): void {
  test("an order is found by its name with and without the number sign, the newest first", async () => {
    const store = await setup.open();
    await store.orders.request([{ id: orderId(1), name: "#1001" }], 1);
    await store.orders.request([{ id: orderId(2), name: "#1001" }], 2);
    for (const typed of ["1001", "#1001", " 1001 "]) {
      expect((await store.orders.findByName(typed)).map((order) => order.id)).toEqual([orderId(2), orderId(1)]);
    }
    expect(await store.orders.findByName("100")).toEqual([]);
  });

  test("a mistyped name leads to the names that were meant", async () => {
    const store = await setup.open();
    const names = ["#1001", "#1010", "#1100", "#2000", "#10012"];
    await store.orders.request(
      names.map((name, index) => ({ id: orderId(index), name })),
      1,
    );
    expect(await store.orders.nearestNames("1011", 2)).toEqual(["#1010", "#1001"]);
    expect(await store.orders.nearestNames("#101", 10)).toEqual(expect.arrayContaining(["#1001", "#1010"]));
    expect(await store.orders.nearestNames("1001234567", 1)).toHaveLength(1);
  });

  test("counts follow every change of status", async () => {
    const store = await setup.open();
    await store.orders.request(
      [1, 2, 3].map((number) => ({ id: orderId(number), name: `#${number}` })),
      1,
    );
    await store.orders.request([{ id: orderId(1), name: "#1" }], 2);
    await store.orders.recordOver([{ id: orderId(4), name: "#4", updatedAt: 1 }], 1);
    await settle(store, orderId(1), "parked");
    await settle(store, orderId(2), "parked");
    await settle(store, orderId(2), "delivered");
    const counts = await store.orders.counts();
    expect(counts).toMatchObject({ waiting: 1, parked: 1, delivered: 1, skipped: 1, in_transit: 0 });
    expect(Object.keys(counts)).toHaveLength(11);
  });

  test("a list is newest first, may ask for statuses and a reason, and goes on where a page ended", async () => {
    const store = await setup.open();
    for (let number = 1; number <= 6; number += 1) {
      await store.orders.request([{ id: orderId(number), name: `#${number}` }], number);
      await settle(store, orderId(number), number % 2 === 0 ? "parked" : "delivered", 100 + number);
    }
    const ids = async (query: Parameters<Store["orders"]["list"]>[0]) =>
      (await store.orders.list(query)).map((order) => order.name);
    expect(await ids({ limit: 3 })).toEqual(["#6", "#5", "#4"]);
    expect(await ids({ limit: 3, before: { statusSince: 104, id: orderId(4) } })).toEqual(["#3", "#2", "#1"]);
    expect(await ids({ statuses: ["parked"], limit: 9 })).toEqual(["#6", "#4", "#2"]);
    expect(await ids({ statuses: ["parked"], reason: "why-4", limit: 9 })).toEqual(["#4"]);
  });

  test("a hold is stored and lifted, and an unknown order cannot be held", async () => {
    const store = await setup.open();
    await store.orders.request([{ id: ORDER_ID, name: "#1001" }], 1);
    const hold = { who: "ann", why: "wrong colour", at: 5, voidLabels: true };
    expect(await store.orders.setHold(ORDER_ID, hold)).toBe(true);
    expect((await store.orders.get(ORDER_ID))?.heldBy).toEqual(hold);
    expect(await store.orders.setHold(ORDER_ID, null)).toBe(true);
    expect((await store.orders.get(ORDER_ID))?.heldBy).toBeNull();
    expect(await store.orders.setHold(orderId(404), hold)).toBe(false);
  });
}

/** Lets an order reach a status as a run does. */
async function settle(store: Store, id: string, status: OrderStatus, at = 50): Promise<void> {
  const lease = await store.orders.claim(id, "settler", 1, 60_000);
  if (lease === null) {
    throw new Error("The order could not be claimed.");
  }
  await store.fenced(lease, (tx) =>
    tx.saveJudgement({ status, reason: `why-${id.split("/").at(-1)}`, reasonInput: {}, decision: [], at }),
  );
  await store.orders.release(lease, 2_000, { dueAt: null, attempts: 0, lastError: null });
}
