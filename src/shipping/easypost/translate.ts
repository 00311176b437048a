/**
 * EasyPost's objects in our words and ours in theirs. Pure. Answers are read loosely: only what is needed is looked at,
 * words that we do not know are let through or left out, because a strict reading would turn a paid label into an error
 * (API v2 as in @easypost/api 8.9.0 and recorded answers, read 2026-11-22).
 */
import type { CustomsDeclaration, CustomsItem } from "../../core/customs.ts";
import type { InsuranceTerms, LabelOptions } from "../../core/label-options.ts";
import { currencyExponent, formatAmount, type Money, parseMoney } from "../../core/money.ts";
import type { Address } from "../../core/order.ts";
import type { Rate } from "../../core/rate.ts";
import type { LabelFormat } from "../../core/shipment.ts";
import { parseInstant } from "../../core/time.ts";
import type { ProviderShipment, Purchase, ShipmentRequest } from "../../ports/shipping-provider.ts";
import { decimalAt, type Fields, fieldsAt, listAt, numberAt, textAt } from "./fields.ts";
import { scrub } from "./scrub.ts";

const GRAMS_PER_OUNCE = 28.349523125;
const MM_PER_INCH = 25.4;
/** The first bytes of a file say what it is. */
const HEAD_BYTES = 1_024;
/** One message per carrier account is usual; more than this is noise. */
const MESSAGES_MAX = 20;

/** The body of POST /shipments. Fields that we do not have are left out, so that EasyPost's own checks apply. */
export function toShipmentBody(request: ShipmentRequest): Fields {
  const customs = request.customs ?? null;
  return {
    shipment: {
      reference: request.reference,
      from_address: toAddress(request.from),
      to_address: toAddress(request.to),
      parcel: {
        weight: toOunces(request.parcel.weightGrams),
        length: toInches(request.parcel.lengthMm),
        width: toInches(request.parcel.widthMm),
        height: toInches(request.parcel.heightMm),
      },
      options: toOptions(request.options, customs?.incoterm ?? null),
      ...(customs === null ? {} : { customs_info: toCustomsInfo(customs) }),
    },
  };
}

const DELIVERY_CONFIRMATIONS = { none: "NO_SIGNATURE", any: "SIGNATURE", adult: "ADULT_SIGNATURE" } as const;

/**
 * The format is to be said before the purchase: afterwards only PNG labels can be had in other formats. There is no option
 * for a delivery that is confirmed without a signature: every label that EasyPost sells is tracked to its delivery.
 * Insurance is no option either: it is asked for with the purchase.
 */
function toOptions({ format, size, signature, reference }: LabelOptions, incoterm: string | null): Fields {
  return {
    label_format: format.toUpperCase(),
    ...(size === null ? {} : { label_size: size }),
    ...(signature === null ? {} : { delivery_confirmation: DELIVERY_CONFIRMATIONS[signature] }),
    ...(reference === null ? {} : { print_custom_1: reference }),
    ...(incoterm === null ? {} : { incoterm }),
  };
}

/**
 * The dearest of what EasyPost states: 1 % (docs.easypost.com/docs/shipments/shipping-insurance) and one dollar at least
 * (@easypost/api 8.9.0); recorded answers charge half a per cent. All insurance is in USD. What was charged counts as soon
 * as it is known.
 */
export const INSURANCE_TERMS: InsuranceTerms = { currency: "USD", perMille: 10, minMinor: 100 };

/** As in recorded answers: value and weight of an item are those of all its units together. */
function toCustomsInfo(customs: CustomsDeclaration): Fields {
  return {
    contents_type: customs.contentsType,
    // EasyPost wants an explanation of contents that are of no kind.
    ...(customs.contentsType === "other" ? { contents_explanation: explain(customs.items) } : {}),
    customs_certify: true,
    customs_signer: customs.signer,
    ...(customs.eelPfc === null ? {} : { eel_pfc: customs.eelPfc }),
    non_delivery_option: customs.nonDelivery,
    restriction_type: "none",
    customs_items: customs.items.map((item) => ({
      description: item.description,
      quantity: item.quantity,
      value: Number(formatAmount(item.value)),
      currency: item.value.currency,
      weight: toOuncesWithin(item.weightGrams),
      hs_tariff_number: item.hsCode,
      origin_country: item.origin,
      ...(item.sku === null || item.sku === "" ? {} : { code: item.sku }),
    })),
  };
}

/** EasyPost takes no more. */
const EXPLANATION_MAX = 255;

