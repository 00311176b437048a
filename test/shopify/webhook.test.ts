import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { readShopifyWebhook, verifyShopifyWebhook } from "../../src/shopify/webhook.ts";
import { WEBHOOK_TOPICS } from "../../src/shopify/webhook-topics.ts";

const ORDER = "gid://shopify/Order/820982911946154508";
const FULFILLMENT_ORDER = "gid://shopify/FulfillmentOrder/1046000818";

function idsOf(topic: string, body: string | Uint8Array) {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const { orderId, fulfillmentOrderId } = readShopifyWebhook({ "x-shopify-topic": topic }, bytes);
  return [orderId, fulfillmentOrderId];
}

describe("a signature", () => {
  const body = Buffer.from('{"id":1,"name":"Zoë"}');
  const sign = (key: string) => createHmac("sha256", key).update(body).digest("base64");

  it("is genuine under any of the secrets", () => {
    const secrets = [new Secret("new"), new Secret("old")];
    expect(verifyShopifyWebhook(body, sign("new"), secrets)).toBe(true);
    expect(verifyShopifyWebhook(body, sign("old"), secrets)).toBe(true);
    expect(verifyShopifyWebhook(body, sign("other"), secrets)).toBe(false);
  });

  it("agrees with a value computed elsewhere", () => {
    // printf '{"id":1}' | openssl dgst -sha256 -hmac hush -binary | base64
    const known = "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY=";
    expect(verifyShopifyWebhook(Buffer.from('{"id":1}'), known, [new Secret("hush")])).toBe(true);
    expect(verifyShopifyWebhook(Buffer.from('{"id":2}'), known, [new Secret("hush")])).toBe(false);
  });

  it.each([
    ["missing", undefined],
    ["empty", ""],
    ["short", "abc"],
    ["with a byte more", `${sign("new")}=`],
    ["not base64", "ä".repeat(44)],
  ])("that is %s is refused", (_name, header) => {
    expect(verifyShopifyWebhook(body, header, [new Secret("new")])).toBe(false);
  });

  it("fits neither an empty secret nor no secret", () => {
    expect(verifyShopifyWebhook(body, sign(""), [new Secret("")])).toBe(false);
    expect(verifyShopifyWebhook(body, sign(""), [])).toBe(false);
  });
});

describe("a webhook", () => {
  it("is read from its headers in any case", () => {
    const webhook = readShopifyWebhook(
      {
        "X-Shopify-Topic": "orders/updated",
        "X-SHOPIFY-WEBHOOK-ID": ["b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"],
      },
      Buffer.from(`{"admin_graphql_api_id":"${ORDER}"}`),
    );
    expect(webhook).toEqual({
      webhookId: "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
      topic: "orders/updated",
      orderId: ORDER,
      fulfillmentOrderId: null,
    });
  });

  it("without headers is read as far as it goes", () => {
    expect(readShopifyWebhook({}, Buffer.from("{}"))).toEqual({
      webhookId: null,
      topic: null,
      orderId: null,
      fulfillmentOrderId: null,
    });
  });
});

