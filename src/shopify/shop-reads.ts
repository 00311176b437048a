/** The shop's reads. They throw `RemoteError` and change nothing, so that each may be repeated at any time. */
import type { ShopKind } from "../core/key-guard.ts";
import type { Order, OrderId } from "../core/order.ts";
import { formatInstant, type Instant, SECOND_MS } from "../core/time.ts";
import type {
  ChangedFulfillmentOrder,
  ChangedOrder,
  FulfillmentEvent,
  FulfillmentState,
  OrderReference,
  Page,
  ShopIdentity,
  WebhookSubscription,
} from "../ports/shop.ts";
import type { ShopifyClient } from "./client.ts";
import { filled, gid, hasMore, instant, list, malformed, optionalText, required, text } from "./fields.ts";
import {
  fulfillmentOrdersChanged,
  type OrderNode,
  orderByName,
  ordersByIds,
  ordersChanged,
  type PageInfo,
  type ShopIdentityData,
  shopIdentity,
} from "./operations.ts";
import { translateOrder } from "./translate.ts";
import { webhookSubscriptions } from "./webhook-operations.ts";
import { fulfillmentEvents } from "./write-operations.ts";

/** 250 events: no parcel has as many, and reading on for ever would be a bug. */
const EVENT_PAGES_MAX = 5;
/** 1,000 subscriptions, ten times what we make for one address. */
const WEBHOOK_PAGES_MAX = 10;

export async function identify(client: ShopifyClient): Promise<ShopIdentity> {
  const data = await client.run(shopIdentity, {});
  const shop = required(data.shop, "shop");
  const scopes = list(required(data.currentAppInstallation, "currentAppInstallation").accessScopes, "accessScopes");
  return {
    name: text(shop.name, "shop.name"),
    domain: text(shop.myshopifyDomain, "shop.myshopifyDomain"),
    currency: text(shop.currencyCode, "shop.currencyCode"),
    timeZone: text(shop.ianaTimezone, "shop.ianaTimezone"),
    kind: kindOf(shop.plan),
    scopes: scopes.map((scope, index) => text(scope?.handle, `accessScopes.${index}.handle`)),
  };
}

/** A missing plan says nothing: the rest of the answer is used all the same. */
function kindOf(plan: ShopIdentityData["shop"]["plan"] | undefined): ShopKind {
  if (plan === null || plan === undefined) {
    return "unknown";
  }
  return plan.partnerDevelopment === true || plan.publicDisplayName === "Development" ? "development" : "live";
}

export async function changedOrders(
  client: ShopifyClient,
  since: Instant,
  cursor: string | null,
): Promise<Page<ChangedOrder>> {
  const data = await client.run(ordersChanged, { after: cursor, query: updatedSince(since) });
  const orders = required(data.orders, "orders");
  const items = list(orders.nodes, "orders.nodes").map((item, index) => {
    const path = `orders.nodes.${index}`;
    const node = required(item, path);
    return {
      id: gid(node.id, "Order", `${path}.id`),
      name: text(node.name, `${path}.name`),
      updatedAt: instant(node.updatedAt, `${path}.updatedAt`),
      over: node.displayFulfillmentStatus === "FULFILLED",
    };
  });
  return { items, nextCursor: nextCursor(orders.pageInfo, "orders") };
}

export async function changedFulfillmentOrders(
  client: ShopifyClient,
  since: Instant,
  cursor: string | null,
): Promise<Page<ChangedFulfillmentOrder>> {
  const data = await client.run(fulfillmentOrdersChanged, { after: cursor, query: updatedSince(since) });
  const fulfillmentOrders = required(data.fulfillmentOrders, "fulfillmentOrders");
  const items = list(fulfillmentOrders.nodes, "fulfillmentOrders.nodes").map((item, index) => {
    const path = `fulfillmentOrders.nodes.${index}`;
    const node = required(item, path);
    return {
      id: gid(node.id, "FulfillmentOrder", `${path}.id`),
      orderId: gid(node.orderId, "Order", `${path}.orderId`),
      orderName: text(node.orderName, `${path}.orderName`),
      updatedAt: instant(node.updatedAt, `${path}.updatedAt`),
    };
  });
  return { items, nextCursor: nextCursor(fulfillmentOrders.pageInfo, "fulfillmentOrders") };
}

/**
 * In quotes, or Shopify drops the time of day and reads the date in the shop's time zone; `>=`, or the rest of the second
 * is skipped; to the second, as Shopify stores fractions that it does not show (changelog 2026-10-19, recorded answers).
 */
function updatedSince(since: Instant): string {
  const second = Math.floor(since / SECOND_MS) * SECOND_MS;
  return `updated_at:>='${formatInstant(second).replace(".000Z", "Z")}'`;
}

