/**
 * Whether the promises held, judged only by the sandbox's own ledgers: what the fakes saw happen, never what shipbot
 * remembers. Each check gives the promise's number and one sentence per breach.
 */

import type { LedgerSnapshot } from "./easypost/ledger.ts";
import { FULFILLMENT_FORWARD } from "./event-order.ts";
import type { FakeShopify } from "./shopify/fake-shopify.ts";

export interface BrokenPromise {
  readonly promise: "P1" | "P2" | "P3" | "P5" | "P6";
  readonly what: string;
}

export interface LedgerFacts {
  readonly labelsBought: number;
  /** Bought and not refunded. */
  readonly labelsLive: number;
  /** Live labels beyond the first for one reference. */
  readonly duplicateLabels: number;
  readonly fulfillments: number;
  readonly eventsPosted: number;
}

export function countLedger(shopify: FakeShopify, easypost: LedgerSnapshot): LedgerFacts {
  const live = livePurchases(easypost);
  const parcels = new Set(live.map((purchase) => parcelOf(purchase.reference)));
  return {
    labelsBought: easypost.purchases.length,
    labelsLive: live.length,
    duplicateLabels: live.length - parcels.size,
    fulfillments: shopify.ledger().fulfillments.length,
    eventsPosted: shopify.ledger().events.length,
  };
}

export function checkPromises(shopify: FakeShopify, easypost: LedgerSnapshot): readonly BrokenPromise[] {
  return [
    ...checkOneLabel(easypost),
    ...checkNoUnwantedLabel(shopify, easypost),
    ...checkTrackingOnOneFulfillment(shopify, easypost),
    ...checkEvents(shopify),
  ];
}

/** P1: at most one live label per fulfillment order and parcel. */
function checkOneLabel(easypost: LedgerSnapshot): readonly BrokenPromise[] {
  const seen = new Map<string, number>();
  for (const purchase of livePurchases(easypost)) {
    const parcel = parcelOf(purchase.reference);
    seen.set(parcel, (seen.get(parcel) ?? 0) + 1);
  }
  return [...seen]
    .filter(([, count]) => count > 1)
    .map(([parcel, count]) => ({ promise: "P1" as const, what: `${count} live labels for ${parcel}` }));
}

/** P2: no label for what must not ship. */
function checkNoUnwantedLabel(shopify: FakeShopify, easypost: LedgerSnapshot): readonly BrokenPromise[] {
  const broken: BrokenPromise[] = [];
  const bought = new Map(livePurchases(easypost).map((purchase) => [fulfillmentOrderOf(purchase.reference), purchase]));
  for (const order of shopify.orders()) {
    for (const fulfillmentOrder of order.fulfillmentOrders) {
      const purchase = bought.get(fulfillmentOrder.id.split("/").at(-1) ?? "");
      if (purchase === undefined) {
        continue;
      }
      const wasCancelled = order.cancelledAt !== null && order.cancelledAt <= purchase.at;
      if (order.test || wasCancelled || order.financialStatus !== "PAID") {
        broken.push({ promise: "P2", what: `a label was bought for ${order.name}, which must not ship` });
      }
    }
  }
  return broken;
}

/** P5: the number of each live label is on exactly one live fulfillment. */
function checkTrackingOnOneFulfillment(shopify: FakeShopify, easypost: LedgerSnapshot): readonly BrokenPromise[] {
  const shown = new Map<string, number>();
  for (const order of shopify.orders()) {
    for (const fulfillment of order.fulfillments.filter((candidate) => candidate.status === "SUCCESS")) {
      for (const { number } of fulfillment.tracking) {
        if (number !== null) {
          shown.set(number, (shown.get(number) ?? 0) + 1);
        }
      }
    }
  }
  return livePurchases(easypost)
    .filter((purchase) => (shown.get(purchase.trackingCode) ?? 0) !== 1)
    .map((purchase) => ({
      promise: "P5" as const,
      what: `${purchase.trackingCode} is on ${shown.get(purchase.trackingCode) ?? 0} live fulfillments`,
    }));
}

/** P6: events of a fulfillment arrive in order, forward, once each. */
function checkEvents(shopify: FakeShopify): readonly BrokenPromise[] {
  const broken: BrokenPromise[] = [];
  const last = new Map<string, { rank: number; at: number; seen: Set<string> }>();
  for (const event of shopify.ledger().events) {
    const state = last.get(event.fulfillmentId) ?? { rank: 0, at: 0, seen: new Set<string>() };
    const rank = FULFILLMENT_FORWARD.get(event.status) ?? 0;
    if (state.seen.has(event.status)) {
      broken.push({ promise: "P6", what: `${event.status} was posted twice on ${event.fulfillmentId}` });
    } else if (rank < state.rank || event.happenedAt < state.at) {
      broken.push({ promise: "P6", what: `${event.status} was posted late on ${event.fulfillmentId}` });
    }
    state.seen.add(event.status);
    last.set(event.fulfillmentId, { rank: Math.max(rank, state.rank), at: event.happenedAt, seen: state.seen });
  }
  return broken;
}

function livePurchases(easypost: LedgerSnapshot) {
  const refunded = new Set(
    easypost.refunds.filter((refund) => refund.status !== "rejected").map((refund) => refund.shipmentId),
  );
  return easypost.purchases.filter((purchase) => !refunded.has(purchase.shipmentId));
}

/** `shipbot_<shop>_<fulfillment order>-<parcel>-<generation>` without its generation. */
function parcelOf(reference: string | null): string {
  return (reference ?? "without reference").replace(/-\d+$/, "");
}

function fulfillmentOrderOf(reference: string | null): string {
  return /_(\d+)-\d+-\d+$/.exec(reference ?? "")?.[1] ?? "";
}
