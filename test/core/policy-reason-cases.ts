/** Orders that the merchant's policy stops: see `reason-cases.ts`. */
import type { DecisionInput } from "../../src/core/decision.ts";
import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import { anInput, aPolicy, NOW } from "../support/builders.ts";
import { withShipment } from "./planned.ts";
import type { ReasonCase } from "./reason-cases.ts";

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
