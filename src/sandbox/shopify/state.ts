/**
 * The fake shop's whole state: plain records in maps, changed only by `orders.ts`, `merchant.ts` and `resolvers-write.ts`.
 *
 * An order has fulfillment orders (work to do, per location), and those become fulfillments (work done). A fulfillment
 * order moves OPEN → IN_PROGRESS (some units shipped) → CLOSED (all shipped, or the order was cancelled), with ON_HOLD and
 * SCHEDULED beside OPEN. Every change stamps `updatedAt` on exactly those objects on which Shopify stamps it; the rules
 * that surprise are next to the change. Nothing is asynchronous here, so one request is one atomic change. Nothing is
 * written to disk: a crash of the sandbox loses the shop.
 */
import type { DurationMs, Instant } from "../../core/time.ts";
import type { Clock } from "../../ports/clock.ts";
import { IdSource } from "./ids.ts";
import { Ledger } from "./ledger.ts";
import type {
  ShopProfile,
  StoredFulfillment,
  StoredFulfillmentOrder,
  StoredLine,
  StoredLocation,
  StoredOrder,
  StoredSubscription,
} from "./records.ts";
import { type SearchDocument, SearchIndex } from "./search-index.ts";

/** A change that Shopify tells subscribers about. `topic` as in the header, e.g. `orders/updated`. */
export type Announce = (topic: string, subjectId: string) => void;

export class ShopState {
  readonly clock: Clock;
  readonly profile: ShopProfile;
  readonly locations: readonly StoredLocation[];
  readonly ids = new IdSource();
  readonly ledger = new Ledger();
  readonly orders = new Map<string, StoredOrder>();
  readonly fulfillmentOrders = new Map<string, StoredFulfillmentOrder>();
  readonly fulfillments = new Map<string, StoredFulfillment>();
  readonly subscriptions = new Map<string, StoredSubscription>();
  readonly orderIndex: SearchIndex;
  readonly fulfillmentOrderIndex: SearchIndex;
  /** Set once the sender of webhooks exists. */
  announce: Announce = () => {};
  readonly #scheduled = new Set<StoredFulfillmentOrder>();

  constructor(options: {
    readonly clock: Clock;
    readonly profile: ShopProfile;
    readonly locations: readonly StoredLocation[];
    readonly indexLagMs: DurationMs;
  }) {
    this.clock = options.clock;
    this.profile = options.profile;
    this.locations = options.locations;
    this.orderIndex = new SearchIndex(options.clock, options.indexLagMs);
    this.fulfillmentOrderIndex = new SearchIndex(options.clock, options.indexLagMs);
  }

  /** Stamps the order and queues it for the search index. */
  touchOrder(order: StoredOrder, at: Instant = this.clock.now()): void {
    order.updatedAt = at;
    this.orderIndex.record(order.id, at, orderDocument(this, order));
  }

  /** Stamps the fulfillment order only: Shopify leaves the order's `updatedAt` alone here. */
  touchFulfillmentOrder(fulfillmentOrder: StoredFulfillmentOrder, at: Instant = this.clock.now()): void {
    fulfillmentOrder.updatedAt = at;
    this.fulfillmentOrderIndex.record(fulfillmentOrder.id, at, fulfillmentOrderDocument(fulfillmentOrder));
    if (fulfillmentOrder.status === "SCHEDULED") {
      this.#scheduled.add(fulfillmentOrder);
    } else {
      this.#scheduled.delete(fulfillmentOrder);
    }
  }

  /** Opens scheduled fulfillment orders whose time has come, as Shopify does by itself. Called before every request. */
  openScheduled(): void {
    const now = this.clock.now();
    for (const fulfillmentOrder of [...this.#scheduled]) {
      if (fulfillmentOrder.fulfillAt !== null && fulfillmentOrder.fulfillAt <= now) {
        fulfillmentOrder.status = "OPEN";
        this.touchFulfillmentOrder(fulfillmentOrder);
        this.announce("fulfillment_orders/scheduled_fulfillment_order_ready", fulfillmentOrder.id);
      }
    }
  }

  fulfillmentOrdersOf(order: StoredOrder): StoredFulfillmentOrder[] {
    return order.fulfillmentOrderIds.flatMap((id) => this.fulfillmentOrders.get(id) ?? []);
  }

  /** Newest first, as recorded. */
  fulfillmentsOf(order: StoredOrder): StoredFulfillment[] {
    return order.fulfillmentIds.flatMap((id) => this.fulfillments.get(id) ?? []).reverse();
  }

  orderOf(child: { readonly orderId: string }): StoredOrder {
    const order = this.orders.get(child.orderId);
    if (order === undefined) {
      throw new Error(`the sandbox lost order ${child.orderId}`);
    }
    return order;
  }
}

/** Units of a line on fulfillments that stand. */
function shippedUnits(state: ShopState, order: StoredOrder, line: StoredLine): number {
  let units = 0;
  for (const fulfillment of state.fulfillmentsOf(order)) {
    if (fulfillment.status === "SUCCESS") {
      for (const part of fulfillment.parts) {
        units += part.line.line === line ? part.quantity : 0;
      }
    }
  }
  return units;
}

/**
 * OrderDisplayFulfillmentStatus. A cancelled order stays UNFULFILLED (recorded). ON_HOLD only when nothing else is left to
 * do: with one of two fulfillment orders held, UNFULFILLED was recorded.
 */
export function displayFulfillmentStatus(state: ShopState, order: StoredOrder): string {
  let shipped = 0;
  let missing = 0;
  for (const line of order.lines) {
    const units = shippedUnits(state, order, line);
    shipped += units;
    missing += Math.max(0, line.currentQuantity - units);
  }
  if (shipped > 0) {
    return missing === 0 ? "FULFILLED" : "PARTIALLY_FULFILLED";
  }
  const pending = state.fulfillmentOrdersOf(order).filter((item) => item.status !== "CLOSED");
  for (const status of ["ON_HOLD", "SCHEDULED"]) {
    if (pending.length > 0 && pending.every((item) => item.status === status)) {
      return status;
    }
  }
  return "UNFULFILLED";
}

function orderDocument(state: ShopState, order: StoredOrder): SearchDocument {
  return {
    id: order.id,
    times: { updated_at: order.updatedAt, created_at: order.createdAt, processed_at: order.createdAt },
    texts: {
      name: [order.name],
      email: [order.email ?? ""],
      tag: order.tags,
      financial_status: [order.financialStatus],
      fulfillment_status: [displayFulfillmentStatus(state, order)],
      status: orderStatuses(order),
      test: [String(order.test)],
    },
    tokenised: ["name", "email"],
  };
}

function orderStatuses(order: StoredOrder): string[] {
  if (order.cancelledAt !== null) {
    return ["cancelled"];
  }
  return order.closedAt === null ? ["open", "not_closed"] : ["closed"];
}

function fulfillmentOrderDocument(fulfillmentOrder: StoredFulfillmentOrder): SearchDocument {
  return {
    id: fulfillmentOrder.id,
    times: { updated_at: fulfillmentOrder.updatedAt },
    texts: { status: [fulfillmentOrder.status] },
    tokenised: [],
  };
}
