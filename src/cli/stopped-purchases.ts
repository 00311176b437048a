/** Purchases that only guards stand in the way of, as a decision shows them. Pure. */

import type { Finding } from "../core/decision.ts";
import { costOf } from "../core/guards.ts";
import { insuranceCost, optionsOf } from "../core/label-options.ts";
import type { Money } from "../core/money.ts";
import { ONLY_PARCEL } from "../core/plan.ts";
import type { Rate } from "../core/rate.ts";
import { wishOf } from "../core/service-wish.ts";
import { chooseRate } from "../core/services.ts";
import type { ShipmentRecord } from "../core/shipment.ts";
import { type Approval, findApproval } from "../core/spending.ts";
import type { Instant } from "../core/time.ts";
import type { Preview } from "./preview.ts";

export interface StoppedPurchase {
  readonly shipment: ShipmentRecord;
  readonly rate: Rate;
  /** Of label and insurance. */
  readonly cost: Money;
  /** The guards that stop it. */
  readonly stops: readonly Finding[];
  /** Guards that an earlier approval lifts for the very same purchase: the new one lifts them too. */
  readonly lifted: readonly string[];
}

/** Findings of guards come only when everything before them passed and a rate was chosen. */
export function findStopped({ decision, input }: Preview): readonly StoppedPurchase[] {
  return input.order.fulfillmentOrders.flatMap((fulfillmentOrder) => {
    const own = decision.findings.filter((finding) => finding.fulfillmentOrderId === fulfillmentOrder.id);
    const stops = own.filter(({ reason }) => reason !== null && APPROVABLE.has(reason));
    const shipment = input.record.shipments.find(
      (candidate) => candidate.fulfillmentOrderId === fulfillmentOrder.id && candidate.state === "quoted",
    );
    if (stops.length === 0 || shipment === undefined) {
      return [];
    }
    const wish = wishOf(input, fulfillmentOrder, ONLY_PARCEL);
    const { chosen } = chooseRate(shipment.rates, wish, input.order.currency);
    if (chosen === null) {
      return [];
    }
    const { insured } = optionsOf(input, fulfillmentOrder, shipment.lines, ONLY_PARCEL);
    const cost = costOf({ rate: chosen, insuranceCost: insuranceCost(insured, input.provider.insurance) });
    const lifted = findApproval(input.spending.approvals, shipment, cost)?.guards ?? [];
    return [{ shipment, rate: chosen, cost, stops, lifted }];
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

export function toApproval({ shipment, cost, stops, lifted }: StoppedPurchase, who: string, at: Instant): Approval {
  return {
    orderId: shipment.orderId,
    shipmentId: shipment.id,
    fingerprint: shipment.fingerprint,
    guards: [...new Set([...lifted, ...stops.map(({ check }) => check)])],
    maxPrice: cost,
    who,
    at,
  };
}
