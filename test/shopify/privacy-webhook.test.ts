import { expect, it } from "vitest";
import { PRIVACY_TOPICS, readPrivacyWebhook } from "../../src/shopify/privacy-webhook.ts";

const SHOP = "my-shop.myshopify.com";
const read = (topic: string, body: string) => readPrivacyWebhook(topic, Buffer.from(body), SHOP);

// After Shopify's published samples of 2026-07.
const OF_SHOP = `"shop_id":954889,"shop_domain":"${SHOP}"`;
const OF_CUSTOMER = `${OF_SHOP},"customer":{"id":191167,"email":"john@example.com","phone":"555-625-1199"}`;
const BODIES: Readonly<Record<string, string>> = {
  "customers/data_request": `{${OF_CUSTOMER},"orders_requested":[299938,9007199254740993001],"data_request":{"id":9999}}`,
  "customers/redact": `{${OF_CUSTOMER},"orders_to_redact":[299938,299938]}`,
  "shop/redact": `{${OF_SHOP}}`,
};

it("reads each as what it asks, with ids above 2^53 and without repeats", () => {
  expect(Object.entries(BODIES).map(([topic, body]) => read(topic, body))).toEqual([
    { kind: "data_request", orderIds: ["gid://shopify/Order/299938", "gid://shopify/Order/9007199254740993001"] },
    { kind: "redact", orderIds: ["gid://shopify/Order/299938"] },
    { kind: "shop_redact", orderIds: [] },
  ]);
});

it("asks nothing under the topic of another", () => {
  for (const topic of [...PRIVACY_TOPICS, "orders/updated"]) {
    for (const [own, body] of Object.entries(BODIES)) {
      if (topic !== own) {
        expect(read(topic, body), `${own} as ${topic}`).toBeNull();
      }
    }
  }
});

it.each([
  ["another shop", "shop/redact", '{"shop_id":1,"shop_domain":"other.myshopify.com"}'],
  ["an id that is none", "customers/redact", `{${OF_CUSTOMER},"orders_to_redact":[1,"x"]}`],
  ["no list", "customers/redact", `{${OF_CUSTOMER},"orders_to_redact":{"0":1}}`],
  ["no JSON", "customers/redact", "{"],
  ["bytes that are no text", "shop/redact", "\u00ff"],
  ["a list", "shop/redact", "[]"],
])("asks nothing of us with %s", (_, topic, body) => {
  expect(readPrivacyWebhook(topic, Buffer.from(body, "latin1"), SHOP)).toBeNull();
});
