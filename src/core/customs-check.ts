/** Customs of a fulfillment order: what planning declares, and what stops it when it cannot be declared. */
import { missingFields, shipFrom } from "./address.ts";
import { type Customs, declareCustoms } from "./customs.ts";
import type { DecisionInput } from "./decision.ts";
import type { FulfillmentOrder } from "./order.ts";
import type { ShipmentLine } from "./shipment.ts";

/** `lines`: what goes into the parcel. An address that is not complete is another check's business. */
export function customsFor(
  input: Pick<DecisionInput, "order" | "policy">,
  fulfillmentOrder: FulfillmentOrder,
  lines: readonly ShipmentLine[],
): Customs {
  const { destination: to, incoterm } = fulfillmentOrder;
  const from = shipFrom(fulfillmentOrder, input);
  if (to === null || missingFields(to).length > 0 || missingFields(from).length > 0) {
    return { kind: "none" };
  }
  return declareCustoms({ order: input.order, from, to, lines, incoterm, policy: input.policy.customs });
}