function explain(items: readonly CustomsItem[]): string {
  return items
    .map(({ description }) => description)
    .join(", ")
    .slice(0, EXPLANATION_MAX);
}

/** Rounded down, to a hundredth: items that together weigh more than their parcel are refused. */
function toOuncesWithin(grams: number): number {
  return Math.max(1, Math.floor((grams * 100) / GRAMS_PER_OUNCE)) / 100;
}

function toAddress(address: Address): Fields {
  const fields: Readonly<Record<string, string | null>> = {
    name: address.name,
    company: address.company,
    street1: address.street1,
    street2: address.street2,
    city: address.city,
    state: address.province,
    zip: address.postalCode,
    country: address.country,
    phone: address.phone,
    email: address.email,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value.trim() !== ""));
}

/** Ounces with one decimal, never less than the grams: an understated parcel is corrected by the carrier at its price. */
export function toOunces(grams: number): number {
  return tenthsUp(grams, GRAMS_PER_OUNCE);
}

/** Inches with one decimal, never less than the millimetres. */
export function toInches(mm: number): number {
  return tenthsUp(mm, MM_PER_INCH);
}

function tenthsUp(amount: number, unit: number): number {
  // Counting up from below: a division alone may make 100.00000000000001 tenths of exactly ten inches.
  let tenths = Math.floor((amount * 10) / unit) - 1;
  while ((tenths * unit) / 10 < amount) {
    tenths += 1;
  }
  return Math.max(tenths, 0) / 10;
}

/**
 * A shipment as EasyPost answers it. `null` when it cannot be used: no id, or a purchase whose price nobody can read.
 * The latter is never told as "not bought".
 */
export function toProviderShipment(body: Fields): ProviderShipment | null {
  const id = textAt(body, "id");
  const purchase = toPurchase(body);
  if (id === null || purchase === "unreadable") {
    return null;
  }
  const messages: string[] = [];
  const rates: Rate[] = [];
  for (const entry of listAt(body, "rates")) {
    const rate = toRate(entry);
    if (rate === null) {
      messages.push(`${carrierOf(entry)}: a rate without a readable price was left out`);
    } else {
      rates.push(rate);
    }
  }
  // Cut before they are cleaned: an answer of the size that we take could hold thousands, and each costs time.
  for (const entry of listAt(body, "messages").slice(0, MESSAGES_MAX)) {
    const said = textAt(entry, "message");
    messages.push(`${carrierOf(entry)}: ${said === null ? "no rate" : scrub(said, body)}`);
  }
  return { id, reference: textAt(body, "reference"), rates, messages: messages.slice(0, MESSAGES_MAX), purchase };
}

/** Bought if and only if all three are there (facts of EasyPost's own clients; the status stays `unknown` after buying). */
export function showsPurchase(body: Fields): boolean {
  return (
    fieldsAt(body, "selected_rate") !== null &&
    fieldsAt(body, "postage_label") !== null &&
    textAt(body, "tracking_code") !== null
  );
}

function toPurchase(body: Fields): Purchase | null | "unreadable" {
  const selected = fieldsAt(body, "selected_rate");
  const label = fieldsAt(body, "postage_label");
  const trackingNumber = textAt(body, "tracking_code");
  if (!showsPurchase(body) || selected === null || label === null || trackingNumber === null) {
    return null;
  }
  const price = paidPrice(body, selected);
  if (price === null) {
    return "unreadable";
  }
  const tracker = fieldsAt(body, "tracker");
  return {
    rate: {
      id: textAt(selected, "id") ?? "",
      carrier: carrierOf(selected),
      service: textAt(selected, "service") ?? "unknown",
      price,
      deliveryDays: deliveryDaysOf(selected),
      accountId: textAt(selected, "carrier_account_id"),
    },
    insuranceCost: insuranceFee(body),
    insured: insuredAmount(body),
    trackingNumber,
    trackingUrl: tracker === null ? null : textAt(tracker, "public_url"),
    trackerId: tracker === null ? null : textAt(tracker, "id"),
    labelUrl: anyLabelUrl(body),
    refunded: isRefunded(textAt(body, "refund_status")),
    boughtAt: parseInstant(textAt(label, "created_at")),
  };
}

/**
 * Only words that say so: `rejected` and `not_applicable` leave the label good, and a word that we do not know must not
 * make us buy a second label.
 */
export function isRefunded(refundStatus: string | null): boolean {
  return refundStatus === "submitted" || refundStatus === "refunded";
}

