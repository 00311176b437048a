/** Suite: two workers never work on one order, and one that lost its lease writes nothing. */
import { expect, test } from "vitest";
import { AssertionError } from "../../src/base/errors.ts";
import type { FencedWriter } from "../../src/store/types.ts";
import type { StoreSetup } from "./store.ts";
import { aShipment, claimed, ORDER_ID, orderId } from "./store-records.ts";

const REST = { dueAt: null, attempts: 0, lastError: null };

export function leaseSuite(setup: StoreSetup): void {
  claims(setup);
  releases(setup);
  fences(setup);
}

function claims(setup: StoreSetup): void {
  test("an order is leased to one worker until the time ends", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    expect(lease).toEqual({ orderId: ORDER_ID, owner: "worker-1", version: 1, requestedSeq: 1, until: 61_000 });
    expect(await store.orders.claim(ORDER_ID, "worker-2", 60_999, 60_000)).toBeNull();
    expect(await store.orders.claim(ORDER_ID, "worker-2", 61_000, 60_000)).toMatchObject({ version: 2 });
    expect(await store.orders.claim(orderId(404), "worker-2", 1, 1)).toBeNull();
  });

  test("of many claims at once one wins", async () => {
    const url = setup.url();
    const stores = url === null ? [await setup.open()] : await Promise.all([1, 2, 3].map(() => setup.open({ url })));
    await stores[0]?.orders.request([{ id: ORDER_ID, name: "#1001" }], 1);
    const claims = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        stores[index % stores.length]?.orders.claim(ORDER_ID, `worker-${index}`, 1_000, 60_000),
      ),
    );
    expect(claims.filter((lease) => lease !== null)).toHaveLength(1);
  });

  test("a leased order is not due for others until its lease ends, and then it is", async () => {
    const store = await setup.open();
    await claimed(store);
    await store.orders.request([{ id: orderId(2), name: "#1002" }], 70_000);
    expect(await store.orders.due(5_000, 10)).toEqual([]);
    expect(await store.orders.dueSummary(5_000)).toEqual({ count: 0, oldestAt: null });
    expect(await store.orders.nextDueAt()).toBe(61_000);
    expect(await store.orders.due(61_000, 10)).toEqual([ORDER_ID]);
    expect(await store.orders.due(70_000, 10)).toEqual([ORDER_ID, orderId(2)]);
    expect(await store.orders.due(70_000, 1)).toEqual([ORDER_ID]);
    expect(await store.orders.dueSummary(70_000)).toEqual({ count: 2, oldestAt: 1_000 });
  });

  test("the order of a run that died is due again even if it was not due before", async () => {
    const store = await setup.open();
    const first = await claimed(store);
    await store.orders.release(first, 2_000, { ...REST, dueAt: 900_000 });
    await store.orders.claim(ORDER_ID, "worker-2", 3_000, 10_000);
    expect(await store.orders.due(13_000, 10)).toEqual([ORDER_ID]);
  });

  test("a lease from before the clock was set back by an hour holds nobody up", async () => {
    const store = await setup.open();
    const hourLater = 3_600_000;
    await store.orders.request([{ id: ORDER_ID, name: "#1001" }], 1_000);
    const lease = await store.orders.claim(ORDER_ID, "dead", hourLater, 60_000);
    expect(await store.orders.due(2_000, 10)).toEqual([ORDER_ID]);
    expect(await store.orders.claim(ORDER_ID, "alive", 2_000, 60_000)).toMatchObject({
      version: (lease?.version ?? 0) + 1,
    });
    expect(await store.orders.due(2_000, 10)).toEqual([]);
  });

  test("leases of dead owners are freed at once", async () => {
    const store = await setup.open();
    await claimed(store, "dead", orderId(1));
    await claimed(store, "alive", orderId(2));
    expect(await store.orders.freeLeases(["dead", "unknown"])).toBe(1);
    expect(await store.orders.due(1_000, 10)).toEqual([orderId(1)]);
    expect(await store.orders.freeLeases([])).toBe(0);
    expect(await store.orders.freeLeases("all")).toBe(1);
    expect(await store.orders.due(1_000, 10)).toEqual([orderId(1), orderId(2)]);
  });

  test("an owner can give back the lease on one order without the lease, and nobody else's", async () => {
    const store = await setup.open();
    await claimed(store, "worker-1", orderId(1));
    await claimed(store, "worker-1", orderId(2));
    expect(await store.orders.freeLease(orderId(1), "worker-2")).toBe(false);
    expect(await store.orders.freeLease(orderId(1), "worker-1")).toBe(true);
    expect(await store.orders.freeLease(orderId(1), "worker-1")).toBe(false);
    expect(await store.orders.due(1_000, 10)).toEqual([orderId(1)]);
  });

  test("a lease is extended as long as nobody took it, also after its end", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    expect(await store.orders.extend(lease, 70_000, 60_000)).toBe(true);
    expect(await store.orders.claim(ORDER_ID, "worker-2", 129_999, 1)).toBeNull();
    await store.orders.claim(ORDER_ID, "worker-2", 130_000, 60_000);
    expect(await store.orders.extend(lease, 130_001, 60_000)).toBe(false);
  });
}

