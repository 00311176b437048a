/** Groups, order and actions: what several rules come to together. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRules, evaluateRules, traceRules } from "../../../src/core/rules/evaluate.ts";
import { NO_RULES } from "../../../src/core/rules/rule.ts";
import { nextOpening } from "../../../src/core/rules/wall-clock.ts";
import { ALWAYS, aGroup, aRule, evaluate, someFacts, trace, WEDNESDAY } from "./support.ts";

const NEVER = { kind: "any", of: [] } as const;
const UNCLEAR = { kind: "customer_tag", values: ["vip"] } as const;

describe("rules", () => {
  it("without any ask for nothing", () => {
    expect(evaluate([])).toEqual(NO_RULES);
  });

  it("of a first group end with the first that matches; what comes after is not reached", () => {
    const group = aGroup(
      "first",
      aRule("a", NEVER, { service: "A" }),
      aRule("b", ALWAYS, { service: "B" }),
      aRule("c", ALWAYS, { service: "C", hold: "never told" }),
    );
    expect(evaluate([group])).toMatchObject({ service: "B", hold: null, matched: ["b"] });
    expect(trace([group]).map(({ verdict }) => verdict)).toEqual(["not_matched", "matched", "not_reached"]);
  });

  it("of an all group count all; of one thing the first that sets it wins, tags and notes add up", () => {
    const group = aGroup(
      "all",
      aRule("a", ALWAYS, { tags: ["x"], notes: ["one"], signature: "none" }),
      aRule("b", ALWAYS, { service: "B", tags: ["y", "x"], signature: "adult" }),
      aRule("c", ALWAYS, { service: "C", notes: ["two"], skip: true }),
    );
    expect(evaluate([group])).toMatchObject({
      ...{ service: "B", signature: "none", tags: ["x", "y"], notes: ["one", "two"] },
      ...{ skip: { rule: "c" }, matched: ["a", "b", "c"] },
    });
  });

  it("that nobody can judge are named, and end a first group: half of the rules is not applied", () => {
    const rules = [aRule("vip", UNCLEAR, { service: "A" }), aRule("rest", ALWAYS, { service: "B" })];
    const first = evaluate([aGroup("first", ...rules)]);
    expect(first).toMatchObject({ service: null, matched: [] });
    expect(first.unclear).toEqual([
      { rule: "vip", condition: "customer_tag is vip", missing: "the customer was not read (docs/rules.md, scopes)" },
    ]);
    expect(evaluate([aGroup("all", ...rules)])).toMatchObject({ service: "B", unclear: [{ rule: "vip" }] });
    const matchedBefore = evaluate([aGroup("first", aRule("us", ALWAYS), ...rules)]);
    expect(matchedBefore.unclear).toEqual([]);
  });

  it("name who holds, who asks, and fill the order's name into the reference", () => {
    const group = aGroup(
      "all",
      aRule("big", ALWAYS, { hold: "call first", approval: true, reference: "Order {order}" }),
    );
    expect(evaluate([group])).toMatchObject({
      hold: { rule: "big", reason: "call first" },
      approval: { rule: "big" },
      reference: "Order #1001",
    });
  });

  it("are traced as they are judged, whatever the rules", () => {
    const condition = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(ALWAYS, NEVER, UNCLEAR),
        fc.record({
          kind: fc.constantFrom("all" as const, "any" as const),
          of: fc.array(tie("node"), { maxLength: 3 }),
        }),
        fc.record({ kind: fc.constant("not" as const), of: tie("node") }),
      ),
    })).node as fc.Arbitrary<Parameters<typeof aRule>[1]>;
    const group = fc
      .tuple(fc.constantFrom("first" as const, "all" as const), fc.array(condition, { minLength: 1, maxLength: 5 }))
      .map(([match, conditions]) => aGroup(match, ...conditions.map((when, index) => aRule(`r${index}`, when))));
    fc.assert(
      fc.property(group, (one) => {
        const compiled = compileRules([one]);
        const circumstances = { now: WEDNESDAY, parcelCount: 1 };
        const outcome = evaluateRules(compiled, someFacts(), circumstances);
        const traced = traceRules(compiled, someFacts(), circumstances);
        const named = (verdict: string) => traced.filter((entry) => entry.verdict === verdict).map(({ rule }) => rule);
        expect(named("matched")).toEqual(outcome.matched);
        expect(named("unclear")).toEqual(outcome.unclear.map(({ rule }) => rule));
        // Same input, same outcome; and what did not match says on what.
        expect(evaluateRules(compileRules([structuredClone(one)]), someFacts(), circumstances)).toEqual(outcome);
        for (const entry of traced.filter(({ verdict }) => verdict === "unclear")) {
          expect(entry.on.length).toBeGreaterThan(0);
        }
      }),
      { seed: 20_261_125, numRuns: 500 },
    );
  });
});

describe("the next opening of a window", () => {
  const window = { days: [1, 5], fromMinute: 540, toMinute: 1_020, zone: "America/New_York" };

  it.each([
    ["2026-11-25T14:05:00Z", "2026-11-27T14:00:00.000Z"],
    ["2026-11-27T15:00:00Z", "2026-11-27T15:00:00.000Z"],
    ["2026-11-27T22:00:00Z", "2026-11-30T14:00:00.000Z"],
    // The night in which New York's clocks go back, 2026-11-01: Monday 9:00 is one hour later in UTC.
    ["2026-10-30T21:30:00Z", "2026-11-02T14:00:00.000Z"],
    // And forward, 2026-03-08.
    ["2026-03-06T22:30:00Z", "2026-03-09T13:00:00.000Z"],
  ])("after %s is %s", (from, opening) => {
    expect(new Date(nextOpening(Date.parse(from), window) ?? 0).toISOString()).toBe(opening);
  });
});
