/**
 * What every implementation of the port `Shop` must do, run on the real thing behind a real wire. A shop joins by giving a
 * `ShopWorld`: the port, and the hands of a merchant on the other side.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AssertionError } from "../../src/base/errors.ts";
import { findFulfillmentByTracking, type Order } from "../../src/core/order.ts";
import { type DurationMs, type Instant, MINUTE_MS, SECOND_MS } from "../../src/core/time.ts";
import type { FulfilmentRequest, Page, Shop } from "../../src/ports/shop.ts";

export interface OrderToPlace {
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly lines?: readonly { readonly sku: string; readonly quantity: number; readonly grams: number | null }[];
}

/** What the other side says that it was told to ship. */
export interface ShippedUnits {
  readonly orderId: string;
  readonly lines: readonly { readonly sku: string | null; readonly quantity: number }[];
  readonly company: string | null;
  readonly trackingNumbers: readonly string[];
  readonly trackingUrls: readonly string[];
  readonly notifyCustomer: boolean;
}

export interface ShopWorld {
  readonly shop: Shop;
  now(): Instant;
  /** Time goes by on both sides; enough of it and every search index has caught up. */
  pass(durationMs: DurationMs): void;
  placeOrder(order?: OrderToPlace): { readonly id: string; readonly name: string };
  cancelOrder(name: string): void;
  holdOrder(name: string): void;
  cancelFulfillment(id: string): void;
  shipped(): readonly ShippedUnits[];
  /** The next `fulfil` happens, and its answer is lost on the way. */
  loseAnswerToFulfil(): void;
  refuseCredential(): void;
  /** Ids of this shop's form behind which there is nothing. */
  readonly absent: { readonly order: string; readonly fulfillmentOrder: string; readonly fulfillment: string };
  readonly webhook: { readonly topic: string; readonly uri: string; readonly refusedUri: string };
  close(): Promise<void>;
}

const TRACKING = { company: "USPS", number: "9400100000000000000001", url: "https://track.example/1" };
const LAG_MS = MINUTE_MS;

export function describeShop(name: string, open: () => Promise<ShopWorld>): void {
  describe(`${name} as a shop`, () => {
    let world: ShopWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());

    describeReads(() => world);
    describeChanges(() => world);
    describeFulfilling(() => world);
    describeMarks(() => world);
    describeWebhooks(() => world);
  });
}

async function readExisting(world: ShopWorld, id: string): Promise<Order> {
  const order = await world.shop.readOrder(id);
  if (order === null) {
    throw new Error(`there is no order ${id}`);
  }
  return order;
}

/** A request that ships the first fulfillment order of this order whole, unless told otherwise. */
async function requestFor(world: ShopWorld, id: string, quantity?: number): Promise<FulfilmentRequest> {
  const [fulfillmentOrder] = (await readExisting(world, id)).fulfillmentOrders.filter((item) => item.canFulfil);
  if (fulfillmentOrder === undefined) {
    throw new Error(`order ${id} has nothing to ship`);
  }
  return {
    fulfillmentOrderId: fulfillmentOrder.id,
    lines: fulfillmentOrder.lines.map((line) => ({ id: line.id, quantity: quantity ?? line.quantityRemaining })),
    tracking: TRACKING,
    notifyCustomer: true,
  };
}

