/**
 * The customs declaration of what is in one parcel, or what is missing for it. Pure. For each fact what the merchant
 * wrote for the SKU comes first, because it was written to be declared; then what the shop declared at the checkout; then
 * the policy's default. Nothing is guessed: a wrong HS code is a fine, a missing one only a wait.
 */
import { customsNeed } from "./customs-zones.ts";
import type { Money } from "./money.ts";
import type { Address, FulfillmentOrderLine, Order } from "./order.ts";
import { lineName, type Products, unitGrams } from "./packing/unit.ts";
import type { ShipmentLine } from "./shipment.ts";

export const CONTENTS_TYPES = ["merchandise", "gift", "sample", "returned_goods", "documents", "other"] as const;
export type ContentsType = (typeof CONTENTS_TYPES)[number];

export const INCOTERMS = ["DDP", "DAP", "EXW", "FCA"] as const;
export type Incoterm = (typeof INCOTERMS)[number];

/** What is declared of one product where the shop does not say it, or says it wrongly. */
export interface CustomsProduct {
  readonly hsCode: string | null;
  /** ISO 3166-1 alpha-2: where it was made. */
  readonly origin: string | null;
  readonly description: string | null;
  /** Of one unit, for what was given away: a declared value of nothing is refused at the border. */
  readonly value: Money | null;
}

export interface CustomsPolicy {
  readonly contentsType: ContentsType;
  /** Who pays duties; `null`: what the shop charged at the checkout, else as the carrier does it. */
  readonly incoterm: Incoterm | null;
  /** United States export exemption or citation; `null`: see `exemption`. */
  readonly eelPfc: string | null;
  /** Who certifies; `null`: the sender's name. */
  readonly signer: string | null;
  readonly nonDelivery: "return" | "abandon";
  /** Where products were made for which nobody says it. */
  readonly origin: string | null;
  /** By SKU in lower case. */
  readonly products: Readonly<Record<string, CustomsProduct>>;
}

export const DEFAULT_CUSTOMS: CustomsPolicy = {
  contentsType: "merchandise",
  incoterm: null,
  eelPfc: null,
  signer: null,
  nonDelivery: "return",
  origin: null,
  products: {},
};

export interface CustomsItem {
  readonly description: string;
  readonly quantity: number;
  /** Of all units together. */
  readonly value: Money;
  /** Of all units together. */
  readonly weightGrams: number;
  readonly hsCode: string;
  readonly origin: string;
  readonly sku: string | null;
}

export interface CustomsDeclaration {
  readonly contentsType: ContentsType;
  readonly incoterm: string | null;
  readonly eelPfc: string | null;
  readonly signer: string;
  readonly nonDelivery: "return" | "abandon";
  readonly items: readonly CustomsItem[];
}

export type Customs =
  | { readonly kind: "none" }
  | { readonly kind: "complete"; readonly declaration: CustomsDeclaration }
  /** Each with the product and its facts: `MUG (HS code, origin)`. Never empty, in one order. */
  | { readonly kind: "incomplete"; readonly missing: readonly string[] };

interface Question {
  readonly order: Pick<Order, "fulfillmentOrders">;
  readonly from: Address;
  readonly to: Address;
  /** What is in the parcel. */
  readonly lines: readonly ShipmentLine[];
  /** What is in it and in the parcels that ship beside it: an exemption looks at all that goes at once. */
  readonly together: readonly ShipmentLine[];
  /** Where weights are that the shop does not have. */
  readonly products: Products;
  readonly incoterm: string | null;
  readonly policy: CustomsPolicy;
}

