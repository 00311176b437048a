/**
 * Shopify as the shop that we ship for: the port's methods as operations of the Admin API. Every mutation is sent at most
 * once per call here (the client repeats only what was surely not executed); repeating after an `unknown` is the caller's
 * decision, made after reading. Nothing is kept between calls but the reads that are gathered into one request.
 */
import { RemoteError, toOutcome } from "../base/errors.ts";
import type { Outcome } from "../core/failure.ts";
import type { Shop } from "../ports/shop.ts";
import { createBatchReader } from "./batch-reader.ts";
import type { ShopifyClient } from "./client.ts";
import type { OrderNode } from "./operations.ts";
import {
  changedFulfillmentOrders,
  changedOrders,
  findOrders,
  identify,
  listWebhooks,
  readFulfillment,
  readNodes,
  readOrder,
} from "./shop-reads.ts";
import {
  changeTags,
  createWebhook,
  deleteWebhook,
  fulfil,
  mirrorStatus,
  postEvent,
  updateTracking,
} from "./shop-writes.ts";

/** As many as were measured to cost like one; it also keeps the answer of the largest orders under 3 MB. */
export const ORDERS_PER_READ = 8;

export interface ShopifyShopOptions {
  readonly client: ShopifyClient;
}

/** The port `Shop` on one Shopify shop. */
export function createShopifyShop({ client }: ShopifyShopOptions): Shop {
  const readNode = createBatchReader<OrderNode>({
    read: (ids) => readNodes(client, ids),
    sizeMax: ORDERS_PER_READ,
    // Shopify failing on one order, or one order too large to read, must not stop the seven beside it.
    mayBeOneOf: (error) =>
      error instanceof RemoteError &&
      (error.kind === "malformed" || /^(5\d\d|INTERNAL_SERVER_ERROR)$/.test(error.code ?? "")),
  });
  return {
    identify: () => identify(client),
    changedOrders: (since, cursor) => changedOrders(client, since, cursor),
    changedFulfillmentOrders: (since, cursor) => changedFulfillmentOrders(client, since, cursor),
    findOrders: (name) => findOrders(client, name),
    readOrder: (id) => readOrder(readNode, id),
    readFulfillment: (id) => readFulfillment(client, id),
    fulfil: (request) => settled(() => fulfil(client, request)),
    updateTracking: (id, tracking, notify) => settled(() => updateTracking(client, id, tracking, notify)),
    postEvent: (id, event) => settled(() => postEvent(client, id, event)),
    mirrorStatus: (id, status, digest) => settled(() => mirrorStatus(client, id, status, digest)),
    changeTags: (id, add, remove) => settled(() => changeTags(client, id, add, remove)),
    listWebhooks: () => listWebhooks(client),
    createWebhook: (topic, uri) => settled(() => createWebhook(client, topic, uri)),
    deleteWebhook: (id) => settled(() => deleteWebhook(client, id)),
  };
}

/** A mutation's answer as an outcome, also where the client threw. */
async function settled<T>(change: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await change();
  } catch (error) {
    return toOutcome(error);
  }
}
