/** Shipments and webhook subscriptions as the API writes them: every key of the recorded objects, in their types, with `null` where they have it. */
import { formatInstant } from "../../core/time.ts";
import { formatCents, uspsZone } from "./rates.ts";
import { formatSeconds, serializeTracker, trackerStatus } from "./serialize-tracker.ts";
import type {
  Address,
  CustomsInfo,
  LabelFormat,
  Purchase,
  Rate,
  Shipment,
  WebhookSubscription,
  World,
} from "./state.ts";

const MIME_TYPES: Readonly<Record<LabelFormat, string>> = {
  PNG: "image/png",
  PDF: "application/pdf",
  ZPL: "application/zpl",
};

/** Where label files are served; the real API has a bucket of its own, with the same folders. */
export const LABEL_PREFIX = "/files/postage_label/";

/**
 * The whole shipment. `baseUrl` is the address under which the caller reached the server: label links point back to it.
 */
export function serializeShipment(shipment: Shipment, world: World, baseUrl: string): Record<string, unknown> {
  const { purchase } = shipment;
  const { mode } = world;
  const tracker = purchase === null ? undefined : world.trackers.get(purchase.trackerId);
  const now = world.clock.now();
  return {
    id: shipment.id,
    created_at: formatSeconds(shipment.createdAt),
    is_return: shipment.isReturn,
    messages: shipment.messages,
    mode,
    options: serializeOptions(shipment.options),
    reference: shipment.reference,
    status: tracker === undefined ? "unknown" : trackerStatus(tracker, now).status,
    tracking_code: purchase?.trackingCode ?? null,
    updated_at: formatSeconds(shipment.updatedAt),
    batch_id: null,
    batch_status: null,
    batch_message: null,
    customs_info: serializeCustomsInfo(shipment.customsInfo, mode),
    from_address: serializeAddress(shipment.from, mode),
    insurance: shipment.insuranceMinor === null ? null : formatCents(shipment.insuranceMinor),
    order_id: null,
    parcel: {
      id: shipment.parcel.id,
      object: "Parcel",
      created_at: formatSeconds(shipment.parcel.createdAt),
      updated_at: formatSeconds(shipment.parcel.createdAt),
      length: shipment.parcel.lengthInches,
      width: shipment.parcel.widthInches,
      height: shipment.parcel.heightInches,
      predefined_package: shipment.parcel.predefinedPackage,
      weight: shipment.parcel.weightOunces,
      mode,
    },
    postage_label: purchase === null ? null : serializeLabel(shipment, purchase, baseUrl),
    rates: shipment.rates.map((rate) => serializeRate(rate, mode)),
    refund_status: shipment.refund?.status ?? null,
    scan_form: null,
    selected_rate: purchase === null ? null : serializeRate(purchase.rate, mode),
    tracker: tracker === undefined ? null : serializeTracker(tracker, world, now),
    to_address: serializeAddress(shipment.to, mode),
    usps_zone: uspsZone({
      fromCountry: shipment.from.country,
      fromZip: shipment.from.zip ?? "",
      toCountry: shipment.to.country,
      toZip: shipment.to.zip ?? "",
    }),
    return_address: serializeAddress(shipment.returnTo, mode),
    buyer_address: serializeAddress(shipment.buyer, mode),
    forms: [],
    fees: serializeFees(shipment),
    ...(shipment.taxIdentifiers.length === 0
      ? {}
      : { tax_identifiers: shipment.taxIdentifiers.map((tax) => ({ ...tax, tax_id: "HIDDEN" })) }),
    object: "Shipment",
  };
}

/** With what the API adds, the texts to print a second time as a list. */
function serializeOptions(options: Shipment["options"]): Record<string, unknown> {
  const printed = ["print_custom_1", "print_custom_2", "print_custom_3"].flatMap((name) =>
    typeof options[name] === "string" ? [{ value: options[name] }] : [],
  );
  return {
    ...{ currency: "USD", payment: { type: "SENDER" }, date_advance: 0 },
    ...options,
    ...(printed.length === 0 ? {} : { print_custom: printed }),
  };
}

export function serializeRate(rate: Rate, mode: string): Record<string, unknown> {
  return {
    id: rate.id,
    object: "Rate",
    created_at: formatSeconds(rate.createdAt),
    updated_at: formatSeconds(rate.createdAt),
    mode,
    service: rate.service,
    carrier: rate.carrier,
    rate: formatCents(rate.amountMinor),
    currency: "USD",
    retail_rate: formatCents(rate.retailMinor),
    retail_currency: "USD",
    list_rate: formatCents(rate.listMinor),
    list_currency: "USD",
    billing_type: "easypost",
    delivery_days: rate.days,
    delivery_date: null,
    delivery_date_guaranteed: false,
    est_delivery_days: rate.days,
    shipment_id: rate.shipmentId,
    carrier_account_id: rate.carrierAccountId,
  };
}

