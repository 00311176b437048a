import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import { explainReason, isReason, REASONS, type Reason, remedyFor } from "../../src/core/reasons.ts";
import { REASON_CASES, REASONS_OF_RUNS } from "./reason-cases.ts";

const NAMES = Object.keys(REASONS).filter(isReason);

describe("an order that does not move says why", () => {
  it.each(Object.entries(REASON_CASES))("%s", (_sentence, { input, status, reason, says }) => {
    const { judgement } = decide(input);
    expect(judgement).toMatchObject({ status, reason });
    expect(explainReason(reason, judgement.input)).toBe(says);
  });

  it.each(Object.entries(REASON_CASES))("%s, and it neither buys nor tells the shop", (_sentence, { input }) => {
    const kinds = decide(input).actions.map(({ kind }) => kind);
    expect(
      kinds.filter((kind) => ["quote", "requote", "buy", "void", "fulfil", "update_tracking"].includes(kind)),
    ).toEqual([]);
  });

  it.each(Object.entries(REASON_CASES))("%s, and nothing in the text is left open", (_sentence, { input, reason }) => {
    const text = `${explainReason(reason, decide(input).judgement.input)} ${remedyFor(reason, input.order.name)}`;
    expect(text).not.toMatch(/[{}]|unknown\b|undefined|null/);
  });
});

describe("every reason", () => {
  const reached = new Set<Reason>(Object.values(REASON_CASES).map(({ reason }) => reason));

  it("is reached by an input, or is one that only a run gives", () => {
    expect(NAMES.filter((reason) => !reached.has(reason)).sort()).toEqual([...REASONS_OF_RUNS].sort());
    expect(REASONS_OF_RUNS.filter((reason) => reached.has(reason))).toEqual([]);
  });

  it.each(NAMES)("%s has a sentence and a way out", (reason) => {
    const { sentence, remedy } = REASONS[reason];
    expect(sentence).toMatch(/^[a-zA-Z{]/);
    expect(sentence.endsWith(".")).toBe(false);
    expect(remedy.length).toBeGreaterThan(5);
    expect([...remedy.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)).toEqual(
      remedy.includes("--order") ? remedy.match(/--order/g)?.map(() => "order") : [],
    );
  });

  it("is known by its name, and other words are none", () => {
    expect(isReason("no_rate")).toBe(true);
    expect([isReason("constructor"), isReason(""), isReason(null)]).toEqual([false, false, false]);
  });
});

describe("the texts", () => {
  it("take their facts, and say so when one is missing", () => {
    expect(explainReason("not_paid", { financialStatus: "voided" })).toBe("the payment is voided, not paid");
    expect(explainReason("not_paid", { financialStatus: null })).toBe("the payment is unknown, not paid");
    expect(explainReason("purchase_outcome_unknown", { lookups: 0 })).toContain("looked up 0x");
    expect(explainReason("held_by_staff", { who: "a", why: "{who} $& $1" })).toBe("a put it on hold: {who} $& $1");
  });

  it.each([
    ["#1001", "shipbot retry --order 1001"],
    ["1001", "shipbot retry --order 1001"],
    ["#EU-1001/b", "shipbot retry --order EU-1001/b"],
    ["#EU 1001", "shipbot retry --order 'EU 1001'"],
    ["#1; rm", "shipbot retry --order '1; rm'"],
    ["it's", "shipbot retry --order 'it'\\''s'"],
    ["##7", "shipbot retry --order '#7'"],
  ])("name the order %s in a form that a shell takes", (name, command) => {
    expect(remedyFor("not_fulfillable", name).endsWith(command)).toBe(true);
  });
});
