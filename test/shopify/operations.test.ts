import { readFileSync } from "node:fs";
import { buildSchema, Kind, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { buildFullSchema, cutSchema, readIntrospection } from "../../config/build/cut-schema.ts";
import { requestedCost } from "../../src/sandbox/shopify/cost.ts";
import { SCHEMA_TEXT } from "../../src/sandbox/shopify/schema-text.ts";
import * as operations from "../../src/shopify/operations.ts";
import * as webhookOperations from "../../src/shopify/webhook-operations.ts";
import * as writeOperations from "../../src/shopify/write-operations.ts";
import { readShared } from "../sandbox/shopify/shop-client.ts";

const all = Object.values({ ...operations, ...writeOperations, ...webhookOperations }).flatMap((value) =>
  typeof value === "object" && "document" in value ? [value] : [],
);
const packed = readShared("admin_2026-10.json.gz");

/** Not `assumeValid`: the cut must stand on its own. */
const cut = buildSchema(SCHEMA_TEXT);

function costOf(document: string): number {
  const parsed = parse(document);
  const operation = parsed.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) {
    throw new Error("no operation");
  }
  return requestedCost({ schema: cut, document: parsed, operation, variables: {} });
}

describe("operations", () => {
  it("are all there", () => {
    expect(all.map((operation) => operation.name).sort()).toEqual([
      "FulfillmentCreate",
      "FulfillmentEventCreate",
      "FulfillmentEvents",
      "FulfillmentOrdersChanged",
      "FulfillmentTrackingInfoUpdate",
      "MetafieldsSet",
      "OrderByName",
      "OrdersByIds",
      "OrdersChanged",
      "ShopIdentity",
      "TagsAdd",
      "TagsRemove",
      "WebhookSubscriptionCreate",
      "WebhookSubscriptionDelete",
      "WebhookSubscriptions",
    ]);
  });

  it.each(all)("$name is valid against the cut schema and named as it says", ({ name, kind, document }) => {
    const parsed = parse(document);
    expect(validate(cut, parsed).map((error) => error.message)).toEqual([]);
    const [operation] = parsed.definitions;
    expect(operation?.kind === Kind.OPERATION_DEFINITION && [operation.operation, operation.name?.value]).toEqual([
      kind,
      name,
    ]);
  });

  it("a field that Shopify does not have is found out", () => {
    const document = operations.ordersChanged.document.replace("updatedAt", "updatedOn");
    expect(validate(cut, parse(document))).toHaveLength(1);
  });

  it("cost what the polls and the reads were planned with", () => {
    expect(costOf(operations.ordersChanged.document)).toBe(13);
    expect(costOf(operations.fulfillmentOrdersChanged.document)).toBe(13);
    expect(costOf(operations.ordersByIds.document)).toBeLessThanOrEqual(250);
    expect(Math.max(...all.map((operation) => costOf(operation.document)))).toBeLessThanOrEqual(250);
  });
});

describe.skipIf(packed === null)("operations beside Shopify's full schema", () => {
  const introspection = packed === null ? null : readIntrospection(packed);

  it("are valid there, and nothing in them is deprecated", () => {
    const full = introspection && buildFullSchema(introspection);
    for (const { name, document } of all) {
      const messages = full === null ? ["no schema"] : validate(full, parse(document)).map((error) => error.message);
      expect([name, ...messages]).toEqual([name]);
    }
  });

  it("the committed cut is what cutting gives today", () => {
    const committed = readFileSync(new URL("../../src/sandbox/shopify/schema-text.ts", import.meta.url), "utf8");
    const date = /, (\d{4}-\d{2}-\d{2}), by/.exec(committed)?.[1] ?? "";
    expect(introspection && cutSchema(introspection, date)).toBe(committed);
    expect(committed.length).toBeLessThan(60_000);
  });
});
