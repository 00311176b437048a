/** Answers that break the schema in ways the fuzzer found to matter: none may pass for something that it is not. */
import { describe, expect, it } from "vitest";
import { RemoteError } from "../../src/base/errors.ts";
import { readAnswer } from "../../src/shopify/answer.ts";
import type { ShopifyClient } from "../../src/shopify/client.ts";
import { ordersByIds } from "../../src/shopify/operations.ts";
import { readPrivacyWebhook } from "../../src/shopify/privacy-webhook.ts";
import { createShopifyShop } from "../../src/shopify/shop.ts";
import { translateOrder } from "../../src/shopify/translate.ts";
import { fulfillmentOrderNode, lineNode, orderNode } from "./order-node.ts";

const CLOCK = { now: () => Date.parse("2026-11-22T12:00:00Z"), sleep: async () => undefined };
const FULFILMENT = {
  fulfillmentOrderId: "gid://shopify/FulfillmentOrder/21",
  lines: [{ id: "gid://shopify/FulfillmentOrderLineItem/31", quantity: 2 }],
  tracking: { company: "USPS", number: "9400", url: null },
  notifyCustomer: false,
};

/** A shop whose every answer has these data. */
function shopThatSays(data: unknown) {
  const bytes = Buffer.from(JSON.stringify({ data }));
  const client: ShopifyClient = {
    async run(operation) {
      const answer = readAnswer(operation, { status: 200, headers: new Headers(), bytes }, CLOCK);
      if (answer.outcome === "failed") {
        throw answer.error;
      }
      return answer.data;
    },
  };
  return createShopifyShop({ client });
}

async function kindOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return "a value";
  } catch (error) {
    return error instanceof RemoteError ? error.kind : `${error}`;
  }
}

function weighing(weight: unknown) {
  const line = { ...lineNode(), weight };
  const lineItems = { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [line] };
  return {
    ...orderNode(),
    fulfillmentOrders: {
      pageInfo: { hasNextPage: false, endCursor: null },
      nodes: [{ ...fulfillmentOrderNode(), lineItems }],
    },
  };
}

function without(pageInfo: unknown) {
  return { ...orderNode(), fulfillmentOrders: { pageInfo, nodes: [fulfillmentOrderNode()] } };
}

describe("an order is malformed", () => {
  it.each([
    ["a unit that every object has", weighing({ value: 1, unit: "constructor" })],
    ["a unit that is the prototype", weighing({ value: 1, unit: "__proto__" })],
    ["a weight beyond numbers", weighing({ value: 1e308, unit: "KILOGRAMS" })],
    ["no word on whether more follows", without({ endCursor: null })],
    ["a word where it says whether more follows", without({ hasNextPage: "no", endCursor: null })],
    [
      "a fulfillment order listed twice",
      {
        ...orderNode(),
        fulfillmentOrders: {
          pageInfo: { hasNextPage: false, endCursor: null },
          nodes: [fulfillmentOrderNode(), fulfillmentOrderNode({ status: "CLOSED" })],
        },
      },
    ],
    ["an id of another type", { ...orderNode(), id: "gid://shopify/Product/1" }],
    [
      "a fulfillment order without a proper id",
      {
        ...orderNode(),
        fulfillmentOrders: {
          pageInfo: { hasNextPage: false, endCursor: null },
          nodes: [{ ...fulfillmentOrderNode(), id: "21" }],
        },
      },
    ],
    [
      "a country that is none",
      {
        ...orderNode(),
        fulfillmentOrders: {
          pageInfo: { hasNextPage: false, endCursor: null },
          nodes: [{ ...fulfillmentOrderNode(), destination: { countryCode: "1e999" } }],
        },
      },
    ],
  ])("with %s", async (_, node) => {
    expect(await kindOf(() => translateOrder(node as never))).toBe("malformed");
  });
});

describe("a page is malformed, so that the watermark stays", () => {
  it.each([
    ["nothing says whether more follows", { orders: { pageInfo: { endCursor: "c" }, nodes: [] } }],
    ["a change is null", { orders: { pageInfo: { hasNextPage: false }, nodes: [null] } }],
    [
      "a change has an id of another type",
      {
        orders: {
          pageInfo: { hasNextPage: false },
          nodes: [{ id: "7", name: "#7", updatedAt: "2026-11-22T12:00:00Z" }],
        },
      },
    ],
  ])("when %s", async (_, data) => {
    expect(await kindOf(() => shopThatSays(data).changedOrders(0, null))).toBe("malformed");
  });
});

describe("a write", () => {
  it.each([
    ["whose id is null", { fulfillmentCreate: { fulfillment: { id: null }, userErrors: [] } }],
    ["whose id is a number", { fulfillmentCreate: { fulfillment: { id: 61 }, userErrors: [] } }],
    ["whose result is a word", { fulfillmentCreate: { fulfillment: "done", userErrors: [] } }],
    ["whose errors are a word", { fulfillmentCreate: { fulfillment: null, userErrors: "no" } }],
    ["whose errors are null", { fulfillmentCreate: { fulfillment: null, userErrors: [null] } }],
    ["whose error says nothing", { fulfillmentCreate: { fulfillment: null, userErrors: [{ message: 7 }] } }],
  ])("%s may have happened", async (_, data) => {
    expect((await shopThatSays(data).fulfil(FULFILMENT)).outcome).toBe("unknown");
  });

  it("is not done because a text stands where a list of results should", async () => {
    const answer = shopThatSays({ metafieldsSet: { metafields: "abc", userErrors: [] } });
    expect((await answer.mirrorStatus("gid://shopify/Order/1", "delivered", null)).outcome).toBe("unknown");
  });
});

it.each([
  ["whose message cannot be made a text", '{"toString":1}'],
  ["whose message is deeper than the stack", "[".repeat(50_000) + "]".repeat(50_000)],
])("an error %s is read all the same", (_, message) => {
  const bytes = Buffer.from(`{"errors":[{"message":${message}}]}`);
  const answer = readAnswer(ordersByIds, { status: 200, headers: new Headers(), bytes }, CLOCK);
  expect(answer.outcome).toBe("failed");
});

it.each([
  ["an object that cannot be made a text", '[{"toString":1}]'],
  ["a list around a number", "[[7]]"],
  ["half a number", "[7.5]"],
])("a message about personal data with %s among its orders is not understood, and throws nothing", (_, ids) => {
  const body = Buffer.from(`{"shop_domain":"s.myshopify.com","orders_to_redact":${ids}}`);
  expect(readPrivacyWebhook("customers/redact", body, "s.myshopify.com")).toBeNull();
});
