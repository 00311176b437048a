/**
 * The part of `decide` once a label is paid for: the shop must know its number, the customer must learn where it is, and
 * what nobody needs is voided before the carrier has it. Pure. In this order: what a human or the customer took back; what
 * the shop shows already; what has to be written to it.
 */
import { assert } from "./assert.ts";
import { FULFILLABLE_CHECKS, firstStop, runChecks } from "./checks.ts";
import type { Action, DecisionInput } from "./decision.ts";
import type { EffectKind } from "./effect.ts";
import type { Fulfillment, FulfillmentOrder } from "./order.ts";
import type { ParcelPlan } from "./parcel-plan.ts";
import { isStillTrue } from "./plan.ts";
import { currentTracking, hasLeft, type PurchasedLabel, type ShipmentRecord } from "./shipment.ts";
import { findReplaced, findShown, isOver } from "./shown-labels.ts";
import { isTerminalTracking, toFulfillmentEvent } from "./status.ts";
import { findEffect, follow, fromFinding, isRejected, park, settled, type Verdict } from "./verdict.ts";

/** `fulfillmentOrder`: the one it was bought for, with its `plan`; `null` when the shop no longer lists it. */
export function decideBought(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder | null,
  shipment: ShipmentRecord,
  plan: ParcelPlan | null,
): Verdict {
  const label = requireLabel(shipment);
  const isCancelled = input.order.cancelledAt !== null;
  if ((isCancelled || input.record.hold?.voidLabels === true) && !hasLeft(shipment)) {
    return voidLabel(input, shipment);
  }
  if (isCancelled) {
    return hasArrived(shipment)
      ? follow(shipment, [])
      : park("cancelled_in_transit", { shipment: shipment.id, tracking: label.trackingNumber });
  }
  const download: readonly Action[] = label.path === null ? [{ kind: "download_label", shipmentId: shipment.id }] : [];
  const shown = findShown(input.order, shipment);
  if (shown !== null) {
    return decideShown(input, fulfillmentOrder, shipment, shown, plan, download);
  }
  if (input.order.incomplete.length > 0) {
    // What was cut off may be the very fulfillment that has our number: nothing is concluded from not seeing it.
    return park("order_incomplete", { what: input.order.incomplete.join(", ") }, download);
  }
  if (shipment.fulfillmentId !== null) {
    return unlessArrived(shipment, park("fulfillment_cancelled", { fulfillment: shipment.fulfillmentId }, download));
  }
  return decideUntold(input, fulfillmentOrder, shipment, plan, download);
}

/** A fulfillment stands for it: remember which, pass on what the carrier said, and see whether units are left. */
function decideShown(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder | null,
  shipment: ShipmentRecord,
  shown: Fulfillment,
  plan: ParcelPlan | null,
  download: readonly Action[],
): Verdict {
  if (shipment.fulfillmentId !== shown.id) {
    return follow(shipment, [
      ...download,
      { kind: "adopt_fulfillment", shipmentId: shipment.id, fulfillmentId: shown.id },
    ]);
  }
  const told = [...download, ...newEvents(input, shipment, shown.id)];
  const left = fulfillmentOrder?.canFulfil === true ? (plan?.linesLeft ?? 0) : 0;
  return left > 0 ? park("units_left_over", { lines: left }, told) : follow(shipment, told);
}

/** The shop does not have the number yet. */
function decideUntold(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder | null,
  shipment: ShipmentRecord,
  plan: ParcelPlan | null,
  download: readonly Action[],
): Verdict {
  const replaced = fulfillmentOrder === null ? null : findReplaced(input, fulfillmentOrder, shipment.parcelNumber);
  if (fulfillmentOrder === null || plan === null || (isOver(fulfillmentOrder) && replaced === null)) {
    const reason = fulfillmentOrder?.status === "closed" ? "fulfilled_elsewhere" : "label_of_gone_fulfillment_order";
    return unlessArrived(shipment, park(reason, { shipment: shipment.id }, download));
  }
  const { hold } = input.record;
  if (hold !== null) {
    return { ...settled("waiting", "held_by_staff", { who: hold.who, why: hold.why }), actions: download };
  }
  const findings = replaced === null ? runChecks(FULFILLABLE_CHECKS, fulfillmentOrder, input) : [];
  const stop = firstStop(findings);
  if (stop !== null) {
    return { ...fromFinding(stop), actions: download, findings };
  }
  if (!isStillTrue(input, fulfillmentOrder, shipment, replaced, plan)) {
    return { ...park("changed_after_label", { shipment: shipment.id }, download), findings };
  }
  if (replaced === null && plan.needs.length > 0) {
    // The parcels of one fulfillment order are told when all are paid for; what changes before that is still mended here.
    return { ...follow(shipment, download), findings };
  }
  const action: Action =
    replaced === null
      ? { kind: "fulfil", shipmentId: shipment.id }
      : { kind: "update_tracking", shipmentId: shipment.id, fulfillmentId: replaced.fulfillmentId };
  return { ...decideWrite(input, shipment, action, download), findings };
}

function decideWrite(
  input: DecisionInput,
  shipment: ShipmentRecord,
  action: Action & { readonly kind: Extract<EffectKind, "fulfil" | "update_tracking"> },
  download: readonly Action[],
): Verdict {
  const earlier = findEffect(input.record.effects, action.kind, shipment.id);
  return isRejected(earlier)
    ? park("fulfillment_refused", { message: earlier.failure.message }, download)
    : follow(shipment, [...download, action]);
}

function voidLabel(input: DecisionInput, shipment: ShipmentRecord): Verdict {
  const earlier = findEffect(input.record.effects, "void", shipment.id);
  return isRejected(earlier)
    ? park("void_refused", { provider: input.provider.name, message: earlier.failure.message })
    : { ...settled("pending_pickup", null, {}), actions: [{ kind: "void", shipmentId: shipment.id }] };
}

/** Nothing that a human could still do about the label matters once the parcel is where it ends. */
function unlessArrived(shipment: ShipmentRecord, verdict: Verdict): Verdict {
  return hasArrived(shipment) ? follow(shipment, verdict.actions) : verdict;
}

function hasArrived(shipment: ShipmentRecord): boolean {
  const current = currentTracking(shipment);
  return current !== null && isTerminalTracking(current.status);
}

/** Events that the customer has not been told of; two of our words can be one of Shopify's, which is then told once. */
function newEvents(input: DecisionInput, shipment: ShipmentRecord, fulfillmentId: string): readonly Action[] {
  const checkpoints = shipment.tracking.filter((checkpoint) => {
    const word = toFulfillmentEvent(checkpoint.status);
    const effect = word === null ? null : findEffect(input.record.effects, "post_event", shipment.id, word);
    return word !== null && effect?.state !== "done" && !isRejected(effect);
  });
  return checkpoints.length === 0 ? [] : [{ kind: "post_events", shipmentId: shipment.id, fulfillmentId, checkpoints }];
}

function requireLabel(shipment: ShipmentRecord): PurchasedLabel {
  assert(shipment.label !== null, `shipment ${shipment.id} is bought and has no label`);
  return shipment.label;
}
