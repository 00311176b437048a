/**
 * What rules say about whether a label is bought now: skip, hold, or park a rule that nobody can judge. That a rule wants
 * approval is a guard (`guards.ts`): a human agrees to a price, which is known when rates are.
 */
import { type CheckResult, pass, stop } from "./check-result.ts";
import type { DecisionInput, Finding } from "./decision.ts";
import { insuranceFor } from "./label-options.ts";
import { formatMoney } from "./money.ts";
import type { FulfillmentOrder } from "./order.ts";
import { linesToShip } from "./plan.ts";
import type { RuleOutcome } from "./rules/rule.ts";
import { fold } from "./rules/text-match.ts";
import type { ReplacedLabel } from "./shown-labels.ts";

/** Names of matching rules that are told; the trace of `why` has them all. */
const TOLD_MAX = 5;

/** Nothing at all where no rule matched and none is unclear. `isRebuy`: that it ships was settled with the first label. */
export function runRuleChecks(outcome: RuleOutcome, fulfillmentOrderId: string, isRebuy: boolean): readonly Finding[] {
  const { matched, unclear } = outcome;
  if (matched.length === 0 && unclear.length === 0) {
    return [];
  }
  const checks: readonly (readonly [string, CheckResult])[] = [
    ["rules can be judged", areClear(outcome)],
    ...(isRebuy ? [] : [["not skipped by a rule", isNotSkipped(outcome)] as const]),
    ["not held by a rule", isNotHeld(outcome)],
  ];
  return checks.map(([check, result]) => ({ check, fulfillmentOrderId, ...result }));
}

function areClear({ matched, unclear }: RuleOutcome): CheckResult {
  const [first] = unclear;
  if (first !== undefined) {
    return stop("park", "rule_unclear", { rule: first.rule, condition: first.condition, missing: first.missing });
  }
  const told = matched.slice(0, TOLD_MAX).join(", ");
  return pass({ matched: matched.length > TOLD_MAX ? `${told} and ${matched.length - TOLD_MAX} more` : told });
}

function isNotSkipped({ skip }: RuleOutcome): CheckResult {
  return skip === null ? pass() : stop("skip", "skipped_by_rule", { rule: skip.rule });
}

function isNotHeld({ hold }: RuleOutcome): CheckResult {
  return hold === null ? pass() : stop("wait", "held_by_rule", { rule: hold.rule, why: hold.reason });
}

/** Nothing at all where nobody asks for insurance. */
export function runInsuranceCheck(
  input: Pick<DecisionInput, "order" | "provider">,
  outcome: RuleOutcome,
  fulfillmentOrder: FulfillmentOrder,
  replaced: ReplacedLabel | null,
): readonly Finding[] {
  if (outcome.insurance === null) {
    return [];
  }
  const lines = replaced?.shipment.lines ?? linesToShip(fulfillmentOrder);
  const insurance = insuranceFor(input, outcome, fulfillmentOrder, lines);
  const result =
    insurance.kind === "impossible"
      ? stop("park", "not_insurable", { why: insurance.why })
      : pass({ insured: insurance.kind === "insured" ? formatMoney(insurance.amount) : "no" });
  return [{ check: "insurance", fulfillmentOrderId: fulfillmentOrder.id, ...result }];
}

/** Tags that the rules ask for and the order lacks. */
export function missingTags(outcome: RuleOutcome, tags: readonly string[]): readonly string[] {
  const present = new Set(tags.map(fold));
  return outcome.tags.filter((tag) => !present.has(fold(tag)));
}
