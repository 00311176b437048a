/**
 * What the shop says about one order, normalised: plain data, everything that `decide` may look at and nothing else.
 * Built by `src/shopify/translate.ts`; a field that Shopify left empty is `null`, a word that we do not know is kept as
 * it came (`string`), so that a new enum value parks an order instead of crashing a run.
 */
import type { Money } from "./money.ts";
import type { Instant } from "./time.ts";

/** A Shopify gid such as `gid://shopify/Order/820982911946154508`. The number may exceed 2^53: always a string. */
export type OrderId = string;
export type FulfillmentOrderId = string;

export interface Address {
  readonly name: string | null;
  readonly company: string | null;
  readonly street1: string | null;
  readonly street2: string | null;
  readonly city: string | null;
  /** Code of the state or province where the shop gave one (`CA`), else its name. */
  readonly province: string | null;
  readonly postalCode: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  readonly phone: string | null;
  readonly email: string | null;
}

export interface Order {
  readonly id: OrderId;
  /** What staff call it, e.g. `#1001`. Not unique for ever: key on `id`. */
  readonly name: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly cancelledAt: Instant | null;
  /** Paid with a test gateway: never ship it. */
  readonly test: boolean;
  /** Shopify's `displayFinancialStatus` in lower case: `paid`, `pending`, `partially_refunded`, … */
  readonly financialStatus: string | null;
  readonly tags: readonly string[];
  readonly currency: string;
  /** What customers and apps wrote beside the order. Personal: gift messages and names stand here. */
  readonly noteAttributes: readonly { readonly name: string; readonly value: string | null }[];
  /** What the goods cost now, after discounts and refunds, without shipping; `null` when the amount cannot be read. */
  readonly value: Money | null;
  /** `null` when it was not read: the scope `read_customers` is not among those that shipbot needs. */
  readonly customer: { readonly tags: readonly string[]; readonly orderCount: number | null } | null;
  /** Shopify's recommendation on its risk: `accept`, `investigate`, `cancel`, `none`, or a word we do not know. */
  readonly risk: string | null;
  /** What the customer chose and paid at the checkout; `null` for drafts and digital orders. */
  readonly shippingLine: { readonly title: string; readonly code: string | null; readonly price: Money | null } | null;
  readonly fulfillmentOrders: readonly FulfillmentOrder[];
  readonly fulfillments: readonly Fulfillment[];
  /** Whether staff set the metafield `shipbot.ready` to true. */
  readonly readyMark: boolean;
  /** The metafield `shipbot.status` as last read, with Shopify's digest for compare-and-set; `null` when it is not set. */
  readonly mirroredStatus: { readonly value: string; readonly digest: string | null } | null;
  /** What of the answer was cut off (`fulfillment orders`, `lines of …`). Not empty: the order cannot be judged. */
  readonly incomplete: readonly string[];
}

/**
 * A Shopify fulfillment order: lines of one order that ship from one location. It is the unit that a label is bought for.
 */
export interface FulfillmentOrder {
  readonly id: FulfillmentOrderId;
  /** `open`, `in_progress`, `scheduled`, `on_hold`, `closed`, `cancelled`, `incomplete`, or a word we do not know. */
  readonly status: string;
  readonly requestStatus: string;
  readonly updatedAt: Instant;
  /** When a scheduled one opens by itself. */
  readonly fulfillAt: Instant | null;
  /** `shipping`, `pick_up`, `local`, `pickup_point`, `retail`, `none`; `null` when Shopify says nothing. */
  readonly deliveryMethod: string | null;
  /** Who pays duties by what was charged at the checkout: `DDP`, `DAP`; `null` for domestic orders. */
  readonly incoterm: string | null;
  /** Whether Shopify offers `CREATE_FULFILLMENT` to this token now. */
  readonly canFulfil: boolean;
  readonly holds: readonly { readonly reason: string; readonly notes: string | null; readonly ours: boolean }[];
  readonly location: { readonly id: string | null; readonly address: Address };
  /** Where to ship to. It can differ from the order's shipping address. */
  readonly destination: Address | null;
  readonly lines: readonly FulfillmentOrderLine[];
}

export interface FulfillmentOrderLine {
  readonly id: string;
  readonly sku: string | null;
  readonly title: string;
  readonly vendor: string | null;
  /** `null` when it was not read: the scope `read_products` is not among those that shipbot needs. */
  readonly productType: string | null;
  /** What is still to be shipped. Stays above 0 on fulfillment orders of cancelled orders: look at the status too. */
  readonly quantityRemaining: number;
  readonly requiresShipping: boolean;
  /** Of one unit; `null` when the product has none. */
  readonly weightGrams: number | null;
  /** Price of one unit after discounts. */
  readonly unitPrice: Money | null;
  /** What the checkout charged duties by; `null` when it charged none. */
  readonly duty: { readonly hsCode: string | null; readonly origin: string | null } | null;
}

export interface Fulfillment {
  readonly id: string;
  /** `success`, `cancelled`, `error`, `failure`, `open`, `pending`, or a word we do not know. */
  readonly status: string;
  readonly createdAt: Instant;
  readonly tracking: readonly { readonly company: string | null; readonly number: string | null }[];
}

/** A fulfillment that counts: it was not cancelled and did not fail. */
export function isLiveFulfillment(fulfillment: Fulfillment): boolean {
  return fulfillment.status !== "cancelled" && fulfillment.status !== "failure" && fulfillment.status !== "error";
}

/** The live fulfillment that carries this tracking number, if there is one; of several the oldest. */
export function findFulfillmentByTracking(order: Order, trackingNumber: string): Fulfillment | null {
  const carrying = order.fulfillments.filter(
    (fulfillment) =>
      isLiveFulfillment(fulfillment) && fulfillment.tracking.some((entry) => entry.number === trackingNumber),
  );
  return carrying.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))[0] ?? null;
}

/** The number at the end of a gid: `gid://shopify/Order/123?x=1` gives `123`. The text itself when it is no gid. */
export function gidNumber(gid: string): string {
  return /\/(\d+)(?:\?.*)?$/.exec(gid)?.[1] ?? gid;
}
