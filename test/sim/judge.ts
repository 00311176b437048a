/**
 * Whether the promises held (DESIGN §4), judged by what the worlds saw. Nothing that the program remembers is looked at,
 * with one exception: a line in its log that says "this is a bug of ours" is taken at its word.
 */

import type { LedgerPurchase } from "../../src/sandbox/easypost/ledger.ts";
import { FULFILLMENT_FORWARD } from "../../src/sandbox/event-order.ts";
import type { Schedule } from "./schedule.ts";
import { type PlacedOrder, STEP_MS, type World } from "./world.ts";

export interface Broken {
  /** `P1` to `P12`, as in DESIGN §4; `bug`: an assertion of the program's own. */
  readonly promise: string;
  readonly what: string;
}

/** Reads of one order within a minute, beyond which the program must be going round in circles. */
const READS_A_MINUTE_MAX = 90;
/** Reads that a storm of repeats may cause. */
const READS_IN_STORM_MAX = 25;
/** Calls to the provider that change something, for one label. */
const PROVIDER_WRITES_MAX = 60;

/** Where the way of a parcel ends. */
const ENDS: ReadonlySet<string> = new Set(["delivered", "returned", "delivery_failed"]);
/** Where it is when no carrier moves it. */
const SHIPPED: ReadonlySet<string> = new Set([...ENDS, "pending_pickup", "in_transit", "out_for_delivery"]);

type Listed = ReturnType<World["shopify"]["orders"]>[number];

/** Whether all that will happen by itself has happened: every order is where it ends, every message was looked after. */
export function isSettled(world: World, schedule: Schedule): boolean {
  const areOrders = world.shopify.orders().every((order, index) => {
    const placed = world.orders[index];
    return placed === undefined || whyUnsettled(world, schedule, placed, order) === null;
  });
  return areOrders && judgeAcknowledged(world).length === 0;
}

/** Whatever is broken at the end of a schedule. */
export function judge(world: World, schedule: Schedule): readonly Broken[] {
  world.assertNoted();
  const live = livePurchases(world);
  return [
    ...world.facts.bugs.map((what) => ({ promise: "bug", what })),
    ...judgeOneLabel(world, live),
    ...judgeWanted(world),
    ...judgeProgress(world, schedule),
    ...judgeAcknowledged(world),
    ...judgeNumbers(world, live),
    ...judgeEvents(world),
    ...judgeBounds(world),
  ];
}

/** P1: at most one live label per fulfillment order and parcel, of whatever generation; nothing is sold twice. */
function judgeOneLabel(world: World, live: readonly LedgerPurchase[]): readonly Broken[] {
  const counts = new Map<string, number>();
  for (const { reference } of live) {
    const parcel = parcelOf(reference);
    counts.set(parcel, (counts.get(parcel) ?? 0) + 1);
  }
  const doubled = [...counts].filter(([, labels]) => labels > 1);
  return [
    ...doubled.map(([parcel, labels]) => ({ promise: "P1", what: `${labels} live labels for ${parcel}` })),
    ...world.facts.soldTwice.map((reference) => ({ promise: "P1", what: `${reference} was paid for twice` })),
  ];
}

/**
 * P2: nothing is bought that the last read showed as not to be shipped; and that read is the last thing that was done
 * about the parcel before the purchase was sent.
 */
function judgeWanted(world: World): readonly Broken[] {
  const unread = world.facts.sentFulfillments.filter(({ readAt, boughtAt }) => (readAt ?? 0) <= (boughtAt ?? -1));
  const bought = world.facts.sentPurchases.flatMap(
    ({ reference, unwantedSince, why, readAt, answeredAt }): Broken[] => {
      if (readAt === null) {
        return [{ promise: "P2", what: `${reference} was bought without a read of its order` }];
      }
      return unwantedSince !== null && unwantedSince < Math.max(readAt, answeredAt ?? 0)
        ? [{ promise: "P2", what: `${reference} was bought although its order was ${why} when it could be seen` }]
        : [];
    },
  );
  return [
    ...bought,
    ...unread.map(({ orderId }) => ({
      promise: "P2",
      what: `${orderId} was fulfilled without a look at it after the purchase`,
    })),
  ];
}

