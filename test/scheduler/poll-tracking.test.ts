/** The tracking poll: asks rarely at first and often near the door, and misses no news that a webhook tells of. */
import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/time.ts";
import type { TrackerStatus } from "../../src/sandbox/easypost/journeys.ts";
import type { Store } from "../../src/store/types.ts";
import { intercept, type Shop, withShop } from "../support/shop-bench.ts";
import { taskOf } from "./tasks.ts";

const UNIT = 15 * MINUTE_MS;

async function shipped(shop: Shop): Promise<{ order: string; shipment: string; tracker: string }> {
  const order = shop.addOrder();
  await shop.reconcile(order);
  const [record] = await shop.store.shipments.ofOrder(order);
  return { order, shipment: record?.id ?? "", tracker: record?.label?.trackerId ?? "" };
}

/** When the parcel is asked for next; `null`: never. */
async function nextAsk(shop: Shop, shipment: string): Promise<number | null> {
  const horizon = shop.clock.now() + 400 * DAY_MS;
  if (!(await shop.store.shipments.dueForTracking(horizon, 1_000)).includes(shipment)) {
    return null;
  }
  let [low, high] = [shop.clock.now() - 1, horizon];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const isDue = (await shop.store.shipments.dueForTracking(middle, 1_000)).includes(shipment);
    [low, high] = isDue ? [low, middle] : [middle, high];
  }
  return high;
}

const poll = async (shop: Shop): Promise<void> => (await taskOf(shop, "poll_tracking")).run();

test("a parcel is asked for from the moment it is bought, and its news make its order due", async () => {
  await withShop({}, async (shop) => {
    const { order, shipment, tracker } = await shipped(shop);
    expect(await nextAsk(shop, shipment)).toBe(shop.clock.now());
    shop.clock.move(1_000);
    shop.sandbox.easypost.advanceTracker(tracker, "pre_transit");
    await poll(shop);
    expect((await shop.store.shipments.get(shipment))?.tracking).toMatchObject([{ status: "pre_transit" }]);
    expect(await shop.store.orders.due(shop.clock.now(), 10)).toEqual([order]);
    await shop.drain();
    expect(shop.ledger(order).events).toEqual(["CONFIRMED"]);
  });
});

const CADENCE: readonly [TrackerStatus, number | null][] = [
  ["pre_transit", 4],
  ["in_transit", 4],
  ["out_for_delivery", 1],
  ["available_for_pickup", 4],
  ["delivered", null],
  ["return_to_sender", null],
  ["failure", null],
];

test.each(CADENCE)("a parcel that is %s is asked for again after %s intervals", async (status, intervals) => {
  await withShop({}, async (shop) => {
    const { shipment, tracker } = await shipped(shop);
    shop.clock.move(1_000);
    shop.sandbox.easypost.advanceTracker(tracker, status);
    await poll(shop);
    expect(await nextAsk(shop, shipment)).toBe(intervals === null ? null : shop.clock.now() + intervals * UNIT);
  });
});

test("a parcel without news for weeks is given up, and a webhook takes it up again", async () => {
  await withShop({}, async (shop) => {
    const { order, shipment, tracker } = await shipped(shop);
    shop.sandbox.easypost.advanceTracker(tracker, "pre_transit");
    await poll(shop);
    shop.clock.move(46 * DAY_MS);
    await poll(shop);
    expect(await nextAsk(shop, shipment)).toBeNull();
    shop.sandbox.easypost.advanceTracker(tracker, "in_transit");
    await tell(shop, shop.store, tracker);
    await poll(shop);
    await shop.drain();
    expect(await shop.row(order)).toMatchObject({ status: "in_transit" });
  });
});

async function tell(shop: Shop, store: Store, trackerId: string): Promise<void> {
  const receivedAt = shop.clock.now();
  await store.inbox.ingest({
    ...{ source: "easypost", externalId: `evt-${receivedAt}`, topic: "tracker.updated", bodyHash: `${receivedAt}` },
    ...{ receivedAt, orderId: null, fulfillmentOrderId: null, trackerId },
  });
}

test("a webhook makes its parcel the next to be asked for", async () => {
  await withShop({}, async (shop) => {
    const { shipment, tracker } = await shipped(shop);
    await poll(shop);
    const planned = await nextAsk(shop, shipment);
    expect(planned).toBeGreaterThan(shop.clock.now());
    shop.clock.move(MINUTE_MS);
    await tell(shop, shop.store, tracker);
    expect(await nextAsk(shop, shipment)).toBe(shop.clock.now());
  });
});

