/** Each condition: when it holds, when it does not and what it says it saw, and when nobody can say. */
import { describe, expect, it } from "vitest";
import type { RuleFacts } from "../../../src/core/rules/facts.ts";
import { ruleFacts } from "../../../src/core/rules/facts.ts";
import type { Condition } from "../../../src/core/rules/rule.ts";
import { aFulfillmentOrder, aLine, anAddress, anOrder } from "../../support/builders.ts";
import { aLineFact, judge, WEDNESDAY } from "./support.ts";

const atLeast = (min: number) => ({ min, max: null });

describe("a condition", () => {
  it.each<[Condition, Partial<RuleFacts>]>([
    [{ kind: "tag", values: ["vip", "FRAGILE"] }, {}],
    [{ kind: "tag", values: ["ready*"] }, {}],
    [{ kind: "note_attribute", name: "Gift", values: [] }, {}],
    [{ kind: "note_attribute", name: "gift", values: ["yes"] }, {}],
    [{ kind: "sku", values: ["mug-*"], lines: "any" }, { lines: [aLineFact({ sku: "POSTER" }), aLineFact()] }],
    [{ kind: "sku", values: ["mug-*"], lines: "every" }, { lines: [aLineFact(), aLineFact({ sku: "MUG-RED" })] }],
    [{ kind: "vendor", values: ["mug works"], lines: "any" }, {}],
    [{ kind: "product_type", values: ["mugs"], lines: "any" }, { lines: [aLineFact({ productType: "Mugs" })] }],
    [{ kind: "quantity", range: { min: 2, max: 2 } }, {}],
    [{ kind: "weight", range: atLeast(800) }, {}],
    [{ kind: "value", range: atLeast(2_800), currency: "USD" }, {}],
    [{ kind: "currency", values: ["usd"] }, {}],
    [{ kind: "country", values: ["CA", "US"] }, {}],
    [{ kind: "province", values: ["ca"] }, {}],
    [{ kind: "postal_code", values: ["941*"] }, {}],
    [
      { kind: "postal_code", values: ["SW1A*"] },
      { destination: { country: "GB", province: null, postalCode: "sw1a 1aa", poBox: false } },
    ],
    [{ kind: "po_box", is: false }, {}],
    [{ kind: "shipping_line", values: ["STD"] }, {}],
    [{ kind: "customer_tag", values: ["vip"] }, { customer: { tags: ["VIP"], orderCount: 3 } }],
    [{ kind: "order_count", range: atLeast(2) }, { customer: { tags: [], orderCount: 3 } }],
    [{ kind: "risk", values: ["accept"] }, {}],
    [{ kind: "location", values: ["31"] }, {}],
    [{ kind: "parcel_count", range: { min: 1, max: 1 } }, {}],
    [{ kind: "time", days: [3], fromMinute: 540, toMinute: 600, zone: "America/New_York" }, {}],
    [{ kind: "not", of: { kind: "tag", values: ["vip"] } }, {}],
    [
      {
        kind: "any",
        of: [
          { kind: "tag", values: ["vip"] },
          { kind: "country", values: ["US"] },
        ],
      },
      {},
    ],
    // One part that holds is enough, whatever nobody can say about the other.
    [
      {
        kind: "any",
        of: [
          { kind: "customer_tag", values: ["vip"] },
          { kind: "country", values: ["US"] },
        ],
      },
      {},
    ],
  ])("holds: %j", (condition, facts) => {
    expect(judge(condition, { facts })).toMatchObject({ verdict: "matched", on: [] });
  });

  it.each<[Condition, Partial<RuleFacts>, string, string]>([
    [{ kind: "tag", values: ["vip"] }, {}, "tag is vip", "ready_to_ship, Fragile"],
    [{ kind: "tag", values: ["vip"] }, { tags: [] }, "tag is vip", "no tags"],
    [{ kind: "note_attribute", name: "gift", values: ["no"] }, {}, "note_attribute gift is no", "another value"],
    [{ kind: "note_attribute", name: "engraving", values: [] }, {}, "note_attribute engraving is given", "not given"],
    [
      { kind: "sku", values: ["mug-*"], lines: "every" },
      { lines: [aLineFact(), aLineFact({ sku: null })] },
      "sku of every line is mug-*",
      "mug-blue, none",
    ],
    [{ kind: "weight", range: atLeast(3_000) }, {}, "weight at least 3000 g", "800 g"],
    [{ kind: "quantity", range: { min: null, max: 1 } }, {}, "quantity at most 1", "2"],
    [
      { kind: "value", range: { min: 5_000, max: 10_000 }, currency: "USD" },
      {},
      "value 50.00 USD to 100.00 USD",
      "28.00 USD",
    ],
    [{ kind: "country", values: ["DE", "AT"] }, {}, "country is DE or AT", "US"],
    [{ kind: "province", values: ["NY"] }, {}, "province is NY", "CA"],
    [{ kind: "postal_code", values: ["10*"] }, {}, "postal_code is 10*", "94104"],
    [{ kind: "po_box", is: true }, {}, "po_box is yes", "no"],
    [{ kind: "shipping_line", values: ["Express*"] }, {}, "shipping_line is Express*", "Standard, std"],
    [
      { kind: "shipping_line", values: ["Express*"] },
      { shippingLine: [] },
      "shipping_line is Express*",
      "no shipping line",
    ],
    [{ kind: "risk", values: ["cancel"] }, {}, "risk is cancel", "accept"],
    [{ kind: "location", values: ["7"] }, {}, "location is 7", "31"],
    [{ kind: "parcel_count", range: atLeast(2) }, {}, "parcel_count at least 2", "1"],
    [
      { kind: "time", days: [1, 2], fromMinute: 540, toMinute: 1_020, zone: "Europe/Berlin" },
      {},
      "time is mon, tue 09:00-17:00 Europe/Berlin",
      "wed 15:05",
    ],
    [{ kind: "not", of: { kind: "country", values: ["US"] } }, {}, "not country is US", "US"],
    // What must all hold is told by the first that does not, a missing fact notwithstanding.
    [
      {
        kind: "all",
        of: [
          { kind: "customer_tag", values: ["vip"] },
          { kind: "country", values: ["DE"] },
        ],
      },
      {},
      "country is DE",
      "US",
    ],
  ])("does not hold: %j", (condition, facts, on, saw) => {
    expect(judge(condition, { facts })).toMatchObject({ verdict: "not_matched", on: [{ condition: on, saw }] });
  });

  it.each<[Condition, Partial<RuleFacts>, RegExp]>([
    [{ kind: "customer_tag", values: ["vip"] }, {}, /scopes/],
    [{ kind: "order_count", range: atLeast(1) }, {}, /scopes/],
    [{ kind: "order_count", range: atLeast(1) }, { customer: { tags: [], orderCount: null } }, /without customer/],
    [{ kind: "product_type", values: ["mugs"], lines: "any" }, {}, /scopes/],
    [{ kind: "weight", range: atLeast(1) }, { lines: [aLineFact({ weightGrams: null })] }, /without weight/],
    [{ kind: "value", range: atLeast(1), currency: "EUR" }, {}, /28.00 USD, which is not in EUR/],
    [{ kind: "value", range: atLeast(1), currency: "USD" }, { valueMinor: null }, /cannot be read/],
    [{ kind: "country", values: ["US"] }, { destination: null }, /no address/],
    [{ kind: "po_box", is: false }, { destination: null }, /no address/],
    [{ kind: "risk", values: ["accept"] }, { risk: "new_word" }, /new_word/],
    [{ kind: "location", values: ["31"] }, { location: null }, /no longer exists/],
    [
      { kind: "note_attribute", name: "gift", values: ["yes"] },
      { noteAttributes: [{ name: "gift", value: null }] },
      /not kept/,
    ],
    [{ kind: "not", of: { kind: "customer_tag", values: ["vip"] } }, {}, /scopes/],
    [
      {
        kind: "any",
        of: [
          { kind: "customer_tag", values: ["vip"] },
          { kind: "country", values: ["DE"] },
        ],
      },
      {},
      /scopes/,
    ],
  ])("nobody can say: %j", (condition, facts, why) => {
    const { verdict, on } = judge(condition, { facts });
    expect(verdict).toBe("unclear");
    expect(on[0]?.saw).toMatch(why);
  });

  it("on parcels does not match before it is packed, and holds nothing up", () => {
    const condition: Condition = { kind: "parcel_count", range: { min: null, max: 9 } };
    expect(judge(condition, { parcelCount: null })).toMatchObject({
      verdict: "not_matched",
      on: [{ saw: "not packed yet" }],
    });
  });

  it("of time that passes midnight belongs to the day on which it began", () => {
    const night: Condition = { kind: "time", days: [2], fromMinute: 1_320, toMinute: 360, zone: "UTC" };
    const at = (day: number, hour: number) => judge(night, { now: Date.UTC(2026, 10, day, hour) }).verdict;
    expect([at(24, 21), at(24, 22), at(25, 5), at(25, 6), at(25, 22), at(24, 5)]).toEqual([
      ...(["not_matched", "matched", "matched", "not_matched", "not_matched", "not_matched"] as const),
    ]);
    expect(new Date(WEDNESDAY).getUTCDay()).toBe(3);
  });

  it("in a trace shows no value of a note attribute", () => {
    const facts = { noteAttributes: [{ name: "gift", value: "For Ada" }] };
    expect(JSON.stringify(judge({ kind: "note_attribute", name: "gift", values: ["no"] }, { facts }))).not.toMatch(
      /ada/i,
    );
  });
});