async function allPages<T>(read: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await read(cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

function describeReads(world: () => ShopWorld): void {
  it("says who it is", async () => {
    const identity = await world().shop.identify();
    expect(identity).toEqual({
      name: expect.stringMatching(/./),
      domain: expect.stringMatching(/^[a-z0-9.-]+$/),
      currency: expect.stringMatching(/^[A-Z]{3}$/),
      timeZone: expect.stringContaining("/"),
      kind: "development",
      scopes: expect.any(Array),
    });
  });

  it("gives a new order whole and at once", async () => {
    const lines = [
      { sku: "MUG", quantity: 2, grams: 350 },
      { sku: "CARD", quantity: 1, grams: null },
    ];
    const { id, name } = world().placeOrder({ lines, tags: ["ready_to_ship"] });
    const order = await readExisting(world(), id);
    expect(order).toMatchObject({ id, name, tags: ["ready_to_ship"], cancelledAt: null, incomplete: [] });
    expect(order.fulfillmentOrders).toHaveLength(1);
    expect(order.fulfillmentOrders[0]).toMatchObject({ status: "open", canFulfil: true });
    expect(
      order.fulfillmentOrders[0]?.lines.map((line) => [line.sku, line.quantityRemaining, line.weightGrams]),
    ).toEqual([
      ["MUG", 2, 350],
      ["CARD", 1, null],
    ]);
  });

  it("gives each of many simultaneous readers their own order, and nothing for what is not there", async () => {
    const placed = Array.from({ length: 30 }, () => world().placeOrder());
    const ids = [...placed.map((order) => order.id), world().absent.order, "no id at all"];
    const orders = await Promise.all(ids.map((id) => world().shop.readOrder(id)));
    expect(orders.map((order) => order?.name ?? null)).toEqual([...placed.map((order) => order.name), null, null]);
  });

  it("finds orders by their exact name only, with and without the sign", async () => {
    const wanted = world().placeOrder({ name: "#2001" });
    world().placeOrder({ name: "#2001-A" });
    world().placeOrder({ name: "#20011" });
    const bare = world().placeOrder({ name: "EU 2002" });
    world().pass(LAG_MS);
    expect(await world().shop.findOrders("#2001")).toEqual([wanted]);
    expect(await world().shop.findOrders("2001")).toEqual([wanted]);
    expect(await world().shop.findOrders("EU 2002")).toEqual([bare]);
    expect(await world().shop.findOrders("2002")).toEqual([]);
    expect(await world().shop.findOrders("O'Neil")).toEqual([]);
    expect(await world().shop.findOrders("#")).toEqual([]);
  });

  it("throws `unauthorized` with a remedy once the credential is refused", async () => {
    const { id } = world().placeOrder();
    world().refuseCredential();
    await expect(world().shop.readOrder(id)).rejects.toMatchObject({
      kind: "unauthorized",
      remedy: expect.stringMatching(/./),
    });
  });
}

function describeChanges(world: () => ShopWorld): void {
  it("lists what changed at or after an instant, to the time of day, oldest first", async () => {
    const before = world().placeOrder();
    world().pass(2 * SECOND_MS);
    const since = world().now();
    const first = world().placeOrder();
    world().pass(10 * SECOND_MS);
    const second = world().placeOrder();
    world().pass(LAG_MS);

    const names = (await allPages((cursor) => world().shop.changedOrders(since, cursor))).map((item) => item.name);
    expect(names).toEqual([first.name, second.name]);
    expect(names).not.toContain(before.name);
  });

  it("pages through many changes without leaving one out, also one that changes meanwhile", async () => {
    const since = world().now();
    const placed = Array.from({ length: 260 }, () => world().placeOrder());
    world().pass(LAG_MS);
    const page = await world().shop.changedOrders(since, null);
    expect(page.nextCursor).not.toBeNull();

    const touched = placed[0];
    world().cancelOrder(touched?.name ?? "");
    world().pass(LAG_MS);
    const rest = await allPages((cursor) => world().shop.changedOrders(since, cursor ?? page.nextCursor));
    const seen = [...page.items, ...rest].map((item) => item.id);
    expect(new Set(seen)).toEqual(new Set(placed.map((order) => order.id)));
    expect(rest.map((item) => item.id)).toContain(touched?.id);
  });

  it("says which orders have nothing left to ship", async () => {
    const since = world().now();
    const open = world().placeOrder();
    const cancelled = world().placeOrder();
    const shipped = world().placeOrder();
    world().cancelOrder(cancelled.name);
    await world().shop.fulfil(await requestFor(world(), shipped.id));
    world().pass(LAG_MS);
    const changes = await allPages((cursor) => world().shop.changedOrders(since, cursor));
    const over = new Map(changes.map((item) => [item.id, item.over]));
    expect([over.get(open.id), over.get(cancelled.id), over.get(shipped.id)]).toEqual([false, false, true]);
  });

  it("lists a hold among the fulfillment orders, since the order itself does not change", async () => {
    const { id, name } = world().placeOrder();
    world().pass(LAG_MS);
    const since = world().now();
    world().holdOrder(name);
    world().pass(LAG_MS);
    expect(await allPages((cursor) => world().shop.changedOrders(since, cursor))).toEqual([]);
    const changes = await allPages((cursor) => world().shop.changedFulfillmentOrders(since, cursor));
    expect(changes.map((item) => [item.orderId, item.orderName])).toEqual([[id, name]]);
    const [held] = (await readExisting(world(), id)).fulfillmentOrders;
    expect(held).toMatchObject({ status: "on_hold", canFulfil: false });
    expect(held?.holds).toHaveLength(1);
  });
}

function describeFulfilling(world: () => ShopWorld): void {
  it("ships exactly the units asked for, with carrier, number and link", async () => {
    const { id } = world().placeOrder({ lines: [{ sku: "MUG", quantity: 3, grams: 350 }] });
    const outcome = await world().shop.fulfil(await requestFor(world(), id, 2));
    expect(outcome).toEqual({ outcome: "done", value: { fulfillmentId: expect.any(String) } });
    expect(world().shipped()).toEqual([
      {
        orderId: id,
        lines: [{ sku: "MUG", quantity: 2 }],
        company: TRACKING.company,
        trackingNumbers: [TRACKING.number],
        trackingUrls: [TRACKING.url],
        notifyCustomer: true,
      },
    ]);
    const order = await readExisting(world(), id);
    expect(order.fulfillmentOrders.flatMap((item) => item.lines).map((line) => line.quantityRemaining)).toEqual([1]);
    expect(findFulfillmentByTracking(order, TRACKING.number)).not.toBeNull();
  });

  it("refuses as stale what was shipped or cancelled since it was read, and what is not there", async () => {
    const shipped = world().placeOrder();
    const request = await requestFor(world(), shipped.id);
    expect((await world().shop.fulfil(request)).outcome).toBe("done");
    const cancelled = world().placeOrder();
    const late = await requestFor(world(), cancelled.id);
    world().cancelOrder(cancelled.name);
    for (const refused of [request, late, { ...request, fulfillmentOrderId: world().absent.fulfillmentOrder }]) {
      expect(await world().shop.fulfil(refused)).toMatchObject({ outcome: "refused", failure: { kind: "stale" } });
    }
    expect(world().shipped()).toHaveLength(1);
  });

  it("refuses more units than there are", async () => {
    const { id } = world().placeOrder();
    const outcome = await world().shop.fulfil(await requestFor(world(), id, 99));
    expect(outcome).toMatchObject({ outcome: "refused", failure: { kind: "rejected" } });
  });

  it("does not take an empty list of lines for all of them", async () => {
    const { id } = world().placeOrder();
    const request = { ...(await requestFor(world(), id)), lines: [] };
    await expect(world().shop.fulfil(request)).rejects.toBeInstanceOf(AssertionError);
    expect(world().shipped()).toEqual([]);
  });

  it("calls a fulfilment with a lost answer unknown, sends it once, and shows it to the next reader", async () => {
    const { id } = world().placeOrder({ lines: [{ sku: "MUG", quantity: 5, grams: 350 }] });
    const request = await requestFor(world(), id, 1);
    world().loseAnswerToFulfil();
    expect(await world().shop.fulfil(request)).toMatchObject({
      outcome: "unknown",
      failure: { kind: "outcome_unknown" },
    });
    expect(world().shipped()).toHaveLength(1);
    expect(findFulfillmentByTracking(await readExisting(world(), id), TRACKING.number)).not.toBeNull();
  });

  it("refuses to fulfil, having done nothing, once the credential is refused", async () => {
    const { id } = world().placeOrder();
    const request = await requestFor(world(), id);
    world().refuseCredential();
    expect(await world().shop.fulfil(request)).toMatchObject({ outcome: "refused", failure: { kind: "unauthorized" } });
    expect(world().shipped()).toEqual([]);
  });

  it("replaces tracking, as often as asked", async () => {
    const { id } = world().placeOrder();
    const fulfillmentId = await ship(world(), id);
    const tracking = { company: "UPS", number: "1Z999AA10123456784", url: null };
    for (let time = 0; time < 2; time += 1) {
      expect((await world().shop.updateTracking(fulfillmentId, tracking, false)).outcome).toBe("done");
    }
    const state = await world().shop.readFulfillment(fulfillmentId);
    expect(state?.trackingNumbers).toEqual([tracking.number]);
  });

  it("adds events and gives them back, oldest first", async () => {
    const { id } = world().placeOrder();
    const fulfillmentId = await ship(world(), id);
    const happenedAt = Math.floor(world().now() / SECOND_MS) * SECOND_MS;
    const events = [
      { status: "IN_TRANSIT", happenedAt },
      { status: "DELIVERED", happenedAt: happenedAt + MINUTE_MS },
    ];
    for (const event of events) {
      expect(await world().shop.postEvent(fulfillmentId, event)).toEqual({ outcome: "done", value: undefined });
    }
    const state = await world().shop.readFulfillment(fulfillmentId);
    expect(state).toEqual({ status: "success", trackingNumbers: [TRACKING.number], events });
  });

  it("reads through a long timeline", async () => {
    const { id } = world().placeOrder();
    const fulfillmentId = await ship(world(), id);
    for (let hour = 0; hour < 60; hour += 1) {
      await world().shop.postEvent(fulfillmentId, { status: "IN_TRANSIT", happenedAt: world().now() });
      world().pass(MINUTE_MS);
    }
    expect((await world().shop.readFulfillment(fulfillmentId))?.events).toHaveLength(60);
  });

  it("shows that a fulfillment was cancelled", async () => {
    const { id } = world().placeOrder();
    const fulfillmentId = await ship(world(), id);
    world().cancelFulfillment(fulfillmentId);
    expect((await world().shop.readFulfillment(fulfillmentId))?.status).toBe("cancelled");
    expect(findFulfillmentByTracking(await readExisting(world(), id), TRACKING.number)).toBeNull();
  });

  it("has no fulfillment behind an unknown id and refuses to change it", async () => {
    const { fulfillment } = world().absent;
    expect(await world().shop.readFulfillment(fulfillment)).toBeNull();
    expect(await world().shop.readFulfillment("no id at all")).toBeNull();
    const missing = { outcome: "refused", failure: { kind: "missing" } };
    expect(await world().shop.updateTracking(fulfillment, TRACKING, false)).toMatchObject(missing);
    expect(await world().shop.postEvent(fulfillment, { status: "IN_TRANSIT", happenedAt: 0 })).toMatchObject(missing);
  });
}

async function ship(world: ShopWorld, id: string): Promise<string> {
  const outcome = await world.shop.fulfil(await requestFor(world, id));
  if (outcome.outcome !== "done") {
    throw new Error(`not shipped: ${outcome.failure.message}`);
  }
  return outcome.value.fulfillmentId;
}

function describeMarks(world: () => ShopWorld): void {
  it("mirrors a status and notices that somebody else set it", async () => {
    const { id } = world().placeOrder();
    expect((await world().shop.mirrorStatus(id, "waiting", null)).outcome).toBe("done");
    const first = (await readExisting(world(), id)).mirroredStatus;
    expect(first?.value).toBe("waiting");
    expect((await world().shop.mirrorStatus(id, "ready_to_ship", first?.digest ?? null)).outcome).toBe("done");

    const stale = { outcome: "refused", failure: { kind: "stale" } };
    expect(await world().shop.mirrorStatus(id, "delivered", first?.digest ?? null)).toMatchObject(stale);
    expect(await world().shop.mirrorStatus(id, "delivered", null)).toMatchObject(stale);
    expect((await readExisting(world(), id)).mirroredStatus?.value).toBe("ready_to_ship");
  });

  it("changes its own tags and leaves the others, as often as asked", async () => {
    const { id } = world().placeOrder({ tags: ["vip", "old"] });
    for (let time = 0; time < 2; time += 1) {
      expect(await world().shop.changeTags(id, ["new"], ["old", "never there"])).toEqual({
        outcome: "done",
        value: undefined,
      });
    }
    expect(new Set((await readExisting(world(), id)).tags)).toEqual(new Set(["vip", "new"]));
    expect((await world().shop.changeTags(id, [], [])).outcome).toBe("done");
  });
}

function describeWebhooks(world: () => ShopWorld): void {
  it("subscribes once, however often it is asked, and unsubscribes likewise", async () => {
    const { topic, uri } = world().webhook;
    const made = await world().shop.createWebhook(topic, uri);
    expect(made).toMatchObject({ outcome: "done", value: { topic, uri } });
    expect(await world().shop.createWebhook(topic, uri)).toEqual(made);
    const [listed, ...others] = await world().shop.listWebhooks();
    expect(others).toEqual([]);
    expect(made).toEqual({ outcome: "done", value: listed });
    for (let time = 0; time < 2; time += 1) {
      expect((await world().shop.deleteWebhook(listed?.id ?? "")).outcome).toBe("done");
    }
    expect(await world().shop.listWebhooks()).toEqual([]);
  });

  it("says so when an address is refused", async () => {
    const { topic, refusedUri } = world().webhook;
    expect(await world().shop.createWebhook(topic, refusedUri)).toMatchObject({
      outcome: "refused",
      failure: { kind: "rejected" },
    });
  });
}
