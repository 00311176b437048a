/**
 * What arrives from Shopify as a webhook: is it genuine, and which order is it about. The body is mined for ids and
 * dropped; what the order looks like is read from the API. Pure: no clock, no I/O.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "../base/secret.ts";
import type { FulfillmentOrderId, OrderId } from "../core/order.ts";

/** Node's `IncomingHttpHeaders`, or any record of headers: names are compared without case. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ShopifyWebhook {
  /** One per delivery and kept over Shopify's repeats: what duplicates are found by. `null` when the header is missing. */
  readonly webhookId: string | null;
  /** As in the header: `orders/updated`. */
  readonly topic: string | null;
  readonly orderId: OrderId | null;
  readonly fulfillmentOrderId: FulfillmentOrderId | null;
}

/**
 * Whether one of `secrets` signed exactly these bytes: base64 of HMAC-SHA256 in `X-Shopify-Hmac-Sha256`
 * (webhooks/verify-deliveries, read 2026-11-22). Several, because deliveries go on with the old secret for up to an hour
 * after a change. Takes the same time whichever secret fits and wherever the texts differ. An empty secret fits nothing.
 */
export function verifyShopifyWebhook(
  rawBody: Uint8Array,
  headerHmac: string | null | undefined,
  secrets: readonly Secret[],
): boolean {
  const given = Buffer.from(headerHmac ?? "");
  let genuine = false;
  for (const secret of secrets) {
    const key = secret.reveal();
    const expected = Buffer.from(createHmac("sha256", key).update(rawBody).digest("base64"));
    const fits = given.length === expected.length && timingSafeEqual(given, expected);
    genuine = (fits && key !== "") || genuine;
  }
  return genuine;
}

/** Reads headers and ids. Never throws: what cannot be read is `null`, and the body is not looked at beyond its ids. */
export function readShopifyWebhook(headers: WebhookHeaders, rawBody: Uint8Array): ShopifyWebhook {
  const lowered = lowerCaseNames(headers);
  const topic = lowered.get("x-shopify-topic") ?? null;
  const bytes = Buffer.from(rawBody.buffer, rawBody.byteOffset, rawBody.byteLength);
  return {
    webhookId: lowered.get("x-shopify-webhook-id") ?? null,
    topic,
    ...(readHead(topic ?? "", bytes) ?? readIds(topic ?? "", bytes.toString("utf8"))),
  };
}

function lowerCaseNames(headers: WebhookHeaders): Map<string, string> {
  const lowered = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const first = typeof value === "string" ? value : value?.[0];
    if (first !== undefined && first !== "") {
      lowered.set(name.toLowerCase(), first);
    }
  }
  return lowered;
}

type Ids = Pick<ShopifyWebhook, "orderId" | "fulfillmentOrderId">;

/**
 * How the body of an order begins, from the first byte on: id and gid of one and the same order, slashes escaped or not.
 * Then the other five kilobytes need not be parsed to know whose they are. Anything else goes the long way.
 */
const ORDER_HEAD = /^\{"id":(\d{1,20}),"admin_graphql_api_id":"gid:\\?\/\\?\/shopify\\?\/Order\\?\/\1"[,}]/;
/** Two ids and their keys. */
const HEAD_LENGTH = 120;
const WHOLE_ORDER_TOPICS: ReadonlySet<string> = new Set(["orders/create", "orders/updated", "orders/cancelled"]);

function readHead(topic: string, body: Buffer): Ids | null {
  if (!WHOLE_ORDER_TOPICS.has(topic)) {
    return null;
  }
  const number = ORDER_HEAD.exec(body.toString("latin1", 0, HEAD_LENGTH))?.[1];
  return number === undefined ? null : { orderId: `gid://shopify/Order/${number}`, fulfillmentOrderId: null };
}

function readIds(topic: string, text: string): Ids {
  try {
    const body = JSON.parse(text) as unknown;
    const ids = findIds(topic, body);
    return ids ?? findIds(topic, parseKeepingDigits(text)) ?? { orderId: null, fulfillmentOrderId: null };
  } catch {
    return { orderId: null, fulfillmentOrderId: null };
  }
}

/** `null` when an id is there that `JSON.parse` has rounded: then the text must be read again, digit by digit. */
function findIds(topic: string, body: unknown): Ids | null {
  if (topic.startsWith("fulfillment_orders/") || topic.startsWith("fulfillment_holds/")) {
    const fulfillmentOrderId = findFulfillmentOrder(body);
    const orderId = toGid("Order", member(body, "order_id"));
    return orderId === ROUNDED || fulfillmentOrderId === ROUNDED ? null : { orderId, fulfillmentOrderId };
  }
  const orderId = findOrder(topic, body);
  return orderId === ROUNDED ? null : { orderId, fulfillmentOrderId: null };
}

/** Where the ids stand differs by topic (Shopify's sample payloads of 2026-07). */
function findOrder(topic: string, body: unknown): OrderId | null | typeof ROUNDED {
  const places: unknown[] = [];
  if (topic.startsWith("orders/")) {
    places.push(
      member(body, "admin_graphql_api_order_id"),
      member(body, "admin_graphql_api_id"),
      member(body, "order_id"),
      member(member(body, "order_edit"), "order_id"),
      // Only after the others: in a risk assessment the top-level id, should one come, is not the order's.
      topic === "orders/risk_assessment_changed" ? null : member(body, "id"),
    );
  } else if (topic.startsWith("refunds/") || topic.startsWith("fulfillments/")) {
    places.push(member(body, "admin_graphql_api_order_id"), member(body, "order_id"));
  }
  return firstGid("Order", places);
}

/** Moves and merges name their fulfillment orders differently; any of them leads to the order. */
function findFulfillmentOrder(body: unknown): FulfillmentOrderId | null | typeof ROUNDED {
  return firstGid("FulfillmentOrder", [
    member(member(body, "fulfillment_order"), "id"),
    member(member(body, "original_fulfillment_order"), "id"),
    member(member(body, "moved_fulfillment_order"), "id"),
    member(member(member(body, "fulfillment_order_merges"), "fulfillment_order"), "id"),
    member(first(member(body, "fulfillment_order_merges")), "id"),
    member(member(first(member(body, "fulfillment_order_merges")), "fulfillment_order"), "id"),
  ]);
}

const ROUNDED = Symbol("rounded");

function firstGid(type: string, places: readonly unknown[]): string | null | typeof ROUNDED {
  for (const place of places) {
    const gid = toGid(type, place);
    if (gid !== null) {
      return gid;
    }
  }
  return null;
}

/** A gid of this type from a gid, a text of digits or a number; `ROUNDED` when the number lost digits. */
function toGid(type: string, value: unknown): string | null | typeof ROUNDED {
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && value > 0 ? `gid://shopify/${type}/${value}` : numberBeyond(value);
  }
  if (typeof value !== "string") {
    return null;
  }
  const match = /^(?:gid:\/\/shopify\/([A-Za-z]+)\/)?(\d{1,40})(?:\?.*)?$/.exec(value);
  return match === null || (match[1] ?? type) !== type ? null : `gid://shopify/${type}/${match[2]}`;
}

function numberBeyond(value: number): null | typeof ROUNDED {
  return Number.isInteger(value) && value > 0 ? ROUNDED : null;
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? (value as readonly unknown[])[0] : undefined;
}

/** `JSON.parse`, but whole numbers beyond 2^53 become texts with all their digits. Slower: only for bodies that need it. */
export function parseKeepingDigits(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source;
    return typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && /^\d+$/.test(source)
      ? source
      : value;
  }) as unknown;
}