/** An offer: `null` when its id or service is missing, or its price is not a plain amount in a currency. */
function toRate(entry: Fields): Rate | null {
  const id = textAt(entry, "id");
  const service = textAt(entry, "service");
  const price = parseMoney(decimalAt(entry, "rate") ?? "", textAt(entry, "currency") ?? "");
  if (id === null || service === null || textAt(entry, "carrier") === null || price === null || price.amountMinor < 0) {
    return null;
  }
  const accountId = textAt(entry, "carrier_account_id");
  return { id, carrier: carrierOf(entry), service, price, deliveryDays: deliveryDaysOf(entry), accountId };
}

function carrierOf(entry: Fields): string {
  return textAt(entry, "carrier") ?? "unknown carrier";
}

function deliveryDaysOf(entry: Fields): number | null {
  return numberAt(entry, "delivery_days") ?? numberAt(entry, "est_delivery_days");
}

/** What was paid. The money has moved, so this tries harder than an offer: fractions of a cent are rounded up. */
function paidPrice(body: Fields, selected: Fields): Money | null {
  const currency = textAt(selected, "currency") ?? "USD";
  const fee = listAt(body, "fees").find((entry) => entry["type"] === "PostageFee");
  const amounts = [decimalAt(selected, "rate"), fee === undefined ? null : decimalAt(fee, "amount")];
  for (const amount of amounts) {
    const price = amount === null ? null : (parseMoney(amount, currency) ?? roundedUp(amount, currency));
    // Nobody pays us for taking a label: a sum below zero would widen what may be spent.
    if (price !== null && price.amountMinor >= 0) {
      return price;
    }
  }
  return null;
}

/** With fractions of a cent in recorded answers, which are rounded up. */
function insuranceFee(body: Fields): Money | null {
  const fee = listAt(body, "fees").find((entry) => entry["type"] === "InsuranceFee");
  const amount = fee === undefined ? null : decimalAt(fee, "amount");
  const { currency } = INSURANCE_TERMS;
  return amount === null ? null : (parseMoney(amount, currency) ?? roundedUp(amount, currency));
}

/** `null` too for a nought, which is what some answers have without insurance. */
function insuredAmount(body: Fields): Money | null {
  const amount = parseMoney(decimalAt(body, "insurance") ?? "", INSURANCE_TERMS.currency);
  return amount !== null && amount.amountMinor > 0 ? amount : null;
}

function roundedUp(amount: string, currency: string): Money | null {
  const minor = Math.ceil(Number(amount) * 10 ** currencyExponent(currency));
  return Number.isSafeInteger(minor) && minor >= 0 && /^[A-Z]{3}$/.test(currency)
    ? { amountMinor: minor, currency }
    : null;
}

/** Where the label lies in the wanted format; `null` when it has to be asked for, or cannot be had. */
export function labelUrl(body: Fields, format: LabelFormat): string | null {
  const label = fieldsAt(body, "postage_label");
  if (label === null) {
    return null;
  }
  const main = textAt(label, "label_url");
  const fileType = textAt(label, "label_file_type")?.toLowerCase() ?? "image/png";
  const mainIsWanted = fileType.includes(format);
  const own: Readonly<Record<LabelFormat, string | null>> = {
    pdf: textAt(label, "label_pdf_url"),
    zpl: textAt(label, "label_zpl_url"),
    png: null,
  };
  return own[format] ?? (mainIsWanted ? main : null);
}

/** The label in whatever format there is. */
export function anyLabelUrl(body: Fields): string | null {
  const label = fieldsAt(body, "postage_label");
  return label === null
    ? null
    : (textAt(label, "label_url") ?? textAt(label, "label_pdf_url") ?? textAt(label, "label_zpl_url"));
}

/** What the bytes are; `null` for anything that is no label, an error page for example. */
export function labelFormatOf(bytes: Uint8Array): LabelFormat | null {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString("latin1");
  if (head.startsWith("\x89PNG\r\n\x1a\n")) {
    return "png";
  }
  if (head.trimStart().startsWith("%PDF-")) {
    return "pdf";
  }
  // ZPL may begin with commands that set up the printer or load graphics.
  return /^\s*[\^~]/.test(head) && Buffer.from(bytes).includes("^XA") ? "zpl" : null;
}

/** The mode of an answer: of the object itself or of the first one in a list. */
export function modeOf(body: Fields, list: string): "test" | "live" | "unknown" {
  const mode = textAt(listAt(body, list)[0] ?? body, "mode");
  return mode === "test" ? "test" : mode === "production" ? "live" : "unknown";
}
