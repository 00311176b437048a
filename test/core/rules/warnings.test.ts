/** What `config check` warns about: each case is certain, and what is only likely is not told. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Condition } from "../../../src/core/rules/rule.ts";
import { findRuleWarnings } from "../../../src/core/rules/warnings.ts";
import { ALWAYS, aGroup, aLineFact, aRule, judge, trace } from "./support.ts";

const tag = (...values: string[]): Condition => ({ kind: "tag", values });
const weight = (min: number | null, max: number | null): Condition => ({ kind: "weight", range: { min, max } });
const country = (...values: string[]): Condition => ({ kind: "country", values });
const all = (...of: Condition[]): Condition => ({ kind: "all", of });
const not = (of: Condition): Condition => ({ kind: "not", of });

const told = (match: "first" | "all", ...rules: Parameters<typeof aRule>[]) =>
  findRuleWarnings([aGroup(match, ...rules.map((rule) => aRule(...rule)))]).map(({ rule, message }) => [rule, message]);

describe("a rule is warned about", () => {
  it("that an earlier one of a first group always comes before", () => {
    expect(told("first", ["heavy", weight(3_000, null)], ["heavier", all(weight(5_000, null), country("US"))])).toEqual(
      [[1, 'is never reached: "heavy" before it matches whenever it would']],
    );
    expect(told("first", ["rest", ALWAYS], ["late", tag("a")])).toHaveLength(1);
    expect(told("first", ["some", tag("a", "B")], ["one", tag("b")])).toHaveLength(1);
  });

  it("that can never match", () => {
    expect(told("all", ["none", weight(10, 5)])).toEqual([[0, "never matches: weight 10 g to 5 g cannot be"]]);
    expect(told("all", ["both", all(country("US"), country("DE"))])[0]?.[1]).toMatch(/exclude each other/);
    expect(told("all", ["turn", all(tag("a"), not(tag("A", "b")))])[0]?.[1]).toMatch(/exclude each other/);
  });

  it("that asks for another service where an earlier one always matches too", () => {
    const rules = [
      ["a", country("US", "CA"), { service: "A" }],
      ["b", country("US"), { service: "B" }],
    ] satisfies Parameters<typeof aRule>[];
    expect(told("all", ...rules)).toEqual([
      [1, 'asks for service B in vain: "a" before it always matches too, and asks for A'],
    ]);
  });

  it("not where it is not certain", () => {
    expect(told("first", ["heavy", weight(3_000, null)], ["light", weight(null, 3_000)])).toEqual([]);
    expect(told("first", ["glob", tag("a*")], ["other", tag("b*")])).toEqual([]);
    // An order has several tags and lines: these can hold together.
    expect(told("all", ["both", all(tag("a"), tag("b"))])).toEqual([]);
    expect(
      told("all", ["some", country("US"), { service: "A" }], ["more", country("US", "CA"), { service: "B" }]),
    ).toEqual([]);
  });

  it("only when it is true: no order that was made up reaches what is said never to be reached or to match", () => {
    const leaf = fc.oneof(
      fc.subarray(["a", "b", "c"], { minLength: 1 }).map((values) => tag(...values)),
      fc.subarray(["US", "DE"], { minLength: 1 }).map((values) => country(...values)),
      fc.tuple(fc.option(fc.nat(4)), fc.option(fc.nat(4))).map(([min, max]) => weight(min, max)),
      fc.constant<Condition>({ kind: "customer_tag", values: ["vip"] }),
    );
    const condition: fc.Arbitrary<Condition> = fc.oneof(
      leaf,
      leaf.map(not),
      fc.array(leaf, { maxLength: 3 }).map((of) => all(...of)),
      fc.array(leaf, { maxLength: 3 }).map((of): Condition => ({ kind: "any", of })),
      fc.tuple(leaf, leaf).map(([a, b]) => all(a, not(b))),
    );
    const facts = fc.record({
      tags: fc.subarray(["a", "b", "c"]),
      country: fc.constantFrom("US", "DE", "FR"),
      grams: fc.option(fc.integer({ min: 1, max: 5 })),
    });
    let warnings = 0;
    fc.assert(
      fc.property(condition, condition, fc.array(facts, { minLength: 8, maxLength: 8 }), (first, second, orders) => {
        const group = aGroup("first", aRule("first", first), aRule("second", second));
        const found = findRuleWarnings([group]);
        warnings += found.length;
        for (const { tags, country: land, grams } of orders) {
          const destination = { country: land, province: null, postalCode: null, poBox: false };
          const given = { facts: { tags, destination, lines: [aLineFact({ quantity: 1, weightGrams: grams })] } };
          for (const { rule, message } of found) {
            const verdict = message.startsWith("never matches")
              ? judge(rule === 0 ? first : second, given).verdict
              : trace([group], given)[rule]?.verdict;
            expect(verdict).not.toBe("matched");
          }
        }
      }),
      { seed: 20_261_125, numRuns: 3_000 },
    );
    expect(warnings).toBeGreaterThan(200);
  });
});
