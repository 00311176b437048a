/** The handles by which people and tests reach into the fake shop: the merchant's clicks, and what was done to the shop. */
import type { SandboxReply } from "../serve.ts";
import type { Credentials, Gate } from "./auth.ts";
import { cancelFulfillment } from "./fulfillments.ts";
import type { Ledger } from "./ledger.ts";
import {
  cancelOrder,
  changeTags,
  editLineQuantity,
  holdFulfillmentOrder,
  releaseHold,
  setAddress,
  setFinancialStatus,
} from "./merchant.ts";
import { type HoldSpec, type OrderSpec, placeOrder, routeOrder } from "./orders.ts";
import type { ShopProfile, StoredAddress, StoredOrder } from "./records.ts";
import type { ShopState } from "./state.ts";
import type { WebhookSender } from "./webhooks.ts";

/** How people, and tests, reach into the shop. Every order is named by gid, number or name. */
export class ShopControl {
  readonly credentials: Credentials;
  /** When set, every request gets this status: 404 unknown shop, 402 unpaid, 423 locked. */
  closedWith: SandboxReply["status"] | null = null;
  readonly #state: ShopState;
  readonly #gate: Gate;
  readonly #sender: WebhookSender;
  readonly #unrouted = new Map<string, OrderSpec>();

  constructor(state: ShopState, gate: Gate, sender: WebhookSender, credentials: Credentials) {
    this.#state = state;
    this.#gate = gate;
    this.#sender = sender;
    this.credentials = credentials;
  }

  get profile(): ShopProfile {
    return this.#state.profile;
  }

  /** What was done to the shop so far; live, so it goes on growing. */
  ledger(): Ledger {
    return this.#state.ledger;
  }

  /** All orders as they stand, with their fulfillment orders and fulfillments. */
  orders() {
    return [...this.#state.orders.values()].map((order) => ({
      ...order,
      metafields: [...order.metafields.values()],
      fulfillmentOrders: this.#state.fulfillmentOrdersOf(order),
      fulfillments: this.#state.fulfillmentsOf(order),
    }));
  }

  addOrder(spec: OrderSpec = {}): StoredOrder {
    const order = placeOrder(this.#state, spec);
    if (spec.routed === false) {
      this.#unrouted.set(order.id, spec);
    }
    return order;
  }

  /** Gives an order that was added with `routed: false` its fulfillment orders. */
  routeOrder(which: string): void {
    const order = this.find(which);
    const spec = this.#unrouted.get(order.id);
    if (spec === undefined) {
      throw new Error(`order ${order.name} is routed already`);
    }
    this.#unrouted.delete(order.id);
    routeOrder(this.#state, order, spec, this.#state.clock.now());
    for (const id of order.fulfillmentOrderIds) {
      this.#state.announce("fulfillment_orders/order_routing_complete", id);
    }
  }

  /** Throws `MerchantRefusal` where Shopify refuses. */
  cancelOrder(which: string, reason?: string): void {
    cancelOrder(this.#state, this.find(which), reason);
  }

  /** Holds the order's fulfillment order at `index` among those that are not closed. */
  holdFulfillmentOrder(which: string, hold: HoldSpec = {}, index = 0): void {
    holdFulfillmentOrder(this.#state, this.#openFulfillmentOrder(which, index), hold);
  }

  releaseHold(which: string, index = 0): void {
    releaseHold(this.#state, this.#openFulfillmentOrder(which, index));
  }

  setAddress(which: string, address: Partial<StoredAddress>): void {
    setAddress(this.#state, this.find(which), address);
  }

  addTags(which: string, tags: readonly string[]): void {
    changeTags(this.#state, this.find(which), tags, []);
  }

  removeTags(which: string, tags: readonly string[]): void {
    changeTags(this.#state, this.find(which), [], tags);
  }

  setFinancialStatus(which: string, financialStatus: string): void {
    setFinancialStatus(this.#state, this.find(which), financialStatus);
  }

  editLineQuantity(which: string, lineIndex: number, quantity: number): void {
    editLineQuantity(this.#state, this.find(which), lineIndex, quantity);
  }

  /** A merchant's click on "Cancel fulfillment". */
  cancelFulfillment(fulfillmentId: string): void {
    const fulfillment = this.#state.fulfillments.get(fulfillmentId);
    if (fulfillment === undefined) {
      throw new Error(`no fulfillment ${fulfillmentId}`);
    }
    cancelFulfillment(this.#state, fulfillment);
  }

  revokeToken(): void {
    this.#gate.revoke();
  }

  restoreToken(): void {
    this.#gate.restore();
  }

  setScopes(scopes: readonly string[]): void {
    this.#gate.scopes = new Set(scopes);
  }

  subscriptions() {
    return [...this.#state.subscriptions.values()];
  }

  /** Sends every topic to this address too; `null` ends that. */
  setWebhookSink(uri: string | null): void {
    this.#sender.sink = uri;
  }

  /** Resolves when every webhook is delivered or given up. */
  webhooksIdle(): Promise<void> {
    return this.#sender.idle();
  }

  /** Ends webhooks. May be called twice. */
  stop(): Promise<void> {
    return this.#sender.stop();
  }

  /** By gid, number, `#1001` or `1001`. Throws when there is none. */
  find(which: string): StoredOrder {
    const order =
      this.#state.orders.get(which) ??
      this.#state.orders.get(`gid://shopify/Order/${which}`) ??
      [...this.#state.orders.values()].find((candidate) => candidate.name === which || candidate.name === `#${which}`);
    if (order === undefined) {
      throw new UnknownOrder(`the sandbox has no order ${which}`);
    }
    return order;
  }

  #openFulfillmentOrder(which: string, index: number) {
    const open = this.#state.fulfillmentOrdersOf(this.find(which)).filter((item) => item.status !== "CLOSED");
    const fulfillmentOrder = open[index];
    if (fulfillmentOrder === undefined) {
      throw new UnknownOrder(`order ${which} has no open fulfillment order ${index}`);
    }
    return fulfillmentOrder;
  }
}

export class UnknownOrder extends Error {
  readonly kind = "unknown_order";
}
