/** Facts and rules with the few things that a test is about. */
import { compileRules, evaluateRules, traceRules } from "../../../src/core/rules/evaluate.ts";
import type { LineFact, RuleFacts } from "../../../src/core/rules/facts.ts";
import {
  type Condition,
  NO_ACTIONS,
  type Rule,
  type RuleActions,
  type RuleGroup,
  type RuleOutcome,
  type RuleTrace,
} from "../../../src/core/rules/rule.ts";

/** Wednesday, 14:05 in UTC, 09:05 in New York. */
export const WEDNESDAY = Date.UTC(2026, 10, 25, 14, 5);

export function aLineFact(changes: Partial<LineFact> = {}): LineFact {
  return { sku: "MUG-BLUE", vendor: "Mug Works", productType: null, quantity: 2, weightGrams: 400, ...changes };
}

export function someFacts(changes: Partial<RuleFacts> = {}): RuleFacts {
  return {
    orderName: "#1001",
    tags: ["ready_to_ship", "Fragile"],
    noteAttributes: [{ name: "gift", value: "Yes" }],
    lines: [aLineFact()],
    currency: "USD",
    valueMinor: 2_800,
    destination: { country: "US", province: "CA", postalCode: "94104", poBox: false },
    shippingLine: ["Standard", "std"],
    customer: null,
    risk: "accept",
    location: "31",
    ...changes,
  };
}

export function aRule(name: string, when: Condition, actions: Partial<RuleActions> = {}): Rule {
  return { name, when, actions: { ...NO_ACTIONS, ...actions } };
}

export const ALWAYS: Condition = { kind: "all", of: [] };

export function aGroup(match: RuleGroup["match"], ...rules: readonly Rule[]): RuleGroup {
  return { name: `${match} group`, match, rules };
}

interface Given {
  readonly facts?: Partial<RuleFacts>;
  readonly now?: number;
  readonly parcelCount?: number | null;
}

export function evaluate(groups: readonly RuleGroup[], given: Given = {}): RuleOutcome {
  return evaluateRules(compileRules(groups), someFacts(given.facts), circumstances(given));
}

export function trace(groups: readonly RuleGroup[], given: Given = {}): readonly RuleTrace[] {
  return traceRules(compileRules(groups), someFacts(given.facts), circumstances(given));
}

/** How one condition is judged on the facts. */
export function judge(when: Condition, given: Given = {}): RuleTrace {
  const [only] = trace([aGroup("all", aRule("only", when))], given);
  if (only === undefined) {
    throw new Error("a rule without a trace");
  }
  return only;
}

function circumstances({ now = WEDNESDAY, parcelCount = 1 }: Given) {
  return { now, parcelCount };
}
