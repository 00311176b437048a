/** What rules cost one order: judging 500 of them, and a whole decision with them. The same order, none of them matching. */
import { decide } from "../../src/core/decide.ts";
import type { DecisionInput } from "../../src/core/decision.ts";
import type { Policy } from "../../src/core/policy.ts";
import { type Condition, NO_ACTIONS } from "../../src/core/rules/rule.ts";
import { anInput, aPolicy } from "../support/builders.ts";
import { type BenchRow, figure, quantile } from "./row.ts";

const RULES = 500;
const ROUNDS = 5_000;
const BUDGET_MS = 1;
const BUDGETS = [{ what: "deciding one order with 500 rules, p50", budget: `< ${BUDGET_MS} ms` }];

/** Three leaves a rule of six kinds, so that no rule ends early by luck, and no rule matches: the dearest order. */
function rules(): Policy["rules"] {
  const leaf = (number: number): Condition => {
    const kinds: readonly Condition[] = [
      { kind: "tag", values: [`tag-${number}`, `other-${number}*`] },
      { kind: "sku", values: [`SKU-${number}*`], lines: "any" },
      { kind: "weight", range: { min: 10_000 + number, max: null } },
      { kind: "postal_code", values: [`${number}*`] },
      { kind: "shipping_line", values: [`Express ${number}`] },
      { kind: "value", range: { min: 1_000_000 + number, max: null }, currency: "USD" },
    ];
    return kinds[number % kinds.length] ?? { kind: "any", of: [] };
  };
  const one = (number: number) => ({
    name: `rule ${number}`,
    when: { kind: "any", of: [leaf(10_000 + number), leaf(20_001 + number), leaf(30_002 + number)] } as const,
    actions: { ...NO_ACTIONS, service: "USPS Priority" },
  });
  return [{ name: "all", match: "all", rules: Array.from({ length: RULES }, (_, number) => one(number)) }];
}

function timeDecisions(input: DecisionInput): readonly number[] {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    decide(input);
    times.push(performance.now() - startedAt);
  }
  return times;
}

export const RULE_COST: BenchRow = {
  name: "rules",
  budgets: BUDGETS,
  async measure(say) {
    say(`${ROUNDS} decisions with ${RULES} rules, and as many without`);
    const without = quantile(timeDecisions(anInput()), 0.5);
    const times = timeDecisions(anInput({ policy: aPolicy({ rules: rules() }) }));
    const value = quantile(times, 0.5);
    const micros = (ms: number) => `${figure(ms * 1_000)} µs`;
    return BUDGETS.map((line) => ({
      ...line,
      measured: micros(value),
      detail: `p99 ${micros(quantile(times, 0.99))}, without rules p50 ${micros(without)}`,
      holds: value < BUDGET_MS,
      value,
    }));
  },
};
