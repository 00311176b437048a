/** Inputs with a shipment that `decide` itself has planned, so that its fingerprint is the true one. */
import { decide } from "../../src/core/decide.ts";
import type { ActionKind, Decision, DecisionInput, ShipmentPlan } from "../../src/core/decision.ts";
import type { ShipmentRecord } from "../../src/core/shipment.ts";
import { aShipment } from "../support/builders.ts";

/** What `decide` wants to ask rates for, for an order that has no shipment yet. */
export function planOf(input: DecisionInput): ShipmentPlan {
  for (const action of decide({ ...input, record: { shipments: [], effects: [], hold: null, unverifiedSince: null } })
    .actions) {
    if (action.kind === "quote") {
      return action.plan;
    }
  }
  throw new Error("nothing is planned for this input");
}

/** The shipment of the first fulfillment order of `input`, as planned for `input`, in the given state. */
export function plannedFor(input: DecisionInput, overrides: Partial<ShipmentRecord> = {}): ShipmentRecord {
  const { fulfillmentOrderId, generation, fingerprint, lines, parcel } = planOf(input);
  return aShipment({ fulfillmentOrderId, generation, fingerprint, lines, parcel, ...overrides });
}

/** `input` and a shipment that is true for it; `change` is what came after. */
export function withShipment(
  input: DecisionInput,
  overrides: Partial<ShipmentRecord> = {},
  change: (input: DecisionInput) => DecisionInput = (it) => it,
): DecisionInput {
  const shipment = plannedFor(input, overrides);
  return change({ ...input, record: { ...input.record, shipments: [...input.record.shipments, shipment] } });
}

export function kindsOf(decision: Pick<Decision, "actions">): readonly ActionKind[] {
  return decision.actions.map(({ kind }) => kind);
}
