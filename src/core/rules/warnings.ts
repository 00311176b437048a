/**
 * What a set of rules says that cannot be meant: a condition that never holds, a rule that is never reached, a rule whose
 * word never counts. Each is a proof, not a guess: where it is not certain, nothing is said. Pure.
 */
import { describeCondition } from "./condition.ts";
import type { Condition, NumberRange, Rule, RuleGroup } from "./rule.ts";
import { fold } from "./text-match.ts";

export interface RuleWarning {
  /** Places in the policy. */
  readonly group: number;
  readonly rule: number;
  /** Completes the rule's name: `is never reached: …`. */
  readonly message: string;
}

export function findRuleWarnings(groups: readonly RuleGroup[]): readonly RuleWarning[] {
  return groups.flatMap(({ match, rules }, group) =>
    rules.flatMap((rule, index) => {
      const message = neverHolds(rule) ?? (match === "first" ? unreached(rules, index) : overruled(rules, index));
      return message === null ? [] : [{ group, rule: index, message }];
    }),
  );
}

function neverHolds({ when }: Rule): string | null {
  const parts = requirements(when);
  for (const part of parts) {
    if (isEmpty(part)) {
      return `never matches: ${describeCondition(part)} cannot be`;
    }
    const against = parts.find((other) => excludes(part, other));
    if (against !== undefined) {
      return `never matches: ${describeCondition(part)} and ${describeCondition(against)} exclude each other`;
    }
  }
  return null;
}

function unreached(rules: readonly Rule[], index: number): string | null {
  const own = rules[index];
  const earlier = own === undefined ? undefined : rules.slice(0, index).find(({ when }) => implies(own.when, when));
  return earlier === undefined ? null : `is never reached: "${earlier.name}" before it matches whenever it would`;
}

/** Of what only one rule can set, the first wins: the later one's word does not count where the earlier always matches too. */
function overruled(rules: readonly Rule[], index: number): string | null {
  const own = rules[index];
  for (const earlier of own === undefined ? [] : rules.slice(0, index)) {
    const { service } = earlier.actions;
    if (
      own?.actions.service &&
      service !== null &&
      service !== own.actions.service &&
      implies(own.when, earlier.when)
    ) {
      return `asks for service ${own.actions.service} in vain: "${earlier.name}" before it always matches too, and asks for ${service}`;
    }
  }
  return null;
}

/** Conditions that must all hold for this one to hold. */
function requirements(condition: Condition): readonly Condition[] {
  return condition.kind === "all" ? condition.of.flatMap(requirements) : [condition];
}

/** Whether `b` holds whenever `a` does. `false` may also mean that it is not certain. */
function implies(a: Condition, b: Condition): boolean {
  if (b.kind === "all") {
    return b.of.every((part) => implies(a, part));
  }
  if (JSON.stringify(a) === JSON.stringify(b)) {
    return true;
  }
  if (a.kind === "any" && a.of.length > 0) {
    return a.of.every((part) => implies(part, b));
  }
  if (a.kind === "all" && a.of.some((part) => implies(part, b))) {
    return true;
  }
  return b.kind === "any" ? b.of.some((part) => implies(a, part)) : leafImplies(a, b);
}

function leafImplies(a: Condition, b: Condition): boolean {
  if ("range" in a && "range" in b && a.kind === b.kind) {
    return sameCurrency(a, b) && isWithin(a.range, b.range);
  }
  if ("values" in a && "values" in b && a.kind === b.kind && sameSubject(a, b)) {
    if (a.kind === "note_attribute") {
      return b.values.length === 0 || (a.values.length > 0 && areAmong(a.values, b.values));
    }
    return areAmong(a.values, b.values);
  }
  return false;
}

type WithValues = Extract<Condition, { readonly values: readonly string[] }>;

/** Of lines: what holds for each of them holds for one, since an order without lines ships nothing. */
function sameSubject(a: WithValues, b: WithValues): boolean {
  if (a.kind === "note_attribute" && b.kind === "note_attribute") {
    return fold(a.name) === fold(b.name);
  }
  return !("lines" in a && "lines" in b) || a.lines === b.lines || a.lines === "every";
}

function sameCurrency(a: Condition, b: Condition): boolean {
  return a.kind !== "value" || b.kind !== "value" || a.currency === b.currency;
}

/** Each of them is there as it stands, or under a pattern that takes everything. */
function areAmong(values: readonly string[], among: readonly string[]): boolean {
  const known = new Set(among.map(fold));
  return known.has("*") || values.every((value) => known.has(fold(value)));
}

function isWithin(inner: NumberRange, outer: NumberRange): boolean {
  const lower = outer.min === null || (inner.min !== null && inner.min >= outer.min);
  const upper = outer.max === null || (inner.max !== null && inner.max <= outer.max);
  return lower && upper;
}

/** A range without a number in it, or nothing of which one must hold. */
function isEmpty(condition: Condition): boolean {
  if (condition.kind === "any") {
    return condition.of.every(isEmpty);
  }
  return "range" in condition && isEmptyRange(condition.range);
}

function isEmptyRange({ min, max }: NumberRange): boolean {
  return (min !== null && max !== null && min > max) || (max !== null && max < 0);
}

/** Facts of which an order has exactly one. It may have several tags, lines and names of a shipping line. */
const SINGLE: ReadonlySet<Condition["kind"]> = new Set(["country", "province", "currency", "risk", "location"]);

function excludes(a: Condition, b: Condition): boolean {
  if (b.kind === "not" && implies(a, b.of)) {
    return true;
  }
  if ("range" in a && "range" in b && a.kind === b.kind && sameCurrency(a, b)) {
    return isEmptyRange({
      min: bound(a.range.min, b.range.min, Math.max),
      max: bound(a.range.max, b.range.max, Math.min),
    });
  }
  if (a.kind === "po_box" && b.kind === "po_box") {
    return a.is !== b.is;
  }
  const isSingle = SINGLE.has(a.kind) && a.kind === b.kind && "values" in a && "values" in b;
  const texts = isSingle ? [...a.values, ...b.values] : ["*"];
  return (
    isSingle && texts.every((text) => !text.includes("*")) && !a.values.some((value) => areAmong([value], b.values))
  );
}

function bound(a: number | null, b: number | null, pick: (a: number, b: number) => number): number | null {
  return a === null || b === null ? (a ?? b) : pick(a, b);
}
