/**
 * What would be done, without doing it: observe and decide, the very functions of a real run. `change` shows what the
 * world would look like after the command, such as a hold that is not set.
 */
import { decide } from "../core/decide.ts";
import type { Decision, DecisionInput } from "../core/decision.ts";
import type { OrderId } from "../core/order.ts";
import { planParcels } from "../core/parcel-plan.ts";
import { traceFor } from "../core/rules/apply.ts";
import { isOver } from "../core/shown-labels.ts";
import { observe } from "../reconcile/observe.ts";
import type { TracedRules } from "./render-rules.ts";
import type { Everything } from "./surroundings.ts";

export interface Preview {
  readonly input: DecisionInput;
  readonly decision: Decision;
}

/** `null` when the shop no longer has the order. Reads the shop, writes nothing. Throws `RemoteError`. */
export async function previewOrder(
  everything: Everything,
  id: OrderId,
  change: (input: DecisionInput) => DecisionInput = (input) => input,
): Promise<Preview | null> {
  const { context, guardShop } = everything.remotes;
  const observed = await guardShop(() => observe(context, id));
  if (observed === null) {
    return null;
  }
  const input = change(observed);
  return { input, decision: decide(input) };
}

/** How each rule is judged on each fulfillment order that can still get a label; nothing without rules. */
export function traceAll(input: DecisionInput): readonly TracedRules[] {
  const open = input.order.fulfillmentOrders.filter((fulfillmentOrder) => !isOver(fulfillmentOrder));
  return input.policy.rules.length === 0
    ? []
    : open.map((fulfillmentOrder) => ({
        fulfillmentOrderId: fulfillmentOrder.id,
        rules: traceFor(input, fulfillmentOrder, planParcels(input, fulfillmentOrder).count),
      }));
}

/** As after `retry`: what the provider refused is forgotten. */
export function withRefusalsLifted(input: DecisionInput): DecisionInput {
  const { record } = input;
  return {
    ...input,
    record: {
      ...record,
      shipments: record.shipments.map((shipment) =>
        shipment.state === "planned" || shipment.state === "quoted"
          ? { ...shipment, refusal: null, ratesAt: null }
          : shipment,
      ),
      effects: record.effects.map((effect) =>
        effect.state === "refused" ? { ...effect, state: "lifted" as const } : effect,
      ),
    },
  };
}

/** As after `hold`, `void` or `release`. */
export function withHold(hold: DecisionInput["record"]["hold"]): (input: DecisionInput) => DecisionInput {
  return (input) => ({ ...input, record: { ...input.record, hold } });
}
