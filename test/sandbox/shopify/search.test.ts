import { describe, expect, it } from "vitest";
import { ORDER_FIELDS, ORDER_FIELDS_MISSING, parseSearch } from "../../../src/sandbox/shopify/search.ts";
import type { SearchDocument } from "../../../src/sandbox/shopify/search-index.ts";

const RULES = {
  fields: ORDER_FIELDS,
  missing: ORDER_FIELDS_MISSING,
  timeZone: "America/New_York",
  now: Date.UTC(2026, 10, 22),
};

function order(name: string, updated: string, tags: readonly string[] = []): SearchDocument {
  return {
    id: "gid://shopify/Order/820982911946154508",
    times: { updated_at: Date.parse(updated) },
    texts: { name: [name], tag: tags, status: ["open", "not_closed"], financial_status: ["PAID"] },
    tokenised: ["name"],
  };
}

function matches(query: string, document: SearchDocument): boolean {
  return parseSearch(query, RULES).matches(document);
}

function warningCodes(query: string): string[] {
  return (parseSearch(query, RULES).note(["orders"])?.warnings ?? []).map((warning) => warning.code);
}

describe("search", () => {
  it("takes a quoted time as it is, with >= including the whole second", () => {
    const document = order("#1", "2026-11-22T10:00:00.250Z");
    expect(matches("updated_at:>='2026-11-22T10:00:00Z'", document)).toBe(true);
    expect(matches("updated_at:>='2026-11-22T10:00:01Z'", document)).toBe(false);
    expect(warningCodes("updated_at:>='2026-11-22T10:00:00Z'")).toEqual([]);
  });

  it("lets > skip the rest of the second it names", () => {
    const document = order("#1", "2026-11-22T10:00:00.250Z");
    expect(matches("updated_at:>'2026-11-22T10:00:00Z'", document)).toBe(false);
    expect(matches("updated_at:>'2026-11-22T09:59:59Z'", document)).toBe(true);
  });

  it("drops the time of day from an unquoted time and uses the shop's midnight", () => {
    const query = "updated_at:>=2026-01-01T12:00:00Z";
    expect(matches(query, order("#1", "2026-01-01T05:00:00Z"))).toBe(true);
    expect(matches(query, order("#1", "2026-01-01T04:59:59Z"))).toBe(false);
    expect(warningCodes(query)).toEqual(["invalid_value"]);
    expect(parseSearch(query, RULES).note(["orders"])?.parsed).toEqual({ "updated_at>=": "2026-01-01T05:00:00.000Z" });
  });

  it("ignores an unknown field with a warning, which leaves the search unfiltered", () => {
    expect(matches("order_number:5", order("#1", "2026-01-01T00:00:00Z"))).toBe(true);
    expect(warningCodes("order_number:5")).toEqual(["invalid_field"]);
  });

  it("refuses loudly what Shopify could evaluate and the sandbox cannot", () => {
    expect(() => parseSearch("gateway:bogus", RULES)).toThrow(/cannot search by gateway/);
    expect(() => parseSearch("(tag:a OR tag:b) test:false", RULES)).toThrow(/parentheses/);
  });

  it("matches names word by word", () => {
    const document = order("#1001-A", "2026-01-01T00:00:00Z");
    expect(matches("name:1001", document)).toBe(true);
    expect(matches("name:'#1001'", document)).toBe(true);
    expect(matches("name:100", document)).toBe(false);
    expect(matches("name:100*", document)).toBe(true);
  });

  it("matches tags and statuses as a whole, whatever the letters' case", () => {
    const document = order("#1", "2026-01-01T00:00:00Z", ["ready_to_ship"]);
    expect(matches("tag:READY_TO_SHIP status:open", document)).toBe(true);
    expect(matches("tag:ready", document)).toBe(false);
    expect(matches("-tag:ready_to_ship", document)).toBe(false);
    expect(matches("tag_not:ready_to_ship", document)).toBe(false);
    expect(matches("status:cancelled OR financial_status:paid", document)).toBe(true);
  });

  it("compares ids above 2^53 exactly", () => {
    const document = order("#1", "2026-01-01T00:00:00Z");
    expect(matches("id:820982911946154508", document)).toBe(true);
    expect(matches("id:820982911946154509", document)).toBe(false);
  });
});
