/** Suite: messages are stored once, before they are answered, and lead to their order. */
import { expect, test } from "vitest";
import { QUEUE_MAX, REPEAT_WINDOW_MS } from "../../src/store/inbox.ts";
import type { InboxEntry } from "../../src/store/types.ts";
import type { StoreSetup } from "./store.ts";
import { aLabel, aMessage, aShipment, claimed, ORDER_ID, orderId } from "./store-records.ts";

export function inboxSuite(setup: StoreSetup): void {
  repeats(setup);
  targets(setup);
  limits(setup);
}

function repeats(setup: StoreSetup): void {
  test("a message is stored once and makes its order due", async () => {
    const store = await setup.open();
    expect(await store.inbox.ingest(aMessage({ orderName: "#1001" }))).toBe("stored");
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ name: "#1001", dueAt: 10_000, requestedSeq: 1 });
    expect(await store.inbox.ingest(aMessage({ bodyHash: "other", receivedAt: 9_000_000 }))).toBe("duplicate");
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ requestedSeq: 1 });
  });

  test("the same id from another source is another message", async () => {
    const store = await setup.open();
    expect(await store.inbox.ingest(aMessage())).toBe("stored");
    expect(await store.inbox.ingest(aMessage({ source: "easypost" }))).toBe("stored");
  });

  test("a body that is sent again under a new id has no effect for a while, and then has", async () => {
    const store = await setup.open();
    const again = (id: string, patch: Partial<InboxEntry>) =>
      store.inbox.ingest(aMessage({ externalId: id, ...patch }));
    await again("a", {});
    expect(await again("b", { receivedAt: 10_000 + REPEAT_WINDOW_MS })).toBe("duplicate");
    expect(await again("c", { topic: "orders/paid" })).toBe("stored");
    expect(await again("d", { receivedAt: 10_001 + REPEAT_WINDOW_MS })).toBe("stored");
    expect((await store.orders.get(ORDER_ID))?.requestedSeq).toBe(3);
  });

  test("of the same message many times at once one is stored", async () => {
    const store = await setup.open();
    const answers = await Promise.all(Array.from({ length: 50 }, () => store.inbox.ingest(aMessage())));
    expect(answers.filter((answer) => answer === "stored")).toHaveLength(1);
    expect((await store.orders.get(ORDER_ID))?.requestedSeq).toBe(1);
  });
}

function targets(setup: StoreSetup): void {
  test("a message that names only a fulfillment order leads to its order", async () => {
    const store = await setup.open();
    await store.fulfillmentOrders.changed([{ id: "fo-1", orderId: ORDER_ID, orderName: "#1001", updatedAt: 1 }], 1_000);
    await store.inbox.ingest(aMessage({ orderId: null, fulfillmentOrderId: "fo-1" }));
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ requestedSeq: 2, name: "#1001" });
  });

  test("a message that names only a tracker leads to the order of the parcel, and has the parcel asked for", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    await store.fenced(lease, async (tx) => {
      await tx.planShipment(aShipment());
      await tx.updateShipment(aShipment().id, { state: "bought", label: aLabel() });
    });
    await store.shipments.setNextTrackAt(aShipment().id, 900_000);
    await store.inbox.ingest(aMessage({ source: "easypost", orderId: null, trackerId: "trk_1" }));
    expect((await store.orders.get(ORDER_ID))?.requestedSeq).toBe(2);
    expect(await store.shipments.dueForTracking(10_000, 10)).toEqual([aShipment().id]);
  });

  test("a message about something unknown is stored all the same", async () => {
    const store = await setup.open();
    expect(await store.inbox.ingest(aMessage({ orderId: null, fulfillmentOrderId: "fo-9", trackerId: "trk_9" }))).toBe(
      "stored",
    );
    expect((await store.orders.counts()).waiting).toBe(0);
  });

  test("a message without a name adds the order under its number and leaves a known name alone", async () => {
    const store = await setup.open();
    await store.inbox.ingest(aMessage({ orderId: orderId(42) }));
    expect((await store.orders.get(orderId(42)))?.name).toBe("42");
    await store.orders.request([{ id: orderId(42), name: "#1042" }], 1);
    await store.inbox.ingest(aMessage({ orderId: orderId(42), externalId: "message-2", bodyHash: "hash-2" }));
    expect((await store.orders.get(orderId(42)))?.name).toBe("#1042");
  });
}

function limits(setup: StoreSetup): void {
  test("more messages than fit in the queue are refused as busy and the others are stored", async () => {
    const store = await setup.open();
    const outcomes = await Promise.allSettled(
      Array.from({ length: QUEUE_MAX + 10 }, (_, index) =>
        store.inbox.ingest(aMessage({ externalId: `m${index}`, bodyHash: `h${index}` })),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused).toHaveLength(10);
    expect(refused.every((outcome) => outcome.reason.kind === "busy")).toBe(true);
    expect(await store.inbox.prune(Number.MAX_SAFE_INTEGER, QUEUE_MAX * 2)).toBe(QUEUE_MAX);
  });

  test("one message that cannot be stored does not take those beside it along", async () => {
    const store = await setup.open();
    const broken = { ...aMessage({ externalId: "broken", bodyHash: "broken" }), topic: null } as unknown as InboxEntry;
    const outcomes = await Promise.allSettled([
      store.inbox.ingest(aMessage({ externalId: "a", bodyHash: "a" })),
      store.inbox.ingest(broken),
      store.inbox.ingest(aMessage({ externalId: "b", bodyHash: "b", orderId: orderId(2) })),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await store.orders.get(orderId(2))).not.toBeNull();
  });

  test("old messages are pruned in slices, oldest first", async () => {
    const store = await setup.open();
    for (let number = 1; number <= 4; number += 1) {
      await store.inbox.ingest(aMessage({ externalId: `m${number}`, bodyHash: `h${number}`, receivedAt: number }));
    }
    expect(await store.inbox.prune(4, 2)).toBe(2);
    expect(await store.inbox.prune(4, 2)).toBe(1);
    expect(await store.inbox.prune(4, 2)).toBe(0);
    const again = (number: number) =>
      store.inbox.ingest(aMessage({ externalId: `m${number}`, bodyHash: `new${number}`, receivedAt: 5 }));
    expect(await again(4)).toBe("duplicate");
    expect(await again(1)).toBe("stored");
  });

  test("closing waits for messages that are under way and takes no more", async () => {
    const store = await setup.open();
    const under = store.inbox.ingest(aMessage());
    const closed = store.close();
    await expect(store.inbox.ingest(aMessage({ externalId: "late" }))).rejects.toMatchObject({ kind: "busy" });
    expect(await under).toBe("stored");
    await closed;
    await store.close();
    await expect(store.orders.get(ORDER_ID)).rejects.toMatchObject({ kind: "unexpected" });
  });
}
