/** Customs of a fulfillment order: what planning declares, and what stops it when it cannot be declared. */
import { missingFields, shipFrom } from "./address.ts";
import { type Customs, declareCustoms } from "./customs.ts";
import type { DecisionInput } from "./decision.ts";
import type { FulfillmentOrder } from "./order.ts";
import type { ShipmentLine } from "./shipment.ts";

/**
 * `lines`: what goes into the parcel; `together`: what goes into all parcels of the fulfillment order. An address that is not complete is another check's
 * business.
 */
export function customsFor(
  input: Pick<DecisionInput, "order" | "policy">,
  fulfillmentOrder: FulfillmentOrder,
  lines: readonly ShipmentLine[],
  together: readonly ShipmentLine[],
): Customs {
  const { destination: to, incoterm } = fulfillmentOrder;
  const { customs: policy, packing } = input.policy;
  const { products } = packing;
  const from = shipFrom(fulfillmentOrder, input);
  if (to === null || missingFields(to).length > 0 || missingFields(from).length > 0) {
    return { kind: "none" };
  }
  return declareCustoms({ order: input.order, from, to, lines, together, incoterm, policy, products });
}