function nextCursor(pageInfo: PageInfo, path: string): string | null {
  if (!hasMore(pageInfo, `${path}.pageInfo`)) {
    return null;
  }
  if (typeof pageInfo.endCursor !== "string") {
    throw malformed(`${path}.pageInfo.endCursor`);
  }
  return pageInfo.endCursor;
}

/** The search finds words: `name:'1001'` also gives `#1001-A`. Only what is called exactly so is returned. */
export async function findOrders(client: ShopifyClient, name: string): Promise<readonly OrderReference[]> {
  const bare = name.trim().replace(/^#/, "");
  if (bare === "") {
    return [];
  }
  const { orders } = await client.run(orderByName, { query: `name:'${bare.replaceAll(/[\\']/g, "\\$&")}'` });
  return list(required(orders, "orders").nodes, "orders.nodes")
    .map((node, index) => required(node, `orders.nodes.${index}`))
    .filter((node) => node.name === bare || node.name === `#${bare}`)
    .map(({ id, name }) => ({ id: gid(id, "Order", "orders.nodes.id"), name }));
}

export async function readOrder(read: (id: string) => Promise<OrderNode | null>, id: OrderId): Promise<Order | null> {
  // One malformed id would fail the request of all who are read with it, and an id of another type reads as nothing.
  if (!/^gid:\/\/shopify\/Order\/\d+$/.test(id)) {
    return null;
  }
  const node = await read(id);
  return node === null ? null : translateOrder(node);
}

export async function readNodes(client: ShopifyClient, ids: readonly string[]): Promise<readonly (OrderNode | null)[]> {
  const { nodes } = await client.run(ordersByIds, { ids });
  if (!Array.isArray(nodes) || nodes.length !== ids.length) {
    throw malformed("nodes");
  }
  for (const [index, node] of nodes.entries()) {
    // An answer in another order than asked would give each order the state of another.
    if (node !== null && node.id !== ids[index]) {
      throw malformed(`nodes.${index}.id`);
    }
  }
  return nodes;
}

export async function readFulfillment(client: ShopifyClient, id: string): Promise<FulfillmentState | null> {
  if (!/^gid:\/\/shopify\/Fulfillment\/\d+$/.test(id)) {
    return null;
  }
  const events: FulfillmentEvent[] = [];
  let after: string | null = null;
  for (let read = 0; read < EVENT_PAGES_MAX; read += 1) {
    const { fulfillment } = await client.run(fulfillmentEvents, { id, after });
    if (fulfillment === null) {
      return null;
    }
    const page = required(fulfillment?.events, "fulfillment.events");
    for (const [index, item] of list(page.nodes, "fulfillment.events.nodes").entries()) {
      const path = `fulfillment.events.nodes.${index}`;
      const node = required(item, path);
      events.push({
        status: text(node.status, `${path}.status`),
        happenedAt: instant(node.happenedAt, `${path}.happenedAt`),
      });
    }
    after = nextCursor(page.pageInfo, "fulfillment.events");
    if (after === null) {
      return {
        status: text(fulfillment.status, "fulfillment.status").toLowerCase(),
        trackingNumbers: list(fulfillment.trackingInfo, "fulfillment.trackingInfo").flatMap(
          (entry, index) => optionalText(entry?.number, `fulfillment.trackingInfo.${index}.number`) ?? [],
        ),
        // Shopify gives the latest first.
        events: events.reverse(),
      };
    }
  }
  // A part of the timeline would let an event be posted a second time.
  throw malformed("fulfillment.events");
}

/** Throws `malformed` when it is none. */
export function toSubscription(node: WebhookSubscription): WebhookSubscription {
  const { id, topic, uri } = required(node, "webhookSubscription");
  return {
    id: filled(id, "webhookSubscription.id"),
    topic: text(topic, "webhookSubscription.topic"),
    uri: text(uri, "webhookSubscription.uri"),
  };
}

export async function listWebhooks(client: ShopifyClient): Promise<readonly WebhookSubscription[]> {
  const found: WebhookSubscription[] = [];
  let after: string | null = null;
  for (let read = 0; read < WEBHOOK_PAGES_MAX; read += 1) {
    const data = await client.run(webhookSubscriptions, { after });
    const result = required(data.webhookSubscriptions, "webhookSubscriptions");
    found.push(...list(result.nodes, "webhookSubscriptions.nodes").map(toSubscription));
    after = nextCursor(result.pageInfo, "webhookSubscriptions");
    if (after === null) {
      return found;
    }
  }
  throw malformed("webhookSubscriptions.pageInfo");
}
