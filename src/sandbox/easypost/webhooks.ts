/** Webhook subscriptions (POST, GET, PATCH, DELETE /v2/webhooks) and the signature of what is sent to them. */
import { createHmac } from "node:crypto";
import { type JsonObject, objectAt, objectsAt, textAt } from "./body.ts";
import { ApiRefusal, notFound } from "./errors.ts";
import type { WebhookSubscription, World } from "./state.ts";

/** A handful per account is usual; this keeps a loop that subscribes at every start from growing without end. */
const WEBHOOKS_MAX = 100;
const CUSTOM_HEADERS_MAX = 20;

/** Registers a subscription. Calling it twice makes two: the API does not look for equal urls. Throws `ApiRefusal` 422. */
export function createWebhook(world: World, body: JsonObject): WebhookSubscription {
  const input = objectAt(body, "webhook") ?? body;
  const url = textAt(input, "url");
  if (url === null || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new ApiRefusal(422, "WEBHOOK.INVALID", "The webhook url is invalid.");
  }
  if (world.webhooks.size >= WEBHOOKS_MAX) {
    throw new ApiRefusal(422, "WEBHOOK.INVALID", `The sandbox holds at most ${WEBHOOKS_MAX} webhooks.`);
  }
  const webhook: WebhookSubscription = {
    id: world.ids.next("hook"),
    createdAt: world.clock.now(),
    url,
    secret: textAt(input, "webhook_secret"),
    customHeaders: readHeaders(input),
    disabledAt: null,
    failuresInARow: 0,
  };
  world.webhooks.set(webhook.id, webhook);
  return webhook;
}

/** Changes secret and headers, and enables it again. The body may be wrapped in `webhook` or not: both occur. */
export function updateWebhook(world: World, id: string, body: JsonObject): WebhookSubscription {
  const webhook = findWebhook(world, id);
  const input = objectAt(body, "webhook") ?? body;
  webhook.secret = textAt(input, "webhook_secret") ?? webhook.secret;
  webhook.customHeaders = input["custom_headers"] === undefined ? webhook.customHeaders : readHeaders(input);
  webhook.disabledAt = null;
  webhook.failuresInARow = 0;
  return webhook;
}

/** Throws `ApiRefusal` 404. */
export function findWebhook(world: World, id: string): WebhookSubscription {
  const webhook = world.webhooks.get(id);
  if (webhook === undefined) {
    throw notFound();
  }
  return webhook;
}

/**
 * Signature v1, the value of `X-Hmac-Signature`: HMAC-SHA256 over the exact bytes sent, keyed with the secret in Unicode
 * form NFKD as UTF-8 (@easypost/api 8.9.0, Utils.validateWebhook).
 */
export function signWebhook(secret: string, body: string): string {
  const key = Buffer.from(secret.normalize("NFKD"), "utf8");
  return `hmac-sha256-hex=${createHmac("sha256", key).update(body, "utf8").digest("hex")}`;
}

/**
 * JSON with whole weights as `10.0`: the API sends floats, and its own verifier rewrites `"weight":10` before it hashes,
 * so a body with a bare integer would be refused there although it is signed correctly.
 */
export function stringifyWithFloats(value: unknown): string {
  return JSON.stringify(value).replace(/("weight":)(-?\d+)(?=[,}])/g, "$1$2.0");
}

function readHeaders(input: JsonObject): WebhookSubscription["customHeaders"] {
  return objectsAt(input, "custom_headers")
    .slice(0, CUSTOM_HEADERS_MAX)
    .flatMap((header) => {
      const name = textAt(header, "name");
      return name === null ? [] : [{ name, value: textAt(header, "value") ?? "" }];
    });
}
