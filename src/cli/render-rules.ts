/** The rule trace, for `why` and `--dry-run`: each rule, whether it matched, and on which condition it did not. Pure. */
import { gidNumber } from "../core/order.ts";
import type { RuleTrace } from "../core/rules/rule.ts";
import { cleanText, type Paint, printField } from "./output.ts";

export interface TracedRules {
  readonly fulfillmentOrderId: string;
  readonly rules: readonly RuleTrace[];
}

/** Rules told one by one: of a file of hundreds those that matched and the first of the others. */
const OTHERS_TOLD_MAX = 12;

/** One line a rule: those that matched and those that nobody can judge first, then the others in their order. */
export function ruleLines(
  traced: readonly TracedRules[],
  terminal: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  return traced.flatMap(({ fulfillmentOrderId, rules }) => {
    const part = traced.length > 1 ? ` (${gidNumber(fulfillmentOrderId)})` : "";
    const counts = rules.some(isTold) ? rules.filter(isTold) : [];
    const others = rules.filter((rule) => !isTold(rule));
    const told = [...counts, ...others.slice(0, OTHERS_TOLD_MAX)];
    const left = others.length - OTHERS_TOLD_MAX;
    return [
      ...told.flatMap((rule) => printField("rule", `${ruleText(rule, terminal.paint)}${part}`, terminal, 6)),
      ...(left > 0 ? printField("rule", `${left} more that did not match: --json has them`, terminal, 6) : []),
    ];
  });
}

function isTold({ verdict }: RuleTrace): boolean {
  return verdict === "matched" || verdict === "unclear";
}

function ruleText(rule: RuleTrace, paint: Paint): string {
  const name = cleanText(rule.rule);
  const on = rule.on.map(({ condition, saw }) => cleanText(`${condition}: ${saw}`)).join("; ");
  switch (rule.verdict) {
    case "matched":
      return `${name} ${paint("green", "YES")}: ${cleanText(rule.asks.join(", "))}`;
    case "unclear":
      return `${name} ${paint("red", "UNCLEAR")} (${on})`;
    case "not_reached":
      return `${name} not reached: an earlier rule ended the group ${cleanText(rule.group)}`;
    case "not_matched":
      return `${name} no (${on})`;
  }
}

/** For `--dry-run`, which says what would happen: the rules that matched, and those that nobody can judge. */
export function ruleSentences(traced: readonly TracedRules[]): readonly string[] {
  const rules = traced.flatMap((part) => part.rules);
  const names = (verdict: RuleTrace["verdict"]) =>
    [...new Set(rules.filter((rule) => rule.verdict === verdict).map(({ rule }) => cleanText(rule)))].join(", ");
  const matched = names("matched");
  const unclear = names("unclear");
  return [
    ...(rules.length === 0 ? [] : [`rules that match: ${matched || "none"} of ${rules.length}`]),
    ...(unclear === "" ? [] : [`rules that nobody can judge: ${unclear}`]),
  ];
}

export function tracedJson({ fulfillmentOrderId, rules }: TracedRules): unknown {
  return {
    fulfillmentOrderId,
    rules: rules.map(({ group, rule, verdict, on, asks }) => ({ group, rule, verdict, on, asks })),
  };
}
