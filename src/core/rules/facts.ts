/**
 * What rules may look at: facts about one fulfillment order and its order, as plain data that can be stored and judged
 * again later. No names, streets, phone numbers or e-mail addresses: what a rule needs of them (is it a PO box?) is drawn
 * from them here. `null` is a fact that is not known; a rule that needs it parks the order.
 */
import type { Address, FulfillmentOrder, FulfillmentOrderLine, Order } from "../order.ts";
import { gidNumber } from "../order.ts";
import { shippableLines } from "../parcel.ts";
import type { ShipmentLine } from "../shipment.ts";

export interface RuleFacts {
  readonly orderName: string;
  readonly tags: readonly string[];
  readonly noteAttributes: readonly NoteAttributeFact[];
  readonly lines: readonly LineFact[];
  readonly currency: string;
  /** What the goods of the whole order cost now, after discounts; in minor units of `currency`. */
  readonly valueMinor: number | null;
  /** `null` when nothing is known of where it goes. */
  readonly destination: DestinationFact | null;
  /** Empty: none was chosen at a checkout. */
  readonly shippingLine: readonly string[];
  /** `null` when it was not read: it takes a scope of its own. */
  readonly customer: { readonly tags: readonly string[]; readonly orderCount: number | null } | null;
  /** Shopify's recommendation: `accept`, `investigate`, `cancel`, `none`. */
  readonly risk: string | null;
  /** The number of the location's gid. */
  readonly location: string | null;
}

export interface NoteAttributeFact {
  readonly name: string;
  /** `null`: not kept. It may be a gift message or a name, so that only values that rules ask for are stored. */
  readonly value: string | null;
}

export interface LineFact {
  readonly sku: string | null;
  readonly vendor: string | null;
  /** `null` when it was not read: it takes a scope of its own. */
  readonly productType: string | null;
  readonly quantity: number;
  /** Of one unit. */
  readonly weightGrams: number | null;
}

export interface DestinationFact {
  readonly country: string | null;
  readonly province: string | null;
  readonly postalCode: string | null;
  readonly poBox: boolean;
}

/**
 * `replaced`: the lines of the label that a new one is to replace; the shop counts those units as fulfilled already, so
 * that the fulfillment order no longer tells what is in the parcel.
 */
export function ruleFacts(
  order: Order,
  fulfillmentOrder: FulfillmentOrder,
  replaced: readonly ShipmentLine[] | null = null,
): RuleFacts {
  const { destination } = fulfillmentOrder;
  const { value } = order;
  return {
    orderName: order.name,
    tags: order.tags,
    noteAttributes: order.noteAttributes,
    lines: replaced === null ? shippableLines(fulfillmentOrder).map(lineFact) : linesOf(fulfillmentOrder, replaced),
    currency: order.currency,
    valueMinor: value !== null && value.currency === order.currency ? value.amountMinor : null,
    destination: destination === null ? null : destinationFact(destination),
    shippingLine: order.shippingLine === null ? [] : wordsOf(order.shippingLine),
    customer: order.customer,
    risk: order.risk,
    location: fulfillmentOrder.location.id === null ? null : gidNumber(fulfillmentOrder.location.id),
  };
}

function linesOf(fulfillmentOrder: FulfillmentOrder, shipped: readonly ShipmentLine[]): readonly LineFact[] {
  return shipped.flatMap(({ id, quantity }) => {
    const line = fulfillmentOrder.lines.find((candidate) => candidate.id === id);
    // What the shop no longer lists is still in the parcel; nothing is known of it.
    return line === undefined
      ? [{ sku: null, vendor: null, productType: null, quantity, weightGrams: null }]
      : [{ ...lineFact(line), quantity }];
  });
}

function lineFact(line: FulfillmentOrderLine): LineFact {
  const { sku, vendor, productType, quantityRemaining: quantity, weightGrams } = line;
  return { sku, vendor, productType, quantity, weightGrams: weightGrams === 0 ? null : weightGrams };
}

function destinationFact(address: Address): DestinationFact {
  const { country, province, postalCode } = address;
  return { country, province, postalCode, poBox: isPoBox(address) };
}

function wordsOf(line: NonNullable<Order["shippingLine"]>): readonly string[] {
  return line.code === null ? [line.title] : [line.title, line.code];
}

/**
 * How post office boxes are written in the languages of the shops that we know of (UPU addressing guides, read
 * 2026-11-22). A word of its own, so that `12 Postfachstrasse` or `Boxwood Lane` is none.
 */
const PO_BOX =
  /(?:^|[\s,])(?:p\.?\s?o\.?\s?box|post\s?office\s+box|box\s+\d+$|postfach|postbus|postboks|apartado(?:\s+(?:de\s+correos|postal))?|casella\s+postale|caixa\s+postal|bo[iî]te\s+postale|b\.?p\.?\s+\d+|c\.?p\.?\s+\d+|gpo\s+box|locked\s+bag)(?=$|[\s,.:#\d])/i;

/** Whether a street line of it names a post office box. */
export function isPoBox({ street1, street2 }: Address): boolean {
  return [street1, street2].some((street) => street !== null && PO_BOX.test(street.trim()));
}