export function declareCustoms(question: Question): Customs {
  const { from, to, policy } = question;
  const need = customsNeed(from, to);
  if (need === "none") {
    return { kind: "none" };
  }
  const known = new Map(question.order.fulfillmentOrders.flatMap(({ lines }) => lines).map((line) => [line.id, line]));
  const items: CustomsItem[] = [];
  const missing: string[] = [];
  for (const { id, quantity } of [...question.lines].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const line = known.get(id);
    const item = line === undefined ? ["everything"] : declareLine(line, quantity, question);
    if ("origin" in item) {
      items.push(item);
    } else {
      missing.push(`${line === undefined ? "a line that is gone" : lineName(line)} (${item.join(", ")})`);
    }
  }
  const itemsOf = (lines: readonly ShipmentLine[]) =>
    lines.flatMap(({ id, quantity }) => {
      const line = known.get(id);
      const item = line === undefined ? [] : declareLine(line, quantity, question);
      return "origin" in item ? [item] : [];
    });
  const signer = [policy.signer, from.name, from.company].find((name) => name !== null && name.trim() !== "") ?? null;
  const eelPfc = policy.eelPfc ?? exemption(from, to, itemsOf(question.together));
  if (signer === null) {
    missing.push("the sender (signer)");
  }
  if (new Set(items.map(({ value }) => value.currency)).size > 1) {
    missing.push("values in one currency");
  }
  if (eelPfc === "unclear") {
    missing.push("goods above 2,500 USD of one HS code, or not in USD (eel_pfc)");
  }
  if (missing.length > 0 || signer === null) {
    return need === "required" ? { kind: "incomplete", missing: [...new Set(missing)].sort() } : { kind: "none" };
  }
  const { contentsType, nonDelivery } = policy;
  const incoterm = policy.incoterm ?? question.incoterm;
  return { kind: "complete", declaration: { contentsType, incoterm, eelPfc, signer, nonDelivery, items } };
}

/** The item, or the names of what is missing. */
function declareLine(
  line: FulfillmentOrderLine,
  quantity: number,
  { policy, products }: Pick<Question, "policy" | "products">,
): CustomsItem | string[] {
  const sku = (line.sku ?? "").trim().toLowerCase();
  // Its own words only: `constructor` is something that every table has.
  const written = Object.hasOwn(policy.products, sku) ? policy.products[sku] : undefined;
  const hsCode = written?.hsCode ?? line.duty?.hsCode ?? null;
  const origin = written?.origin ?? line.duty?.origin ?? policy.origin;
  const description = written?.description ?? line.title;
  const unit = written?.value ?? line.unitPrice;
  const amountMinor = (unit?.amountMinor ?? 0) * quantity;
  const hasValue = unit !== null && amountMinor > 0 && Number.isSafeInteger(amountMinor);
  if (hsCode === null || origin === null || description.trim() === "" || !hasValue) {
    return [
      ...(hsCode === null ? ["HS code"] : []),
      ...(origin === null ? ["origin"] : []),
      ...(description.trim() === "" ? ["description"] : []),
      ...(hasValue ? [] : ["value"]),
    ];
  }
  const value = { amountMinor, currency: unit.currency };
  const weightGrams = (unitGrams(line, products) ?? 0) * quantity;
  return { description: description.trim(), quantity, value, weightGrams, hsCode, origin, sku: line.sku };
}

/**
 * Exports from the United States name why no electronic filing was made: to Canada (15 CFR 30.36), or because no HS code
 * of all that goes to one consignee at once, in however many parcels, is worth more than 2,500 USD (15 CFR 30.37(a)). Beyond
 * that the merchant has to file, and writes what comes of it into the policy. Possessions and military mail are not
 * abroad, but carriers ask for the same words.
 */
function exemption(from: Address, to: Address, items: readonly CustomsItem[]): string | null | "unclear" {
  if (from.country !== "US") {
    return null;
  }
  if (to.country === "CA") {
    return "NOEEI 30.36";
  }
  const cents = new Map<string, number>();
  for (const { hsCode, value } of items) {
    cents.set(hsCode, (cents.get(hsCode) ?? 0) + (value.currency === "USD" ? value.amountMinor : Number.NaN));
  }
  return [...cents.values()].every((sum) => sum <= EEI_LIMIT_CENTS) ? "NOEEI 30.37(a)" : "unclear";
}

const EEI_LIMIT_CENTS = 250_000;
