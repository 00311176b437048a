/** The rules of a policy applied to a fulfillment order: what packing, service choice, customs and the checks go by. */
import type { DecisionInput } from "../decision.ts";
import type { FulfillmentOrder } from "../order.ts";
import { findAllReplaced } from "../shown-labels.ts";
import { compiledRules, evaluateRules, traceRules } from "./evaluate.ts";
import { type RuleFacts, ruleFacts } from "./facts.ts";
import { NO_RULES, type RuleOutcome, type RuleTrace } from "./rule.ts";

type Input = Pick<DecisionInput, "order" | "record" | "policy" | "now">;

/**
 * What the rules come to. `parcelCount` is `null` before it is packed: rules that look at it do not match then, so that
 * the parcel preset that packing goes by never depends on what packing gives.
 */
export function rulesFor(input: Input, fulfillmentOrder: FulfillmentOrder, parcelCount: number | null): RuleOutcome {
  const { policy, now } = input;
  if (policy.rules.length === 0) {
    return NO_RULES;
  }
  return evaluateRules(compiledRules(policy.rules), factsFor(input, fulfillmentOrder), { now, parcelCount });
}

export function traceFor(
  input: Input,
  fulfillmentOrder: FulfillmentOrder,
  parcelCount: number | null,
): readonly RuleTrace[] {
  const { policy, now } = input;
  return traceRules(compiledRules(policy.rules), factsFor(input, fulfillmentOrder), { now, parcelCount });
}

function factsFor(input: Input, fulfillmentOrder: FulfillmentOrder): RuleFacts {
  const replaced = findAllReplaced(input, fulfillmentOrder).flatMap(({ shipment }) => shipment.lines);
  return ruleFacts(input.order, fulfillmentOrder, replaced.length > 0 ? replaced : null);
}
