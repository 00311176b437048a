/**
 * The actions before money: make the provider's free object, learn its rates, forget it again. A crash at any point leaves
 * at most a free object that carries our reference and that nobody buys.
 */

import type { ShipmentPlan } from "../core/decision.ts";
import type { Failure } from "../core/failure.ts";
import { withQuotedPrices } from "../core/rate.ts";
import type { Refusal, ShipmentRecord } from "../core/shipment.ts";
import { findEffect } from "../core/verdict.ts";
import type { ProviderShipment } from "../ports/shipping-provider.ts";
import { adoptPurchase } from "./adopt.ts";
import { providerIdOf } from "./purchase.ts";
import { AGAIN, type Ending, failureToError, journal, type Run, shipmentOf, unlessMissing } from "./run.ts";

/**
 * Makes the provider's free object and keeps its rates. Before it, the provider is asked for our reference: a label that
 * was bought under it is adopted, whatever our journal has forgotten (a database restored from an old copy), and an object
 * whose creation was never answered is used.
 */
export async function quote(run: Run, plan: ShipmentPlan, isNew: boolean): Promise<Ending> {
  const { context } = run;
  if (isNew) {
    await context.store.fenced(run.lease, (tx) => tx.planShipment(newShipment(run, plan)));
  }
  const found = await context.provider.findShipment(plan.reference);
  if (found !== null && found.purchase !== null) {
    await adoptPurchase(run, plan.shipmentId, found.id, found.purchase);
    return AGAIN;
  }
  if (found !== null && !isNew) {
    // It was made for these very facts; how old its rates are nobody knows, so they are asked for anew.
    await context.store.fenced(run.lease, (tx) =>
      tx.updateShipment(plan.shipmentId, { state: "quoted", providerShipmentId: found.id, rates: [], ratesAt: null }),
    );
    return AGAIN;
  }
  const outcome = await context.provider.createShipment({
    reference: plan.reference,
    from: plan.from,
    to: plan.to,
    parcel: plan.parcel,
    customs: plan.customs,
    labelFormat: run.input.policy.label.format,
  });
  switch (outcome.outcome) {
    case "done":
      await keepRates(run, plan.shipmentId, outcome.value);
      return AGAIN;
    case "refused":
      if (outcome.failure.kind !== "rejected") {
        throw failureToError("shipping", "create shipment", outcome.failure);
      }
      await keepRefusal(run, plan.shipmentId, outcome.failure);
      return AGAIN;
    case "unknown":
      // At worst a free object without a buyer: the next run looks for it by reference.
      throw failureToError("shipping", "create shipment", { ...outcome.failure, kind: "unavailable" });
  }
}

export async function requote(run: Run, shipmentId: string): Promise<Ending> {
  const shipment = shipmentOf(run, shipmentId);
  const found = await unlessMissing(() => run.context.provider.refreshRates(providerIdOf(shipment)));
  if (found === null) {
    // Another key, or the provider forgot it: nothing of it can be bought any more.
    return forget(run, shipmentId, "the provider no longer knows what was planned; nothing was paid");
  }
  if (found.purchase !== null) {
    await adoptPurchase(run, shipmentId, found.id, found.purchase);
    return AGAIN;
  }
  await keepRates(run, shipmentId, found);
  return AGAIN;
}

/**
 * Drops what was planned. Where a purchase of it was ever begun the provider is read first: one that arrived after it was
 * looked up is a paid label, and is taken over instead.
 */
export async function abandon(run: Run, shipmentId: string): Promise<Ending> {
  const shipment = shipmentOf(run, shipmentId);
  if (isEverBegun(run, shipmentId)) {
    const found = await unlessMissing(() => run.context.provider.readShipment(providerIdOf(shipment)));
    if (found !== null && found.purchase !== null) {
      await adoptPurchase(run, shipmentId, found.id, found.purchase);
      return AGAIN;
    }
  }
  return forget(run, shipmentId, "what the label was planned for has changed; nothing was paid");
}

/** Whether the provider was ever asked to sell it: then only the provider knows whether it did. */
export function isEverBegun(run: Run, shipmentId: string): boolean {
  return findEffect(run.input.record.effects, "buy", shipmentId) !== null;
}

async function forget(run: Run, shipmentId: string, why: string): Promise<Ending> {
  await journal(run, "shipment abandoned", why, (tx) => tx.updateShipment(shipmentId, { state: "abandoned" }), {
    shipment: shipmentId,
  });
  return AGAIN;
}

async function keepRates(run: Run, shipmentId: string, found: ProviderShipment): Promise<void> {
  const at = run.context.clock.now();
  const noRate: Refusal = { cause: "no_rate", code: null, message: found.messages.join("; ") || "no reason given", at };
  const earlier = run.input.record.shipments.find((shipment) => shipment.id === shipmentId);
  await run.context.store.fenced(run.lease, (tx) =>
    tx.updateShipment(shipmentId, {
      state: "quoted",
      providerShipmentId: found.id,
      rates: withQuotedPrices(found.rates, earlier?.rates ?? []),
      ratesAt: at,
      refusal: found.rates.length === 0 ? noRate : null,
    }),
  );
}

async function keepRefusal(run: Run, shipmentId: string, failure: Failure): Promise<void> {
  const cause = failure.code?.startsWith("ADDRESS.") === true ? "address" : "other";
  await journal(
    run,
    "shipment refused",
    failure.message,
    (tx, at) => tx.updateShipment(shipmentId, { refusal: { cause, code: failure.code, message: failure.message, at } }),
    { shipment: shipmentId, code: failure.code },
  );
}

export function newShipment(run: Run, plan: Omit<ShipmentPlan, "from" | "to" | "customs">): ShipmentRecord {
  return {
    id: plan.shipmentId,
    orderId: run.input.order.id,
    fulfillmentOrderId: plan.fulfillmentOrderId,
    parcelNumber: plan.parcelNumber,
    parcelCount: plan.parcelCount,
    generation: plan.generation,
    provider: run.context.provider.name,
    reference: plan.reference,
    providerShipmentId: null,
    state: "planned",
    fingerprint: plan.fingerprint,
    lines: plan.lines,
    parcel: plan.parcel,
    rates: [],
    ratesAt: null,
    refusal: null,
    label: null,
    tracking: [],
    fulfillmentId: null,
    createdAt: run.context.clock.now(),
    voidedAt: null,
  };
}