describe("the ids in a body", () => {
  it.each([
    ["orders/create", `{"id":820982911946154508,"admin_graphql_api_id":"${ORDER}"}`, ORDER],
    ["orders/create", '{"id":820982911946154508}', ORDER],
    ["orders/create", '{"line_items":[{"id":5}],"id": 820982911946154508 }', ORDER],
    ["orders/create", '{"id":450789469}', "gid://shopify/Order/450789469"],
    ["orders/create", '{"id":"450789469"}', "gid://shopify/Order/450789469"],
    ["orders/edited", '{"order_edit":{"id":78912328793123782,"order_id":820982911946154508}}', ORDER],
    [
      "orders/risk_assessment_changed",
      `{"order_id":820982911946154508,"admin_graphql_api_order_id":"${ORDER}"}`,
      ORDER,
    ],
    ["refunds/create", '{"id":890088186047892319,"order_id":820982911946154508}', ORDER],
    [
      "fulfillments/create",
      '{"id":123456,"order_id":820982911946154508,"admin_graphql_api_id":"gid://shopify/Fulfillment/123456"}',
      ORDER,
    ],
    ["fulfillments/update", '{"id":123456,"order_id":820982911946154508}', ORDER],
  ])("%s %s", (topic, body, orderId) => {
    expect(idsOf(topic, body)).toEqual([orderId, null]);
  });

  it.each([
    [
      "fulfillment_orders/order_routing_complete",
      `{"fulfillment_order":{"id":"${FULFILLMENT_ORDER}","status":"open"}}`,
    ],
    ["fulfillment_orders/moved", `{"original_fulfillment_order":{"id":"${FULFILLMENT_ORDER}","status":"closed"}}`],
    ["fulfillment_orders/merged", `{"fulfillment_order_merges":{"fulfillment_order":{"id":"${FULFILLMENT_ORDER}"}}}`],
    ["fulfillment_orders/merged", `{"fulfillment_order_merges":[{"fulfillment_order":{"id":"${FULFILLMENT_ORDER}"}}]}`],
    ["fulfillment_holds/added", `{"fulfillment_order":{"id":"${FULFILLMENT_ORDER}"},"fulfillment_hold":{}}`],
  ])("%s %s", (topic, body) => {
    expect(idsOf(topic, body)).toEqual([null, FULFILLMENT_ORDER]);
  });

  it("of a fulfillment order beyond 2^53 keep every digit", () => {
    const body = '{"fulfillment_order":{"id":9007199254740993}}';
    expect(idsOf("fulfillment_orders/split", body)).toEqual([null, "gid://shopify/FulfillmentOrder/9007199254740993"]);
  });

  it.each([
    ["no JSON", "<html>"],
    ["half a JSON", '{"id":82098'],
    ["nothing", ""],
    ["a list", "[1]"],
    ["null", "null"],
    ["a fraction", '{"id":1.5}'],
    ["a power", '{"id":1e300}'],
    ["a negative number", '{"id":-5}'],
    ["another thing's gid", '{"id":null,"admin_graphql_api_id":"gid://shopify/Customer/1"}'],
    ["a very deep list", "[".repeat(200_000)],
    ["a hostile key", '{"__proto__":{"id":7}}'],
  ])("are null in %s", (_name, body) => {
    expect(idsOf("orders/updated", body)).toEqual([null, null]);
  });

  it("are null in topics that concern no order", () => {
    expect(idsOf("app/uninstalled", '{"id":548380009}')).toEqual([null, null]);
    expect(idsOf("bulk_operations/finish", '{"admin_graphql_api_id":"gid://shopify/BulkOperation/1"}')).toEqual([
      null,
      null,
    ]);
  });
});

describe("the head of an order's body", () => {
  const head = (text: string) => idsOf("orders/updated", text)[0];

  it("gives the id without the rest, with slashes escaped or not", () => {
    for (const slash of ["/", "\\/"]) {
      const gid = `gid:${slash}${slash}shopify${slash}Order${slash}820982911946154508`;
      const text = `{"id":820982911946154508,"admin_graphql_api_id":"${gid}","line_items":[`;
      expect(head(text)).toBe("gid://shopify/Order/820982911946154508");
    }
  });

  it("is not believed when id and gid differ, or when the body is of another kind", () => {
    const body = { id: 5, admin_graphql_api_id: "gid://shopify/Order/6", note: "x" };
    expect(head(JSON.stringify(body))).toBe("gid://shopify/Order/6");
    const refund = { id: 7, admin_graphql_api_id: "gid://shopify/Order/7", order_id: 8 };
    expect(idsOf("refunds/create", JSON.stringify(refund))[0]).toBe("gid://shopify/Order/8");
  });
});

describe("the topics that we take", () => {
  it("are spelled alike in both spellings and named once", () => {
    for (const { topic, header } of WEBHOOK_TOPICS) {
      expect(header.replace("/", "_").toUpperCase()).toBe(topic);
    }
    expect(new Set(WEBHOOK_TOPICS.map(({ topic }) => topic)).size).toBe(WEBHOOK_TOPICS.length);
  });

  const samples = join(import.meta.dirname, "../../../shared/shopify/samples/official-2026-07");
  const present = existsSync(samples);
  if (!present) {
    process.stdout.write("skipped: Shopify's sample payloads are not beside the project (../shared/shopify/samples)\n");
  }

  /** Shopify's samples give these no order: the risk sample has nulls, the app's topics are about the app. */
  const WITHOUT_ORDER = /^(?:app|bulk_operations)\/|^orders\/risk_assessment_changed$/;

  it.skipIf(!present).each(WEBHOOK_TOPICS)("lead to an order in Shopify's own sample of $header", ({ header }) => {
    const body = readFileSync(join(samples, `${header.replace("/", "__")}.json`));
    const [orderId, fulfillmentOrderId] = idsOf(header, body);
    if (WITHOUT_ORDER.test(header)) {
      expect([orderId, fulfillmentOrderId]).toEqual([null, null]);
    } else if (/^fulfillment_/.test(header)) {
      expect(fulfillmentOrderId).toMatch(/^gid:\/\/shopify\/FulfillmentOrder\/\d+$/);
    } else {
      // The digits as they stand in the file: some of the samples were themselves rounded by whoever made them.
      expect(orderId).toMatch(/^gid:\/\/shopify\/Order\/8209829119461545\d\d$/);
      expect(body.toString()).toContain(orderId?.split("/").at(-1));
    }
  });
});