function releases(setup: StoreSetup): void {
  test("a release remembers how the run ended and when the next is due", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    const lastError = { kind: "unavailable", message: "the shop did not answer" };
    expect(await store.orders.release(lease, 2_000, { dueAt: 5_000, attempts: 2, lastError })).toBe(true);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({
      leaseOwner: null,
      leaseUntil: null,
      dueAt: 5_000,
      attempts: 2,
      lastError,
      lastRunAt: 2_000,
      doneSeq: 1,
    });
    expect(await store.orders.release(lease, 3_000, REST)).toBe(false);
  });

  test("a request that comes during a run causes another run at once", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    await store.orders.request([{ id: ORDER_ID, name: "#1001" }], 1_500);
    await store.orders.release(lease, 2_000, { dueAt: 900_000, attempts: 4, lastError: null });
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ dueAt: 2_000, doneSeq: 1, requestedSeq: 2, attempts: 0 });
    const again = await store.orders.claim(ORDER_ID, "worker-1", 2_000, 1);
    expect(again).toMatchObject({ requestedSeq: 2, version: 2 });
  });

  for (const owner of ["worker-2", "worker-1"]) {
    test(`a run that lost its lease cannot extend or release the next one, held by ${owner}`, async () => {
      const store = await setup.open();
      const old = await claimed(store, "worker-1");
      await store.orders.claim(ORDER_ID, owner, 61_000, 60_000);
      expect(await store.orders.extend(old, 61_001, 900_000)).toBe(false);
      expect(await store.orders.release(old, 61_001, REST)).toBe(false);
      expect(await store.orders.get(ORDER_ID)).toMatchObject({
        leaseOwner: owner,
        leaseUntil: 121_000,
        lastRunAt: null,
        doneSeq: 0,
      });
    });
  }
}

function fences(setup: StoreSetup): void {
  test("a stale lease cannot write, whoever took the order since, even under the same name", async () => {
    const store = await setup.open();
    const old = await claimed(store);
    for (const owner of ["worker-2", "worker-1"]) {
      await store.orders.freeLeases("all");
      await store.orders.claim(ORDER_ID, owner, 70_000, 60_000);
      await expect(store.fenced(old, (tx) => tx.planShipment(aShipment()))).rejects.toMatchObject({
        kind: "lease_lost",
      });
    }
    expect(await store.shipments.ofOrder(ORDER_ID)).toEqual([]);
  });

  test("a lease that was given back cannot write", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    await store.orders.release(lease, 2_000, REST);
    await expect(store.fenced(lease, (tx) => tx.rememberName("#9"))).rejects.toMatchObject({ kind: "lease_lost" });
    expect((await store.orders.get(ORDER_ID))?.name).toBe("#1001");
  });

  test("a lease that ended but that nobody took may still write", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    await store.fenced(lease, (tx) => tx.rememberName("#1001-B"));
    expect((await store.orders.get(ORDER_ID))?.name).toBe("#1001-B");
  });

  test("a fenced callback that throws leaves nothing, and its error comes back", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    const trouble = new Error("trouble");
    await expect(
      store.fenced(lease, async (tx) => {
        await tx.planShipment(aShipment());
        await tx.addTimeline({ at: 1, kind: "k", message: "m" });
        throw trouble;
      }),
    ).rejects.toBe(trouble);
    expect(await store.shipments.ofOrder(ORDER_ID)).toEqual([]);
    expect(await store.timeline.ofOrder(ORDER_ID, 10)).toEqual([]);
  });

  test("a fenced writer cannot be used after its transaction", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    let escaped: FencedWriter | null = null;
    await store.fenced(lease, async (tx) => {
      escaped = tx;
    });
    const writer = escaped as unknown as FencedWriter;
    await expect(writer.rememberName("#9")).rejects.toBeInstanceOf(AssertionError);
  });

  test("a fenced write that is not awaited takes the transaction back", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    let forgotten: Promise<void> = Promise.resolve();
    const outcome = store.fenced(lease, async (tx) => {
      forgotten = tx.rememberName("#9");
    });
    await expect(outcome).rejects.toBeInstanceOf(AssertionError);
    await Promise.allSettled([forgotten]);
    expect((await store.orders.get(ORDER_ID))?.name).toBe("#1001");
  });

  test("using the store inside a fenced callback is refused instead of waiting for ever", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    for (const use of [
      () => store.orders.get(ORDER_ID),
      () => store.orders.request([{ id: ORDER_ID, name: "#1001" }], 1),
      () => store.fenced(lease, async () => undefined),
      () => store.inbox.ingest({ ...MESSAGE, externalId: "inside" }),
    ]) {
      await expect(store.fenced(lease, async () => await use())).rejects.toBeInstanceOf(AssertionError);
    }
    expect((await store.orders.get(ORDER_ID))?.requestedSeq).toBe(1);
  });

  test("work at the same time outside a fenced callback waits for it and is not part of it", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const fenced = store.fenced(lease, async (tx) => {
      await tx.rememberName("#9");
      begun.resolve();
      await goOn.promise;
      throw new Error("taken back");
    });
    await begun.promise;
    const request = store.orders.request([{ id: orderId(2), name: "#1002" }], 1);
    const read = store.orders.get(ORDER_ID);
    goOn.resolve();
    await expect(fenced).rejects.toThrow("taken back");
    await request;
    expect((await read)?.name).toBe("#1001");
    expect(await store.orders.get(orderId(2))).not.toBeNull();
  });
}

const MESSAGE = {
  source: "shopify",
  topic: "orders/updated",
  bodyHash: "h",
  receivedAt: 1,
  orderId: ORDER_ID,
  fulfillmentOrderId: null,
} as const;
