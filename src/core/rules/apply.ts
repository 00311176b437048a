/** The rules of a policy applied to a fulfillment order: what packing, service choice, customs and the checks go by. */
import type { DecisionInput } from "../decision.ts";
import type { FulfillmentOrder, Order } from "../order.ts";
import type { ShipmentLine } from "../shipment.ts";
import { findReplaced } from "../shown-labels.ts";
import type { Instant } from "../time.ts";
import { compiledRules, evaluateRules, traceRules } from "./evaluate.ts";
import { type RuleFacts, ruleFacts } from "./facts.ts";
import { NO_RULES, type RuleGroup, type RuleOutcome, type RuleTrace } from "./rule.ts";

type Input = Pick<DecisionInput, "order" | "record" | "policy" | "now">;

/**
 * What the rules come to. `parcelCount` is `null` before it is packed: rules that look at it do not match then, so that
 * the parcel preset that packing goes by never depends on what packing gives.
 */
export function rulesFor(input: Input, fulfillmentOrder: FulfillmentOrder, parcelCount: number | null): RuleOutcome {
  const { order, policy, now } = input;
  const { rules } = policy;
  if (rules.length === 0) {
    return NO_RULES;
  }
  const replaced = findReplaced(input, fulfillmentOrder)?.shipment.lines ?? null;
  const asked = { order, rules, now, parcelCount, replaced };
  const earlier = remembered.get(fulfillmentOrder) ?? [];
  const known = earlier.find((one) => isSame(one, asked));
  if (known !== undefined) {
    return known.outcome;
  }
  const outcome = evaluateRules(compiledRules(rules), ruleFacts(order, fulfillmentOrder, replaced), {
    now,
    parcelCount,
  });
  remembered.set(fulfillmentOrder, [{ ...asked, outcome }, ...earlier].slice(0, REMEMBERED_MAX));
  return outcome;
}

/** All that an outcome follows from, beside the fulfillment order. */
interface Asked {
  readonly order: Order;
  readonly rules: readonly RuleGroup[];
  readonly now: Instant;
  readonly parcelCount: number | null;
  readonly replaced: readonly ShipmentLine[] | null;
}

/**
 * The same rules are asked about the same order by checks, packing, service choice and guards: they are judged once. An
 * order as it was read is never changed, so the very same objects stand for the very same facts.
 */
const remembered = new WeakMap<FulfillmentOrder, readonly (Asked & { readonly outcome: RuleOutcome })[]>();
/** Before it is packed and after, and once more while a policy changes. */
const REMEMBERED_MAX = 4;

function isSame(a: Asked, b: Asked): boolean {
  return (
    a.order === b.order &&
    a.rules === b.rules &&
    a.now === b.now &&
    a.parcelCount === b.parcelCount &&
    a.replaced === b.replaced
  );
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
  const replaced = findReplaced(input, fulfillmentOrder);
  return ruleFacts(input.order, fulfillmentOrder, replaced?.shipment.lines ?? null);
}
