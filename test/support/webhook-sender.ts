/** Webhooks as Shopify signs and sends them, and the source that checks them: for everything that talks to our web server. */
import { createHmac, randomUUID } from "node:crypto";
import { Secret } from "../../src/base/secret.ts";
import type { WebhookSource } from "../../src/server/webhook-route.ts";
import { readShopifyWebhook, verifyShopifyWebhook } from "../../src/shopify/webhook.ts";

export const SECRET = "hush";

export const shopifySource: WebhookSource = {
  name: "shopify",
  path: "/webhooks/shopify",
  secretSetting: "SHOPIFY_WEBHOOK_SECRET",
  verify: (rawBody, headers) => {
    const signature = headers["x-shopify-hmac-sha256"];
    const given = typeof signature === "string" ? signature : null;
    return verifyShopifyWebhook(rawBody, given, [new Secret(SECRET)]) ? "valid" : "invalid";
  },
  read: (headers, rawBody) => {
    const { webhookId, topic, orderId, fulfillmentOrderId } = readShopifyWebhook(headers, rawBody);
    return { externalId: webhookId, topic: topic ?? "unknown", orderId, fulfillmentOrderId };
  },
};

export interface Message {
  readonly body: string | Buffer;
  readonly headers: Record<string, string>;
}

export function sign(body: string | Buffer, secret = SECRET): string {
  return createHmac("sha256", secret).update(body).digest("base64");
}

/** An update of the order, signed, with an id of its own. */
export function orderUpdate(order: number, headers: Record<string, string> = {}): Message {
  return signed(JSON.stringify({ id: order, admin_graphql_api_id: `gid://shopify/Order/${order}` }), headers);
}

export function signed(body: string | Buffer, headers: Record<string, string> = {}): Message {
  return {
    body,
    headers: {
      "content-type": "application/json",
      "x-shopify-topic": "orders/updated",
      "x-shopify-webhook-id": randomUUID(),
      "x-shopify-hmac-sha256": sign(body),
      ...headers,
    },
  };
}

export async function post(url: string, message: Message, path = "/webhooks/shopify"): Promise<Response> {
  const { body, headers } = message;
  return await fetch(url + path, {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : new Blob([Uint8Array.from(body)]),
  });
}