export function serializeWebhook(webhook: WebhookSubscription, mode: string): Record<string, unknown> {
  return {
    id: webhook.id,
    object: "Webhook",
    mode,
    url: webhook.url,
    created_at: formatSeconds(webhook.createdAt),
    disabled_at: webhook.disabledAt === null ? null : formatSeconds(webhook.disabledAt),
    custom_headers: webhook.customHeaders,
  };
}

function serializeAddress(address: Address, mode: string): Record<string, unknown> {
  const at = formatSeconds(address.createdAt).replace("Z", "+00:00");
  return {
    id: address.id,
    object: "Address",
    created_at: at,
    updated_at: at,
    name: address.name,
    company: address.company,
    street1: address.street1,
    street2: address.street2,
    city: address.city,
    state: address.state,
    zip: address.zip,
    country: address.country,
    phone: address.phone,
    email: address.email,
    mode,
    carrier_facility: null,
    residential: address.residential,
    federal_tax_id: null,
    state_tax_id: null,
    verifications: {},
  };
}

function serializeCustomsInfo(customs: CustomsInfo | null, mode: string): Record<string, unknown> | null {
  if (customs === null) {
    return null;
  }
  const at = formatSeconds(customs.createdAt);
  const { fields } = customs;
  return {
    id: customs.id,
    object: "CustomsInfo",
    created_at: at,
    updated_at: at,
    contents_explanation: fields["contents_explanation"] ?? null,
    contents_type: fields["contents_type"] ?? null,
    customs_certify: fields["customs_certify"] ?? null,
    customs_signer: fields["customs_signer"] ?? null,
    eel_pfc: fields["eel_pfc"] ?? null,
    non_delivery_option: fields["non_delivery_option"] ?? null,
    restriction_comments: fields["restriction_comments"] ?? null,
    restriction_type: fields["restriction_type"] ?? null,
    mode,
    declaration: fields["declaration"] ?? null,
    customs_items: customs.items.map((item) => ({
      id: item.id,
      object: "CustomsItem",
      created_at: at,
      updated_at: at,
      description: item.fields["description"] ?? null,
      hs_tariff_number: item.fields["hs_tariff_number"] ?? null,
      origin_country: item.fields["origin_country"] ?? null,
      quantity: item.fields["quantity"] ?? null,
      value: item.fields["value"] === undefined ? null : String(item.fields["value"]),
      weight: item.fields["weight"] ?? null,
      code: item.fields["code"] ?? null,
      mode,
      manufacturer: item.fields["manufacturer"] ?? null,
      currency: item.fields["currency"] ?? null,
      eccn: item.fields["eccn"] ?? null,
      printed_commodity_identifier: item.fields["printed_commodity_identifier"] ?? null,
    })),
  };
}

function serializeLabel(shipment: Shipment, purchase: Purchase, baseUrl: string): Record<string, unknown> {
  const day = formatInstant(purchase.at).slice(0, 10).replaceAll("-", "");
  const link = (format: LabelFormat): string | null => {
    const file = purchase.labelFiles.get(format);
    return file === undefined ? null : `${baseUrl}${LABEL_PREFIX}${day}/${file}.${format.toLowerCase()}`;
  };
  return {
    object: "PostageLabel",
    id: purchase.labelId,
    created_at: formatSeconds(purchase.at),
    updated_at: formatSeconds(shipment.updatedAt),
    date_advance: 0,
    integrated_form: "none",
    label_date: formatSeconds(purchase.at),
    label_resolution: 300,
    label_size: shipment.options["label_size"] ?? "4x6",
    label_type: "default",
    label_file_type: MIME_TYPES[purchase.labelFormat],
    label_url: link(purchase.labelFormat),
    label_pdf_url: link("PDF"),
    label_zpl_url: link("ZPL"),
    label_epl2_url: null,
    label_file: null,
  };
}

/** Dollars: half a per cent, as recorded for 249.99 and for 100.00, and half a dollar at least, as documented with it. */
export function insuranceFee(insuredMinor: number | null): number {
  return insuredMinor === null ? 0 : Math.max(0.5, (insuredMinor / 100) * 0.005);
}

/** Amounts of fees have five digits. */
function serializeFees(shipment: Shipment): readonly Record<string, unknown>[] {
  if (shipment.purchase === null) {
    return [];
  }
  const refunded = shipment.refund?.status === "refunded";
  const fee = (type: string, dollars: number): Record<string, unknown> => ({
    object: "Fee",
    type,
    amount: dollars.toFixed(5),
    charged: true,
    refunded,
  });
  const fees = [fee("LabelFee", 0), fee("PostageFee", shipment.purchase.rate.amountMinor / 100)];
  if (shipment.insuranceMinor !== null) {
    fees.push(fee("InsuranceFee", insuranceFee(shipment.insuranceMinor)));
  }
  return fees;
}
