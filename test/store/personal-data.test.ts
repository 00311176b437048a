/** What erasing takes, what it leaves, and when: rows only; files and the whole way are in test/e2e. */
import { expect, test } from "vitest";
import type { OrderStatus } from "../../src/core/status.ts";
import type { Lease, Store } from "../../src/store/types.ts";
import { aLabel, aMessage, aShipment, claimed, ORDER_ID } from "../conformance/store-records.ts";
import { useDatabases } from "../support/database.ts";

const databases = useDatabases();
const AT = 1_000;
const REST = { dueAt: null, attempts: 0, lastError: { kind: "rejected", message: "Zperson" } };

function judge(store: Store, lease: Lease, status: OrderStatus, at = AT): Promise<unknown> {
  const facts = { postalCode: "Zperson" };
  return store.fenced(lease, async (tx) => {
    const kept = {
      fulfillmentOrderId: "gid://shopify/FulfillmentOrder/1",
      facts,
      stamp: `${at}`,
      decided: () => facts,
    };
    await tx.saveJudgement({ status, reason: null, reasonInput: facts, decision: { facts }, at, facts: [kept] });
    await tx.addTimeline({ at, kind: "status", message: "Zperson" });
  });
}

/** An order with all that can be stored of a person; judged with `status`, and still leased. */
async function anOrder(store: Store, status: OrderStatus): Promise<Lease> {
  await store.inbox.ingest(aMessage());
  const lease = await claimed(store);
  const key = "buy:1";
  await store.fenced(lease, async (tx) => {
    const label = aLabel({ url: "https://labels.example/Zperson", trackingUrl: "https://track.example/Zperson" });
    const refusal = { cause: "no_rate", code: null, message: "Zperson", at: AT } as const;
    await tx.planShipment(aShipment({ state: "bought", label, refusal }));
    await tx.beginEffect({ key, kind: "fulfil", shipmentId: aShipment().id, input: { rate: "rate_1" } }, AT);
    await tx.settleEffect(key, "refused", { kind: "rejected", message: "Zperson" }, AT);
  });
  await store.orders.setHold(ORDER_ID, { who: "ada", why: "Zperson", at: AT, voidLabels: false });
  await judge(store, lease, status);
  return lease;
}

async function everythingOf(store: Store): Promise<string> {
  return JSON.stringify([
    await store.orders.get(ORDER_ID),
    await store.shipments.ofOrder(ORDER_ID),
    await store.effects.ofOrder(ORDER_ID),
    await store.timeline.ofOrder(ORDER_ID, 100),
    await store.personalData.collect(ORDER_ID),
    await store.orderFacts.ofOrder(ORDER_ID),
  ]);
}

test("an order at its end tells nothing of a person afterwards, and its money is as it was", async () => {
  const store = await databases.open();
  await store.orders.release(await anOrder(store, "delivered"), AT, REST);
  expect((await everythingOf(store)).match(/Zperson/g)?.length).toBeGreaterThan(8);
  expect(await store.personalData.erase(ORDER_ID, "resting", 5_000)).toEqual({
    outcome: "erased",
    shipmentIds: [aShipment().id],
  });
  expect(await everythingOf(store)).not.toContain("Zperson");
  expect(await store.personalData.collect(ORDER_ID)).toMatchObject({ erasedAt: 5_000, messages: 0, timeline: [] });
  const [shipment] = await store.shipments.ofOrder(ORDER_ID);
  const { url: _, trackingUrl: __, ...money } = aLabel();
  expect(shipment).toMatchObject({ state: "bought", fingerprint: "f1", label: money, refusal: { cause: "no_rate" } });
  expect(await store.effects.ofOrder(ORDER_ID)).toMatchObject([{ state: "refused", input: { rate: "rate_1" } }]);
  expect(await store.orders.get(ORDER_ID)).toMatchObject({ status: "delivered", heldBy: { who: "ada" } });
});

test("one that is worked on or moves is left alone; overdue, it is emptied and goes on", async () => {
  const store = await databases.open();
  const lease = await anOrder(store, "in_transit");
  const before = await everythingOf(store);
  for (const mode of ["resting", "overdue", "ending"] as const) {
    expect(await store.personalData.erase(ORDER_ID, mode, 5_000), mode).toEqual({
      outcome: "waiting",
      shipmentIds: [],
    });
  }
  await store.orders.release(lease, AT, { ...REST, dueAt: 9_000 });
  expect((await store.personalData.erase(ORDER_ID, "resting", 5_000)).outcome).toBe("waiting");
  expect((await everythingOf(store)).match(/Zperson/g)?.length).toBeGreaterThanOrEqual(
    before.match(/Zperson/g)?.length ?? 1,
  );
  expect((await store.personalData.erase(ORDER_ID, "overdue", 5_000)).outcome).toBe("waiting");
  expect(await everythingOf(store)).not.toContain("Zperson");
  expect(await store.orders.get(ORDER_ID)).toMatchObject({ status: "in_transit", dueAt: 9_000 });
  // It is not done yet: what it tells from now on goes when it is at its end.
  expect((await store.personalData.collect(ORDER_ID))?.erasedAt).toBeNull();
});

