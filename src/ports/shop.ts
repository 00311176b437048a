/**
 * The shop we ship for. Reads throw `RemoteError` (`src/base/errors.ts`) with one of the failure kinds; calls that change
 * something return an `Outcome`, because "it may have happened" is an answer, not an accident.
 */
import type { Outcome } from "../core/failure.ts";
import type { ShopKind } from "../core/key-guard.ts";
import type { FulfillmentOrderId, Order, OrderId } from "../core/order.ts";
import type { OrderStatus } from "../core/status.ts";
import type { Instant } from "../core/time.ts";

export interface ShopIdentity {
  readonly name: string;
  /** `my-shop.myshopify.com`. */
  readonly domain: string;
  readonly currency: string;
  readonly timeZone: string;
  /** `development`: for trying things out, its orders are no real ones. */
  readonly kind: ShopKind;
  /** Scopes that the token was granted. */
  readonly scopes: readonly string[];
}

/** As little as the cheap poll gives; enough to know whether the order must be read. */
export interface ChangedOrder {
  readonly id: OrderId;
  readonly name: string;
  readonly updatedAt: Instant;
  /** Nothing is left to ship: an order that we never had to do with need not be read. A cancelled one is read like any other. */
  readonly over: boolean;
}

export interface ChangedFulfillmentOrder {
  readonly id: FulfillmentOrderId;
  readonly orderId: OrderId;
  readonly orderName: string;
  readonly updatedAt: Instant;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it to the next call; `null` on the last page. Never kept across runs. */
  readonly nextCursor: string | null;
}

export interface OrderReference {
  readonly id: OrderId;
  readonly name: string;
}

export interface FulfilmentRequest {
  readonly fulfillmentOrderId: FulfillmentOrderId;
  /** What the label was bought for: exactly these units, not "the rest". */
  readonly lines: readonly { readonly id: string; readonly quantity: number }[];
  readonly tracking: TrackingInfo;
  readonly notifyCustomer: boolean;
}

export interface TrackingInfo {
  /** The carrier's name as the shop writes it (`USPS`, `DHL Express`). */
  readonly company: string;
  readonly number: string;
  readonly url: string | null;
}

export interface FulfillmentEvent {
  /** Shopify's word, e.g. `IN_TRANSIT`. */
  readonly status: string;
  readonly happenedAt: Instant;
}

export interface FulfillmentState {
  /** As in `Fulfillment.status`. Events and tracking are accepted on cancelled ones without an error: look first. */
  readonly status: string;
  readonly trackingNumbers: readonly string[];
  readonly events: readonly FulfillmentEvent[];
}

export interface WebhookSubscription {
  readonly id: string;
  /** Shopify's enum word, e.g. `ORDERS_UPDATED`. */
  readonly topic: string;
  readonly uri: string;
}

export interface Shop {
  /** Proves the credential. Repeatable. */
  identify(): Promise<ShopIdentity>;

  /** Orders changed at or after `since`, oldest change first; an order that changes during the scan comes again, none is left out. */
  changedOrders(since: Instant, cursor: string | null): Promise<Page<ChangedOrder>>;

  /** The same for fulfillment orders: holds and moves do not touch the order's own `updatedAt`. */
  changedFulfillmentOrders(since: Instant, cursor: string | null): Promise<Page<ChangedFulfillmentOrder>>;

  /** Orders whose name is exactly `name` (with or without `#`). Searches an index that lags a little. */
  findOrders(name: string): Promise<readonly OrderReference[]>;

  /**
   * One order as it stands now, `null` when the shop has none. Reads of several callers at the same moment are put into
   * one request. Read-after-write consistent.
   */
  readOrder(id: OrderId): Promise<Order | null>;

  /** State and events of one fulfillment; `null` when there is none. */
  readFulfillment(id: string): Promise<FulfillmentState | null>;

  /**
   * Tells the shop that these units left with this tracking number. NOT idempotent: before a repeat, read the order and
   * look for the tracking number. Value: the id of the fulfillment.
   */
  fulfil(request: FulfilmentRequest): Promise<Outcome<{ readonly fulfillmentId: string }>>;

  /** Replaces the tracking number of a fulfillment. Repeating it changes nothing. */
  updateTracking(fulfillmentId: string, tracking: TrackingInfo, notifyCustomer: boolean): Promise<Outcome<void>>;

  /** Adds an event to a fulfillment's timeline. NOT idempotent: read the fulfillment before a repeat. */
  postEvent(fulfillmentId: string, event: FulfillmentEvent): Promise<Outcome<void>>;

  /** Sets the metafield `shipbot.status`. Repeatable; refused with kind `stale` when somebody else set it since `digest` was read. */
  mirrorStatus(orderId: OrderId, status: OrderStatus, digest: string | null): Promise<Outcome<void>>;

  /** Adds and removes tags without touching others. Repeatable. */
  changeTags(orderId: OrderId, add: readonly string[], remove: readonly string[]): Promise<Outcome<void>>;

  /** Subscriptions made through the API by this app. Repeatable. */
  listWebhooks(): Promise<readonly WebhookSubscription[]>;
  /** Subscribing twice to one topic and address is refused by the shop; the adapter counts that as done. */
  createWebhook(topic: string, uri: string): Promise<Outcome<WebhookSubscription>>;
  deleteWebhook(id: string): Promise<Outcome<void>>;
}
