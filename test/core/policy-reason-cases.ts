/** Orders that the merchant's policy stops: see `reason-cases.ts`. */
import type { DecisionInput } from "../../src/core/decision.ts";
import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import { aFulfillmentOrder, aLine, anInput, aPolicy, aPreset, NOW, packingOf } from "../support/builders.ts";
import { withShipment } from "./planned.ts";
import type { ReasonCase } from "./reason-cases.ts";
import { ALWAYS, aGroup, aRule } from "./rules/support.ts";

const CRATE_RULE = aGroup("first", aRule("crates", ALWAYS, { parcelPreset: "crate" }));

/** Quoted and not bought, with a policy under which it stays so. */
function quoted(
  policy: Partial<DecisionInput["policy"]>,
  shipment: Parameters<typeof withShipment>[1] = {},
): DecisionInput {
  return withShipment(anInput(), { state: "quoted", ratesAt: NOW, ...shipment }, (input) => ({
    ...input,
    policy: aPolicy(policy),
  }));
}

export const POLICY_CASES: Readonly<Record<string, ReasonCase>> = {
  "a product that fits in none of the boxes is parked by its SKU": {
    ...{ status: "parked", reason: "does_not_fit", says: "MUG-BLUE fits in none of the boxes" },
    input: anInput({ policy: aPolicy({ packing: packingOf(aPreset({ maxWeightGrams: 400 })) }) }),
  },
  "an order for which a rule wants a box that is not there is parked": {
    ...{ status: "parked", reason: "unknown_parcel" },
    says: "a rule wants the box crate, which is not in parcels for where it ships from",
    input: anInput({ policy: aPolicy({ rules: [CRATE_RULE] }) }),
  },
  "an order of more parcels than anybody packs is parked": {
    ...{ status: "parked", reason: "too_many_parcels", says: "it would take more than 20 parcels" },
    input: anInput({
      policy: aPolicy({ packing: packingOf(aPreset({ maxWeightGrams: 500 })) }),
      order: { fulfillmentOrders: [aFulfillmentOrder({ lines: [aLine({ quantityRemaining: 21 })] })] },
    }),
  },
  "an order whose service nobody offers is parked": {
    ...{ status: "parked", reason: "no_rate_for_service" },
    says: "no rate is UPS * (shipping line Standard); easypost offers USPS GroundAdvantage (3d)",
    input: quoted({
      services: {
        ...DEFAULT_POLICY.services,
        map: [{ line: "Standard", strategy: { kind: "preferred", services: ["UPS *"] } }],
      },
    }),
  },
};