/** P3, P8 and P10: every order came to its end, or is visibly parked for a cause that lies in the order. */
function judgeProgress(world: World, schedule: Schedule): readonly Broken[] {
  return world.shopify.orders().flatMap((order, index): Broken[] => {
    const placed = world.orders[index];
    if (placed === undefined) {
      return [];
    }
    const stuck = whyUnsettled(world, schedule, placed, order);
    if (stuck !== null) {
      return [{ promise: "P3", what: `${order.name} (${placed.kind}) ${stuck}` }];
    }
    return shownStatus(order) === "parked" && !mayPark(placed, schedule)
      ? [{ promise: "P8", what: `${order.name} (${placed.kind}) is parked without a cause of its own` }]
      : [];
  });
}

/** P4: what was answered 200 led to a read of its order. Orders that no search shows are read for no other cause. */
function judgeAcknowledged(world: World): readonly Broken[] {
  return world.facts.acknowledged.flatMap(({ orderId, topic, triggeredAt }) => {
    const placed = world.orders.find(({ id }) => id === orderId);
    const wasRead = world.facts.reads.get(orderId)?.some(({ at }) => at >= triggeredAt) ?? false;
    return wasRead || placed?.kind === "failing"
      ? []
      : [{ promise: "P4", what: `${topic} about ${orderId} was acknowledged and never looked at` }];
  });
}

/** P5: no number of a live label is on two live fulfillments. That each is on one is part of coming to an end (P3). */
function judgeNumbers(world: World, live: readonly LedgerPurchase[]): readonly Broken[] {
  const orders = world.shopify.orders();
  return live.flatMap(({ trackingCode, reference }): Broken[] => {
    const times = orders.reduce((sum, order) => sum + timesShown(order, trackingCode), 0);
    return times <= 1
      ? []
      : [{ promise: "P5", what: `${trackingCode} of ${reference} is on ${times} live fulfillments` }];
  });
}

/** P6: events of a label arrive in order, forward, once each. */
function judgeEvents(world: World): readonly Broken[] {
  const ledger = world.shopify.ledger();
  const broken: Broken[] = [];
  const last = new Map<string, { rank: number; at: number; seen: Set<string>; from: number }>();
  for (const event of ledger.events) {
    // A re-bought label begins its own row of events on the same fulfillment.
    const updates = ledger.trackingUpdates.filter(
      ({ fulfillmentId, at }) => fulfillmentId === event.fulfillmentId && at <= event.at,
    ).length;
    const known = last.get(event.fulfillmentId);
    const state =
      known !== undefined && known.from === updates
        ? known
        : { rank: 0, at: 0, seen: new Set<string>(), from: updates };
    const rank = FULFILLMENT_FORWARD.get(event.status) ?? 0;
    if (state.seen.has(event.status)) {
      broken.push({ promise: "P6", what: `${event.status} was posted twice on ${event.fulfillmentId}` });
    } else if (rank < state.rank || event.happenedAt < state.at) {
      broken.push({ promise: "P6", what: `${event.status} was posted late on ${event.fulfillmentId}` });
    }
    state.seen.add(event.status);
    last.set(event.fulfillmentId, { ...state, rank: Math.max(rank, state.rank), at: event.happenedAt });
  }
  return broken;
}

/** P12: nothing is asked without end. */
function judgeBounds(world: World): readonly Broken[] {
  const { facts } = world;
  const broken: Broken[] = [];
  for (const [orderId, reads] of facts.reads) {
    const times = reads.map(({ at }) => at);
    const most = Math.max(0, ...times.map((at, index) => countWithin(times, index, at + 60_000)));
    if (most > READS_A_MINUTE_MAX) {
      broken.push({ promise: "P12", what: `${orderId} was read ${most} times within a minute` });
    }
  }
  for (const { orderId, fromAt, untilAt, copies } of facts.storms) {
    const reads = facts.reads.get(orderId)?.filter(({ at }) => at >= fromAt && at <= untilAt + 5_000).length ?? 0;
    if (reads > READS_IN_STORM_MAX) {
      broken.push({ promise: "P12", what: `${copies} repeats of one message made ${reads} reads of ${orderId}` });
    }
  }
  for (const [reference, writes] of facts.providerWrites) {
    if (writes > PROVIDER_WRITES_MAX) {
      broken.push({ promise: "P12", what: `${reference} was changed at the provider ${writes} times` });
    }
  }
  return broken;
}