test("of a shop that is gone it is ended, and nobody works on it any more", async () => {
  const store = await databases.open();
  await store.orders.release(await anOrder(store, "in_transit"), AT, { ...REST, dueAt: 2_000 });
  expect((await store.personalData.erase(ORDER_ID, "ending", 5_000)).outcome).toBe("erased");
  expect(await store.orders.get(ORDER_ID)).toMatchObject({ status: "skipped", reason: "shop_erased", dueAt: null });
  expect(await store.orders.due(9_000, 10)).toEqual([]);
  expect(await store.shipments.dueForTracking(1e15, 10)).toEqual([]);
});

test("looked at again it tells nothing anew while it rests, and is an order like any other when it moves", async () => {
  const store = await databases.open();
  await store.orders.release(await anOrder(store, "delivered"), AT, REST);
  await store.personalData.erase(ORDER_ID, "resting", 5_000);
  const again = await claimed(store, "worker-2", ORDER_ID, 6_000);
  await judge(store, again, "delivered", 6_000);
  expect(await store.orders.get(ORDER_ID)).toMatchObject({ decision: null, reasonInput: {} });
  expect(await store.orderFacts.count(0)).toBe(0);
  await judge(store, again, "ready_to_ship", 7_000);
  expect(await store.orders.get(ORDER_ID)).toMatchObject({ reasonInput: { postalCode: "Zperson" } });
  expect((await store.personalData.collect(ORDER_ID))?.erasedAt).toBeNull();
});

test("past its retention an order at its end is emptied once; one that moves is not, however old", async () => {
  const store = await databases.open();
  const lease = await anOrder(store, "in_transit");
  const aCall = { key: "void:1", kind: "void", shipmentId: aShipment().id, input: {} } as const;
  expect(await store.personalData.eraseOlder(1e15, 10, 5_000)).toBe(0);
  await judge(store, lease, "delivered", 2_000);
  // A run works on it.
  expect(await store.personalData.eraseOlder(1e15, 10, 2_000)).toBe(0);
  await store.fenced(lease, (tx) => tx.beginEffect(aCall, 2_000));
  await store.orders.release(lease, 2_000, REST);
  // A call has no answer yet: what it was about must stay readable.
  expect(await store.personalData.eraseOlder(1e15, 10, 5_000)).toBe(0);
  const next = await claimed(store, "worker-2", ORDER_ID, 5_000);
  await store.fenced(next, (tx) => tx.settleEffect(aCall.key, "absent", null, 5_000));
  await store.orders.release(next, 5_000, REST);
  expect(await store.personalData.eraseOlder(2_000, 10, 5_000)).toBe(0);
  expect(await store.personalData.eraseOlder(2_001, 10, 5_000)).toBe(1);
  expect(await store.personalData.eraseOlder(2_001, 10, 6_000)).toBe(0);
  const { timeline, ...rows } = (await store.personalData.collect(ORDER_ID)) ?? expect.fail();
  expect(JSON.stringify(rows)).not.toContain("Zperson");
  expect(rows).toMatchObject({ erasedAt: 5_000, erasedFor: "age" });
  // The timeline has a retention of its own.
  expect(timeline).not.toEqual([]);
});

test("asked again, a request is open again, and no second row", async () => {
  const store = await databases.open();
  const redact = { kind: "redact", orderIds: [ORDER_ID] } as const;
  await store.personalData.request(redact, 1);
  await store.personalData.finish("redact", [ORDER_ID], "done", 2);
  expect(await store.personalData.open("redact", 10)).toEqual([]);
  await store.inbox.ingest(aMessage({ orderId: null, personalData: redact }));
  expect(await store.personalData.list(10)).toMatchObject([{ orderId: ORDER_ID, receivedAt: 10_000, doneAt: null }]);
});

test("what was asked for is told apart from what age emptied", async () => {
  const store = await databases.open();
  await store.orders.release(await anOrder(store, "delivered"), AT, REST);
  const erasedFor = async () => (await store.personalData.collect(ORDER_ID))?.erasedFor;
  expect(await erasedFor()).toBeNull();
  await store.personalData.eraseOlder(1e15, 10, 5_000);
  expect(await erasedFor()).toBe("age");
  await store.personalData.request({ kind: "redact", orderIds: [ORDER_ID] }, 6_000);
  expect(await erasedFor()).toBe("age");
  await store.personalData.erase(ORDER_ID, "resting", 7_000);
  expect(await erasedFor()).toBe("request");
  await store.personalData.finish("redact", [ORDER_ID], "done", 8_000);
  expect(await erasedFor()).toBe("request");
});
