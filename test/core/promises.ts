/** Promises about one step of an order's life: what would be broken, as a sentence, or `null`. */
import type { Decision, DecisionInput } from "../../src/core/decision.ts";
import type { FulfillmentOrder } from "../../src/core/order.ts";
import { isLive, type ShipmentRecord } from "../../src/core/shipment.ts";
import { isUntold } from "../../src/core/shown-labels.ts";
import type { Instant } from "../../src/core/time.ts";

/**
 * The broken promise of telling the shop that this box left; `null` when it and the labels beside it that the shop does
 * not know yet hold exactly what the shop lists, to where it goes.
 */
export function problemOfFulfilling(
  shipment: ShipmentRecord,
  input: Pick<DecisionInput, "order" | "record">,
  printed: FulfillmentOrder["destination"],
): string | null {
  const home = input.order.fulfillmentOrders.find(({ id }) => id === shipment.fulfillmentOrderId);
  const beside = input.record.shipments.filter(
    (it) => isLive(it) && it.id !== shipment.id && it.fulfillmentOrderId === home?.id && isUntold(input, it),
  );
  const lines = (home?.lines ?? []).filter((it) => it.quantityRemaining > 0);
  const listed = lines.map((it) => `${it.id} x ${it.quantityRemaining}`).sort();
  const units = new Map<string, number>();
  for (const { id, quantity } of [shipment, ...beside].flatMap((it) => it.lines)) {
    units.set(id, (units.get(id) ?? 0) + quantity);
  }
  const boxed = [...units].map(([id, quantity]) => `${id} x ${quantity}`).sort();
  if (home?.canFulfil !== true) {
    return `${shipment.id} is fulfilled against the shop's word`;
  }
  if (String(listed) !== String(boxed)) {
    return `${shipment.id} fulfils other units than are in the box`;
  }
  // Phone and e-mail are not printed.
  const onLabel = (to: typeof printed) => JSON.stringify({ ...to, phone: null, email: null });
  return onLabel(printed) === onLabel(home.destination) ? null : `${shipment.id} goes to another address`;
}

/** Of asking for the money of a label back. */
export function problemOfVoiding({ id, tracking }: ShipmentRecord): string | null {
  const scanned = tracking.filter(({ status }) => !["unknown", "pre_transit", "cancelled"].includes(status));
  return scanned.length === 0 ? null : `${id} is voided on its way`;
}

/** Throws when there is a problem: a sentence, or `true` with the sentence behind it. */
export function assertPromise(problem: string | boolean | null, sentence = String(problem)): void {
  if (problem !== null && problem !== false) {
    throw new Error(`promise broken: ${sentence}`);
  }
}

/** Of doing nothing now: it says why, or where it is, or when it goes on. */
export function problemOfResting({ judgement, lookAgainAt }: Decision, now: Instant): string | null {
  const { status, reason } = judgement;
  if (status === "ready_to_ship" && lookAgainAt === null) {
    return "it is ready and nothing is done about it";
  }
  if (["waiting", "parked", "skipped", "cancelled"].includes(status) && reason === null) {
    return `it is ${status} without a reason`;
  }
  return lookAgainAt !== null && lookAgainAt <= now ? "it is to be looked at again in the past" : null;
}