describe("the facts of a fulfillment order", () => {
  it("are those of what ships, without names and streets", () => {
    const order = anOrder({ noteAttributes: [{ name: "gift", value: "yes" }] });
    const lines = [
      aLine(),
      aLine({ id: "2", sku: "GIFT-CARD", requiresShipping: false }),
      aLine({ id: "3", quantityRemaining: 0 }),
    ];
    const facts = ruleFacts(order, aFulfillmentOrder({ lines }));
    expect(facts.lines).toEqual([aLineFact()]);
    expect(facts).toMatchObject({ valueMinor: 2_800, location: "31", shippingLine: ["Standard", "standard"] });
    expect(JSON.stringify(facts)).not.toMatch(/Ada|Montgomery|example\.com|\+1/);
  });

  it("of a replacement are those of the label that it replaces", () => {
    const done = aFulfillmentOrder({ lines: [aLine({ quantityRemaining: 0 })] });
    expect(ruleFacts(anOrder(), done, [{ id: aLine().id, quantity: 2 }]).lines).toEqual([aLineFact()]);
  });

  it.each<[string, boolean]>([
    ["PO Box 12", true],
    ["P.O. Box 12", true],
    ["p o box 7", true],
    ["Post Office Box 9", true],
    ["Postfach 1234", true],
    ["Apartado de Correos 5", true],
    ["Casella Postale 9", true],
    ["Boîte postale 3", true],
    ["BP 345", true],
    ["12 Postfachstrasse", false],
    ["1 Boxwood Lane", false],
    ["5 Boxer Road", false],
    ["Unit 4, Box Hill Road", false],
  ])("know whether %s is a post office box: %s", (street2, poBox) => {
    const destination = anAddress({ street1: "Main hall", street2 });
    expect(ruleFacts(anOrder(), aFulfillmentOrder({ destination })).destination?.poBox).toBe(poBox);
  });
});
