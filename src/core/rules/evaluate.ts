/**
 * Judges all rules on one fulfillment order. The rules are made ready once per policy; after that an order costs one pass
 * over them. The trace is made by a second, slower walk over the same conditions, for those who ask why.
 *
 * Where nobody can say whether a rule of a `first` group matches, the group ends there: what comes after may not be
 * reached. The order is parked for that rule, so that nothing is bought on half of the rules.
 */
import type { Instant } from "../time.ts";
import { type Answer, type CompiledCondition, compileCondition } from "./condition.ts";
import type { RuleFacts } from "./facts.ts";
import {
  NO_RULES,
  type Rule,
  type RuleActions,
  type RuleGroup,
  type RuleOutcome,
  type RuleTrace,
  type UnclearRule,
} from "./rule.ts";
import { type FactView, viewFacts } from "./view.ts";
import { describeActions } from "./words.ts";

interface CompiledRule {
  readonly rule: Rule;
  readonly when: CompiledCondition;
}

export interface CompiledRules {
  readonly groups: readonly { readonly group: RuleGroup; readonly rules: readonly CompiledRule[] }[];
}

export function compileRules(groups: readonly RuleGroup[]): CompiledRules {
  return {
    groups: groups.map((group) => ({
      group,
      rules: group.rules.map((rule) => ({ rule, when: compileCondition(rule.when) })),
    })),
  };
}

/** The same groups are made ready once: a policy is one object as long as it holds. */
const known = new WeakMap<readonly RuleGroup[], CompiledRules>();

export function compiledRules(groups: readonly RuleGroup[]): CompiledRules {
  const compiled = known.get(groups) ?? compileRules(groups);
  known.set(groups, compiled);
  return compiled;
}

/** `parcelCount`: `null` while it is not packed; rules that look at it do not match then. */
export interface Circumstances {
  readonly now: Instant;
  readonly parcelCount: number | null;
}

export function evaluateRules(
  rules: CompiledRules,
  facts: RuleFacts,
  { now, parcelCount }: Circumstances,
): RuleOutcome {
  if (rules.groups.length === 0) {
    return NO_RULES;
  }
  const view = viewFacts(facts, now, parcelCount);
  const matched: Rule[] = [];
  const unclear: UnclearRule[] = [];
  for (const { group, rules: members } of rules.groups) {
    for (const { rule, when } of members) {
      const answer = when.ask(view);
      if (answer === "yes") {
        matched.push(rule);
      } else if (answer === "unknown") {
        unclear.push(unclearRule(rule, when, view));
      }
      if (answer !== "no" && group.match === "first") {
        break;
      }
    }
  }
  return combineActions(matched, unclear, facts.orderName);
}

function unclearRule(rule: Rule, when: CompiledCondition, view: FactView): UnclearRule {
  const leaf = when.explain(view).find(({ answer }) => answer === "unknown");
  return { rule: rule.name, condition: leaf?.condition ?? "its condition", missing: leaf?.saw ?? "not known" };
}

function combineActions(matched: readonly Rule[], unclear: readonly UnclearRule[], orderName: string): RuleOutcome {
  function first<K extends keyof RuleActions>(key: K): RuleActions[K] | null {
    return matched.find(({ actions }) => actions[key] !== null)?.actions[key] ?? null;
  }
  const holding = matched.find(({ actions }) => actions.hold !== null);
  const skipping = matched.find(({ actions }) => actions.skip);
  const asking = matched.find(({ actions }) => actions.approval);
  return {
    service: first("service"),
    providerAccount: first("providerAccount"),
    parcelPreset: first("parcelPreset"),
    insurance: first("insurance"),
    signature: first("signature"),
    deliveryConfirmation: first("deliveryConfirmation"),
    labelFormat: first("labelFormat"),
    labelSize: first("labelSize"),
    reference: first("reference")?.replaceAll("{order}", orderName) ?? null,
    hold: holding === undefined ? null : { rule: holding.name, reason: holding.actions.hold ?? "" },
    skip: skipping === undefined ? null : { rule: skipping.name },
    approval: asking === undefined ? null : { rule: asking.name },
    tags: [...new Set(matched.flatMap(({ actions }) => actions.tags))],
    notes: [...new Set(matched.flatMap(({ actions }) => actions.notes))],
    matched: matched.map(({ name }) => name),
    unclear,
  };
}

const VERDICTS: Readonly<Record<Answer, RuleTrace["verdict"]>> = {
  yes: "matched",
  no: "not_matched",
  unknown: "unclear",
};

/** Every rule with how it was judged, in their order. Says the same as `evaluateRules`. */
export function traceRules(
  rules: CompiledRules,
  facts: RuleFacts,
  { now, parcelCount }: Circumstances,
): readonly RuleTrace[] {
  const view = viewFacts(facts, now, parcelCount);
  return rules.groups.flatMap(({ group, rules: members }) => {
    let isOver = false;
    return members.map(({ rule, when }): RuleTrace => {
      const base = { group: group.name, rule: rule.name, asks: describeActions(rule.actions) };
      if (isOver) {
        return { ...base, verdict: "not_reached", on: [] };
      }
      const answer = when.ask(view);
      isOver = answer !== "no" && group.match === "first";
      const on = when.explain(view).map(({ condition, saw }) => ({ condition, saw }));
      return { ...base, verdict: VERDICTS[answer], on };
    });
  });
}
