/**
 * What we change in the shop. Each sends its mutation once, throws `RemoteError` as the client does, and gives an outcome
 * for what Shopify answers in a 200: user errors are refusals, a missing result is unknown.
 */
import { AssertionError } from "../base/errors.ts";
import type { Outcome } from "../core/failure.ts";
import type { OrderId } from "../core/order.ts";
import type { OrderStatus } from "../core/status.ts";
import { formatInstant } from "../core/time.ts";
import type { FulfillmentEvent, FulfilmentRequest, TrackingInfo, WebhookSubscription } from "../ports/shop.ts";
import type { ShopifyClient } from "./client.ts";
import { gid } from "./fields.ts";
import { isJson } from "./json.ts";
import { STATUS_METAFIELD, type UserErrorNode } from "./operations.ts";
import { listWebhooks, toSubscription } from "./shop-reads.ts";
import { isAlreadyTaken, isGone, noResult, readUserErrors, refused } from "./user-errors.ts";
import { webhookSubscriptionCreate, webhookSubscriptionDelete } from "./webhook-operations.ts";
import {
  fulfillmentCreate,
  fulfillmentEventCreate,
  fulfillmentTrackingInfoUpdate,
  metafieldsSet,
  type TrackingInput,
  tagsAdd,
  tagsRemove,
} from "./write-operations.ts";

const DONE: Outcome<void> = { outcome: "done", value: undefined };

export async function fulfil(
  client: ShopifyClient,
  request: FulfilmentRequest,
): Promise<Outcome<{ readonly fulfillmentId: string }>> {
  if (request.lines.length === 0) {
    // Shopify takes missing lines for "all that is left", which is not what the label was bought for.
    throw new AssertionError("a fulfilment names the lines that it ships");
  }
  const { fulfillmentCreate: result } = await client.run(fulfillmentCreate, {
    fulfillment: {
      lineItemsByFulfillmentOrder: [
        {
          fulfillmentOrderId: request.fulfillmentOrderId,
          fulfillmentOrderLineItems: request.lines.map(({ id, quantity }) => ({ id, quantity })),
        },
      ],
      trackingInfo: toTrackingInput(request.tracking),
      notifyCustomer: request.notifyCustomer,
    },
  });
  const made = result?.fulfillment ?? null;
  if (made !== null) {
    // An id that is none is thrown for, which leaves it open whether it happened: the order is read before a repeat.
    return {
      outcome: "done",
      value: { fulfillmentId: gid(made.id, "Fulfillment", "fulfillmentCreate.fulfillment.id") },
    };
  }
  return readUserErrors("FulfillmentCreate", result?.userErrors) ?? noResult("FulfillmentCreate");
}

export async function updateTracking(
  client: ShopifyClient,
  fulfillmentId: string,
  tracking: TrackingInfo,
  notifyCustomer: boolean,
): Promise<Outcome<void>> {
  const { fulfillmentTrackingInfoUpdate: result } = await client.run(fulfillmentTrackingInfoUpdate, {
    fulfillmentId,
    trackingInfo: toTrackingInput(tracking),
    notifyCustomer,
  });
  return finish("FulfillmentTrackingInfoUpdate", result?.fulfillment, result?.userErrors);
}

function toTrackingInput({ company, number, url }: TrackingInfo): TrackingInput {
  return { company, number, ...(url === null ? {} : { url }) };
}

export async function postEvent(
  client: ShopifyClient,
  fulfillmentId: string,
  event: FulfillmentEvent,
): Promise<Outcome<void>> {
  const { fulfillmentEventCreate: result } = await client.run(fulfillmentEventCreate, {
    event: { fulfillmentId, status: event.status, happenedAt: formatInstant(event.happenedAt) },
  });
  return finish("FulfillmentEventCreate", result?.fulfillmentEvent, result?.userErrors);
}

function isId(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("gid://");
}

/** Done when Shopify gives back what was changed, or its id; neither that nor an error leaves it open. */
function finish(operation: string, changed: unknown, errors: readonly UserErrorNode[] | undefined): Outcome<void> {
  const refusal = readUserErrors(operation, errors);
  if (refusal !== null) {
    return refusal;
  }
  return isJson(changed) || isId(changed) ? DONE : noResult(operation);
}

export async function mirrorStatus(
  client: ShopifyClient,
  orderId: OrderId,
  status: OrderStatus,
  digest: string | null,
): Promise<Outcome<void>> {
  const { metafieldsSet: result } = await client.run(metafieldsSet, {
    metafields: [
      { ownerId: orderId, ...STATUS_METAFIELD, type: "single_line_text_field", value: status, compareDigest: digest },
    ],
  });
  return finish("MetafieldsSet", result?.metafields?.[0], result?.userErrors);
}

/** Two calls at most. When the second is refused the first has happened: both may be repeated, so that is no harm. */
export async function changeTags(
  client: ShopifyClient,
  orderId: OrderId,
  add: readonly string[],
  remove: readonly string[],
): Promise<Outcome<void>> {
  if (add.length > 0) {
    const { tagsAdd: result } = await client.run(tagsAdd, { id: orderId, tags: add });
    const added = finish("TagsAdd", result?.node, result?.userErrors);
    if (added.outcome !== "done") {
      return added;
    }
  }
  if (remove.length === 0) {
    return DONE;
  }
  const { tagsRemove: result } = await client.run(tagsRemove, { id: orderId, tags: remove });
  return finish("TagsRemove", result?.node, result?.userErrors);
}

export async function createWebhook(
  client: ShopifyClient,
  topic: string,
  uri: string,
): Promise<Outcome<WebhookSubscription>> {
  const { webhookSubscriptionCreate: result } = await client.run(webhookSubscriptionCreate, {
    topic,
    subscription: { uri },
  });
  const made = result?.webhookSubscription ?? null;
  if (made !== null) {
    return { outcome: "done", value: toSubscription(made) };
  }
  if (isAlreadyTaken(result?.userErrors)) {
    const there = (await listWebhooks(client)).find((item) => item.topic === topic && item.uri === uri);
    return there === undefined
      ? refused({ kind: "stale", message: "WebhookSubscriptionCreate: taken, but not by a subscription of this app" })
      : { outcome: "done", value: there };
  }
  return readUserErrors("WebhookSubscriptionCreate", result?.userErrors) ?? noResult("WebhookSubscriptionCreate");
}

export async function deleteWebhook(client: ShopifyClient, id: string): Promise<Outcome<void>> {
  const { webhookSubscriptionDelete: result } = await client.run(webhookSubscriptionDelete, { id });
  if (isGone(result?.userErrors)) {
    return DONE;
  }
  return finish("WebhookSubscriptionDelete", result?.deletedWebhookSubscriptionId, result?.userErrors);
}