function countWithin(times: readonly number[], from: number, until: number): number {
  let index = from;
  while (index < times.length && (times[index] ?? 0) <= until) {
    index += 1;
  }
  return index - from;
}

/** What is still to happen to an order; `null`: nothing. */
function whyUnsettled(world: World, schedule: Schedule, placed: PlacedOrder, order: Listed): string | null {
  const status = shownStatus(order);
  const acknowledged = world.facts.acknowledged.some(({ orderId }) => orderId === placed.id);
  const isUnknown = placed.isHidden && !acknowledged && status === null;
  if (placed.kind === "poisoned" || placed.kind === "failing" || isUnknown || status === "parked") {
    return null;
  }
  if (world.hasOpenWork(order)) {
    return `is ${status ?? "not shown at all"} and not shipped`;
  }
  const live = livePurchases(world).filter(({ reference }) => belongsTo(reference, order));
  if (order.cancelledAt !== null) {
    return live.length === 0 || (schedule.journey && hasLeft(world, live)) ? null : "is cancelled and has a live label";
  }
  const isOnHold = order.fulfillmentOrders.some(({ holds }) => holds.length > 0);
  const untold = live.find(({ trackingCode }) => timesShown(order, trackingCode) === 0);
  // Somebody else shipped it, a human was told, and then the parcel with our label arrived all the same.
  const isOver = status !== null && ENDS.has(status) && placed.changes.includes("fulfil_elsewhere");
  if (untold !== undefined && !isOnHold && !isOver) {
    return `has a label that the shop does not know (${untold.trackingCode})`;
  }
  const isReplaced = order.fulfillments.some(({ status: state, tracking }) => {
    return state === "SUCCESS" && tracking.some(({ number }) => isVoided(world, number));
  });
  if (isReplaced) {
    const isWanted = order.fulfillmentOrders.every(({ id }) => world.isWanted(id));
    return isWanted ? "shows the number of a voided label" : null;
  }
  const isWhole = live.length > 0 && order.fulfillmentOrders.every(({ status: state }) => state === "CLOSED");
  if (!isWhole) {
    return null;
  }
  const ends = schedule.journey ? ENDS : SHIPPED;
  return status !== null && ends.has(status) ? null : `is shipped and shown as ${status ?? "nothing"}`;
}

function isVoided(world: World, trackingCode: string | null): boolean {
  return world.easypost
    .ledger()
    .refunds.some((refund) => refund.trackingCode === trackingCode && refund.status !== "rejected");
}

function timesShown(order: Listed, trackingCode: string): number {
  return order.fulfillments.filter(
    ({ status, tracking }) => status === "SUCCESS" && tracking.some(({ number }) => number === trackingCode),
  ).length;
}

/** The carrier has them all, so that no money can be asked back. */
function hasLeft(world: World, live: readonly LedgerPurchase[]): boolean {
  return live.every(({ at }) => world.now() - at > 2 * STEP_MS);
}

/** An order that something was done to may need a human; so may one whose purchase nobody can look up. */
function mayPark(placed: PlacedOrder, schedule: Schedule): boolean {
  return placed.changes.length > 0 || placed.kind === "weightless" || (!schedule.isGuarded && hasTrouble(schedule));
}

function hasTrouble({ faults, crashes, commands, jumps }: Schedule): boolean {
  return faults.length + crashes.length + commands.length + jumps.length > 0;
}

function shownStatus(order: Listed): string | null {
  return order.metafields.find(({ namespace, key }) => namespace === "shipbot" && key === "status")?.value ?? null;
}

function livePurchases(world: World): readonly LedgerPurchase[] {
  const { purchases, refunds } = world.easypost.ledger();
  const refunded = new Set(refunds.filter(({ status }) => status !== "rejected").map(({ shipmentId }) => shipmentId));
  return purchases.filter(({ shipmentId }) => !refunded.has(shipmentId));
}

function belongsTo(reference: string | null, order: Listed): boolean {
  return order.fulfillmentOrderIds.some((id) => parcelOf(reference).includes(`_${id.split("/").at(-1)}-`));
}

/** `shipbot_<shop>_<fulfillment order>-<parcel>-<generation>` without its generation. */
function parcelOf(reference: string | null): string {
  return (reference ?? "without reference").replace(/-\d+$/, "");
}