test("a webhook that comes while the provider is being asked is not lost", async () => {
  await withShop({}, async (shop) => {
    const { order, shipment, tracker } = await shipped(shop);
    shop.clock.move(HOUR_MS);
    const { provider } = shop.remotes;
    const asking = intercept(provider, "track", async (parcel) => {
      const before = await provider.track(parcel);
      // The answer is on its way when the carrier scans the parcel.
      shop.clock.move(1_000);
      shop.sandbox.easypost.advanceTracker(tracker, "in_transit");
      await tell(shop, shop.store, tracker);
      return before;
    });
    await (await taskOf(shop, "poll_tracking", { remotes: { provider: asking } })).run();
    expect((await shop.store.shipments.get(shipment))?.tracking).toEqual([]);
    expect(await nextAsk(shop, shipment)).toBe(shop.clock.now());
    await poll(shop);
    await shop.drain();
    expect(await shop.row(order)).toMatchObject({ status: "in_transit" });
  });
});

test("a parcel that the provider cannot find holds up no other and does not fail the task", async () => {
  await withShop({}, async (shop) => {
    const parcels = [];
    for (let count = 0; count < 12; count += 1) {
      parcels.push(await shipped(shop));
    }
    shop.clock.move(1_000);
    const { provider } = shop.remotes;
    const lost = new Set(parcels.slice(0, 8).map(({ tracker }) => tracker));
    const { RemoteError } = await import("../../src/base/errors.ts");
    const asking = intercept(provider, "track", async (parcel) => {
      if (lost.has(parcel.trackerId ?? "")) {
        throw new RemoteError({ remote: "shipping", operation: "GET /trackers", kind: "missing", message: "no such" });
      }
      return provider.track(parcel);
    });
    for (const { tracker } of parcels) {
      shop.sandbox.easypost.advanceTracker(tracker, "in_transit");
    }
    await (await taskOf(shop, "poll_tracking", { remotes: { provider: asking } })).run();
    const histories = await Promise.all(parcels.map(({ shipment }) => shop.store.shipments.get(shipment)));
    expect(histories.map((record) => record?.tracking.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(shop.logged("parcel could not be followed")).toHaveLength(8);
    expect(await nextAsk(shop, parcels[0]?.shipment ?? "")).toBe(shop.clock.now() + UNIT);
  });
});

test("a provider that is down fails the task, and the parcels are asked for later", async () => {
  await withShop({}, async (shop) => {
    const { shipment } = await shipped(shop);
    shop.sandbox.faults.setPlan({ rates: { server_error_before: 1 }, delayMaxMs: 0 });
    await expect(poll(shop)).rejects.toMatchObject({ kind: "unavailable" });
    expect(await nextAsk(shop, shipment)).toBeGreaterThan(shop.clock.now());
    expect((await shop.store.remotes.list()).find(({ remote }) => remote === "shipping")?.state).toBe("unreachable");
  });
});

test("more parcels than one slice are all asked for in one poll", async () => {
  await withShop({}, async (shop) => {
    const { shipment } = await shipped(shop);
    const template = (await shop.store.shipments.get(shipment)) ?? expect.fail();
    const order = template.orderId;
    const lease = (await shop.store.orders.claim(order, "me", shop.clock.now(), 60_000)) ?? expect.fail();
    await shop.store.fenced(lease, async (tx) => {
      for (let parcel = 2; parcel <= 130; parcel += 1) {
        const id = `${template.id}-${parcel}`;
        await tx.planShipment({ ...template, id, reference: id, parcelNumber: parcel, state: "planned", label: null });
        await tx.updateShipment(id, { state: "bought", label: template.label });
      }
    });
    let asked = 0;
    const counting = intercept(shop.remotes.provider, "track", async () => {
      asked += 1;
      return [];
    });
    await (await taskOf(shop, "poll_tracking", { remotes: { provider: counting } })).run();
    expect(asked).toBe(130);
  });
});

test("a voided label is asked for no more", async () => {
  await withShop({}, async (shop) => {
    const { order, shipment } = await shipped(shop);
    await shop.store.orders.setHold(order, { who: "ada", why: "wrong", at: shop.clock.now(), voidLabels: true });
    await shop.reconcile(order);
    expect(await nextAsk(shop, shipment)).toBeNull();
  });
});
