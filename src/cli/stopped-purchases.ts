/** Purchases that only guards stand in the way of, as a decision shows them. Pure. */
import { findPurchases } from "../core/decide-unbought.ts";
import type { GuardFinding } from "../core/guards.ts";
import { planParcels } from "../core/parcel-plan.ts";
import type { Rate } from "../core/rate.ts";
import type { ShipmentRecord } from "../core/shipment.ts";
import { type Approval, findApproval } from "../core/spending.ts";
import type { Instant } from "../core/time.ts";
import type { Preview } from "./preview.ts";

export interface StoppedPurchase {
  readonly shipment: ShipmentRecord;
  readonly rate: Rate;
  /** The guards that stop it. */
  readonly stops: readonly GuardFinding[];
  /** Guards that an earlier approval lifts for the very same purchase: the new one lifts them too. */
  readonly lifted: readonly string[];
}

/** One for each parcel that a guard stops. Guards are heard only when every check before them passed. */
export function findStopped({ decision, input }: Preview): readonly StoppedPurchase[] {
  return input.order.fulfillmentOrders.flatMap((fulfillmentOrder) => {
    const own = decision.findings.filter((finding) => finding.fulfillmentOrderId === fulfillmentOrder.id);
    if (!own.some(({ reason }) => reason !== null && APPROVABLE.has(reason))) {
      return [];
    }
    return findPurchases(input, fulfillmentOrder, planParcels(input, fulfillmentOrder)).flatMap(
      ({ shipment, rate, guards }) => {
        const stops = guards.filter(({ reason }) => reason !== null);
        const lifted = findApproval(input.spending.approvals, shipment, rate.price)?.guards ?? [];
        return stops.length === 0 ? [] : [{ shipment, rate, stops, lifted }];
      },
    );
  });
}

const APPROVABLE: ReadonlySet<string> = new Set([
  "label_over_cap",
  "order_over_cap",
  "order_over_paid",
  "price_drift",
  "guard_currency",
  "approval_needed",
  "spend_hour",
  "labels_hour",
  "spend_day",
  "labels_day",
]);

export function toApproval({ shipment, rate, stops, lifted }: StoppedPurchase, who: string, at: Instant): Approval {
  return {
    orderId: shipment.orderId,
    shipmentId: shipment.id,
    fingerprint: shipment.fingerprint,
    guards: [...new Set([...lifted, ...stops.map(({ guard }) => guard)])],
    maxPrice: rate.price,
    who,
    at,
  };
}
