/**
 * Shopify's three messages about personal data (compliance webhooks; build/compliance/privacy-law-compliance, read
 * 2026-11-22). They are set in the app's configuration and not by the API, so that they come without a subscription.
 *
 * The topic's header is not signed: whoever captured one message could send its body under another topic. So the body has
 * to have the form of the topic too, and what would end a whole shop has to be that and nothing more. Pure.
 */
import type { OrderId } from "../core/order.ts";
import { isJson, type Json } from "./json.ts";
import { parseKeepingDigits } from "./webhook.ts";

export const PRIVACY_TOPICS: ReadonlySet<string> = new Set([
  "customers/data_request",
  "customers/redact",
  "shop/redact",
]);

export interface PrivacyRequest {
  readonly kind: "data_request" | "redact" | "shop_redact";
  /** Of the customer; none for `shop_redact`. */
  readonly orderIds: readonly OrderId[];
}

/**
 * What a genuine body asks for; `null` when it is not what the topic promises. `shopDomain`: ours; a message that names
 * another shop (one app may be in several) asks nothing of us. Never throws.
 */
export function readPrivacyWebhook(topic: string, rawBody: Uint8Array, shopDomain: string): PrivacyRequest | null {
  const body = parse(rawBody);
  if (body === null || body["shop_domain"] !== shopDomain) {
    return null;
  }
  switch (topic) {
    case "customers/data_request":
      return isJson(body["data_request"]) ? ofOrders("data_request", body["orders_requested"]) : null;
    case "customers/redact":
      return ofOrders("redact", body["orders_to_redact"]);
    case "shop/redact":
      return Object.keys(body).sort().join() === "shop_domain,shop_id" ? { kind: "shop_redact", orderIds: [] } : null;
    default:
      return null;
  }
}

function parse(rawBody: Uint8Array): Json | null {
  try {
    // Ids may be above 2^53.
    const value = parseKeepingDigits(new TextDecoder("utf-8", { fatal: true }).decode(rawBody));
    return isJson(value) ? value : null;
  } catch {
    return null;
  }
}

/** Not `String` of anything: of a list it is its content, and of an object with a `toString` of its own it throws. */
function toNumber(id: unknown): string | null {
  const text = typeof id === "number" ? String(id) : id;
  return typeof text === "string" && /^\d{1,20}$/.test(text) ? text : null;
}

/** One id that is none, and the whole message is not understood: half of a request would count as done. */
function ofOrders(kind: "data_request" | "redact", ids: unknown): PrivacyRequest | null {
  if (!Array.isArray(ids)) {
    return null;
  }
  const numbers = (ids as readonly unknown[]).map(toNumber);
  const orderIds = numbers.flatMap((number) => (number === null ? [] : `gid://shopify/Order/${number}`));
  return orderIds.length === ids.length ? { kind, orderIds: [...new Set(orderIds)] } : null;
}
