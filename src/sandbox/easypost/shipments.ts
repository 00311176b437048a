/** Creating, reading, listing and re-rating shipments: everything about them that costs no money. */
import type { Instant } from "../../core/time.ts";
import { asObject, flagAt, type JsonObject, listAt, numberAt, objectAt, objectsAt, textAt } from "./body.ts";
import { ApiRefusal, type FieldError, invalidFields, notFound, parameterRequired } from "./errors.ts";
import { CARRIER_ACCOUNTS, type Rating, rate, refuseAll } from "./rates.ts";
import type { Address, CustomsInfo, LabelFormat, Parcel, Rate, RatingQuestion, Shipment, World } from "./state.ts";

/** Customs items of one shipment; more than any carrier's form takes. */
const CUSTOMS_ITEMS_MAX = 100;

/**
 * POST /v2/shipments: stores a shipment with its rates; nothing is bought. Repeating it makes another shipment, also with
 * the same reference. Throws `ApiRefusal` 422 for what the API would not take.
 */
export function createShipment(world: World, body: JsonObject): Shipment {
  const input = objectAt(body, "shipment");
  if (input === null || Object.keys(input).length === 0) {
    throw parameterRequired("shipment");
  }
  const now = world.clock.now();
  const from = readAddress(world, input, "from_address", now);
  const to = readAddress(world, input, "to_address", now);
  const options = objectAt(input, "options") ?? {};
  readLabelFormat(options);
  checkOptions(options);
  const shipment: Shipment = {
    id: world.ids.next("shp"),
    createdAt: now,
    updatedAt: now,
    reference: textAt(input, "reference"),
    isReturn: flagAt(input, "is_return"),
    from,
    to,
    returnTo: objectAt(input, "return_address") === null ? from : readAddress(world, input, "return_address", now),
    buyer: objectAt(input, "buyer_address") === null ? to : readAddress(world, input, "buyer_address", now),
    parcel: readParcel(world, input, now),
    customsInfo: readCustomsInfo(world, input, now),
    options,
    taxIdentifiers: objectsAt(input, "tax_identifiers"),
    carrierAccountIds: readCarrierAccounts(input),
    rates: [],
    messages: [],
    insuranceMinor: null,
    purchasing: false,
    purchase: null,
    refund: null,
  };
  rateShipment(world, shipment);
  world.shipments.set(shipment.id, shipment);
  if (shipment.reference !== null) {
    world.shipmentIdByReference.set(shipment.reference, shipment.id);
  }
  return shipment;
}

/** By id, or the latest with that reference. Throws `ApiRefusal` 404. */
export function findShipment(world: World, idOrReference: string): Shipment {
  const byReference = world.shipmentIdByReference.get(idOrReference);
  const shipment = world.shipments.get(idOrReference) ?? world.shipments.get(byReference ?? "");
  if (shipment === undefined) {
    throw notFound();
  }
  return shipment;
}

/**
 * POST /v2/shipments/{id}/rerate: new rates with new ids. The old ids cannot be bought any more; what the API does with
 * them is not recorded, and a buyer that survives this survives the other.
 */
export function rerateShipment(world: World, shipment: Shipment): readonly Rate[] {
  if (shipment.purchase !== null) {
    throw new ApiRefusal(422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment.");
  }
  rateShipment(world, shipment);
  shipment.updatedAt = world.clock.now();
  return shipment.rates;
}

/** The format that `options.label_format` asks for: PNG without it. Throws `ApiRefusal` for others than PNG, PDF, ZPL. */
export function readLabelFormat(options: JsonObject): LabelFormat {
  const format = (textAt(options, "label_format") ?? "PNG").toUpperCase();
  if (format !== "PNG" && format !== "PDF" && format !== "ZPL") {
    throw invalidFields("SHIPMENT.OPTIONS.INVALID", "Invalid shipment options.", [
      { field: "label_format", message: "is not supported", suggestion: "PNG" },
    ]);
  }
  return format;
}

/** As EasyPost's help pages list them (support articles 360044915671 and 360041593171, read 2026-11-28). */
const LABEL_SIZES: ReadonlySet<string> = new Set(["4x4", "4x6", "4x7", "4x8", "6x4", "7x3", "8.5x11"]);
const CONFIRMATIONS: ReadonlySet<string> = new Set([
  ...["ADULT_SIGNATURE", "SIGNATURE", "NO_SIGNATURE"],
  ...["INDIRECT_SIGNATURE", "ADULT_SIGNATURE_RESTRICTED", "SIGNATURE_RESTRICTED"],
]);

/**
 * Throws `ApiRefusal` for values that are none of the documented ones. What the API itself does with those is not
 * recorded; the code is the one that it lists for options.
 */
function checkOptions(options: JsonObject): void {
  const refuse = (field: string): ApiRefusal =>
    invalidFields("SHIPMENT.OPTIONS.INVALID", "Invalid shipment options.", [
      { field, message: "is not supported", suggestion: null },
    ]);
  const size = textAt(options, "label_size");
  if (size !== null && !LABEL_SIZES.has(size.toLowerCase())) {
    throw refuse("label_size");
  }
  const confirmation = textAt(options, "delivery_confirmation");
  if (confirmation !== null && !CONFIRMATIONS.has(confirmation)) {
    throw refuse("delivery_confirmation");
  }
}

function rateShipment(world: World, shipment: Shipment): void {
  const question: RatingQuestion = {
    reference: shipment.reference,
    weightOunces: shipment.parcel.weightOunces,
    lengthInches: shipment.parcel.lengthInches,
    widthInches: shipment.parcel.widthInches,
    heightInches: shipment.parcel.heightInches,
    fromCountry: shipment.from.country,
    fromZip: shipment.from.zip ?? "",
    toCountry: shipment.to.country,
    toZip: shipment.to.zip ?? "",
    hasCustomsInfo: shipment.customsInfo !== null,
    deliveryConfirmation: textAt(shipment.options, "delivery_confirmation"),
  };
  const accounts =
    shipment.carrierAccountIds.length === 0
      ? CARRIER_ACCOUNTS
      : CARRIER_ACCOUNTS.filter((account) => shipment.carrierAccountIds.includes(account.id));
  const refused = world.switches.noRates?.(question) ?? false;
  const rating: Rating = refused
    ? refuseAll("No service is available for this shipment", accounts)
    : rate(question, accounts);
  const createdAt = world.clock.now();
  shipment.messages = rating.messages;
  shipment.rates = rating.quotes.map((quote) => ({
    ...quote,
    id: world.ids.next("rate"),
    createdAt,
    shipmentId: shipment.id,
  }));
}

function readCarrierAccounts(input: JsonObject): readonly string[] {
  const ids = listAt(input, "carrier_accounts").map((entry) =>
    typeof entry === "string" ? entry : textAt(asObject(entry) ?? {}, "id"),
  );
  return ids.map((id) => {
    if (id === null || !CARRIER_ACCOUNTS.some((account) => account.id === id)) {
      throw new ApiRefusal(422, "SHIPMENT.RATE.CARRIER_ACCOUNT_INVALID", "The carrier account is invalid.");
    }
    return id;
  });
}

function readAddress(world: World, parent: JsonObject, field: string, now: Instant): Address {
  const input = objectAt(parent, field);
  if (input === null) {
    throw parameterRequired(field);
  }
  const country = (textAt(input, "country") ?? "US").toUpperCase();
  if (!/^[A-Z]{2}$/.test(country)) {
    throw invalidFields(
      "ADDRESS.COUNTRY.INVALID",
      "Invalid 'country', please provide a 2 character ISO country code.",
      [{ field: "country", message: "is not a 2 character ISO country code", suggestion: null }],
    );
  }
  const missing = missingFields(input);
  if (missing.length > 0) {
    throw invalidFields("ADDRESS.PARAMETERS.INVALID", "The address is incomplete.", missing);
  }
  const zip = textAt(input, "zip");
  if (flagAt(input, "verify_strict") && country === "US" && (zip ?? "").startsWith("000")) {
    // No place in the United States has such a zip code: this is how to get an address that fails verification.
    throw invalidFields("ADDRESS.VERIFY.FAILURE", "Unable to verify address.", [
      { code: "E.ADDRESS.NOT_FOUND", field: "address", message: "Address not found", suggestion: null },
    ]);
  }
  return {
    id: world.ids.next("adr"),
    createdAt: now,
    name: textAt(input, "name"),
    company: textAt(input, "company"),
    street1: textAt(input, "street1"),
    street2: textAt(input, "street2"),
    city: textAt(input, "city"),
    state: textAt(input, "state"),
    zip,
    country,
    phone: textAt(input, "phone"),
    email: textAt(input, "email"),
    residential: typeof input["residential"] === "boolean" ? input["residential"] : null,
  };
}

/** A street, and either a zip or a city: the least that any carrier rates. */
function missingFields(input: JsonObject): readonly FieldError[] {
  const missing: FieldError[] = [];
  if (textAt(input, "street1") === null) {
    missing.push({ field: "street1", message: "cannot be blank", suggestion: null });
  }
  if (textAt(input, "zip") === null && textAt(input, "city") === null) {
    missing.push({ field: "zip", message: "cannot be blank", suggestion: null });
  }
  return missing;
}

function readParcel(world: World, parent: JsonObject, now: Instant): Parcel {
  const input = objectAt(parent, "parcel");
  if (input === null) {
    throw parameterRequired("parcel");
  }
  const invalid: FieldError[] = [];
  for (const field of ["weight", "length", "width", "height"]) {
    const value = numberAt(input, field);
    const absent = input[field] === undefined || input[field] === null;
    if ((absent && field === "weight") || (!absent && (value === null || value <= 0))) {
      invalid.push({ field, message: "must be a number above zero", suggestion: null });
    }
  }
  if (invalid.length > 0) {
    throw invalidFields("PARCEL.PARAMETERS.INVALID", "Wrong parameter type.", invalid);
  }
  return {
    id: world.ids.next("prcl"),
    createdAt: now,
    lengthInches: numberAt(input, "length"),
    widthInches: numberAt(input, "width"),
    heightInches: numberAt(input, "height"),
    predefinedPackage: textAt(input, "predefined_package"),
    weightOunces: numberAt(input, "weight") ?? 0,
  };
}

/** `{}` and absence are both no customs info, as recorded. */
function readCustomsInfo(world: World, parent: JsonObject, now: Instant): CustomsInfo | null {
  const fields = objectAt(parent, "customs_info");
  if (fields === null || Object.keys(fields).length === 0) {
    return null;
  }
  const items = objectsAt(fields, "customs_items").slice(0, CUSTOMS_ITEMS_MAX);
  checkCustoms(fields, items);
  return {
    id: world.ids.next("cstinfo"),
    createdAt: now,
    fields,
    items: items.map((item) => ({ id: world.ids.next("cstitem"), fields: item })),
  };
}

/** What the documentation calls required, refused with the codes that EasyPost lists; its own sentences are not recorded. */
function checkCustoms(fields: JsonObject, items: readonly JsonObject[]): void {
  if (items.some((item) => textAt(item, "description") === null)) {
    throw new ApiRefusal(422, "SHIPMENT.CUSTOMS_INFO.DESCRIPTION_REQUIRED", "Customs items need a description.");
  }
  if (items.some((item) => !/^[A-Z]{2}$/.test(textAt(item, "origin_country") ?? ""))) {
    throw new ApiRefusal(422, "CUSTOMS_ITEM.ORIGIN_COUNTRY.REQUIRED", "Customs items need an origin country.");
  }
  const isPositive = (item: JsonObject, field: string): boolean =>
    Number(item[field]) > 0 && Number.isFinite(Number(item[field]));
  if (items.some((item) => ["quantity", "value", "weight"].some((field) => !isPositive(item, field)))) {
    throw new ApiRefusal(422, "CUSTOMS_ITEM.PARAMETERS.INVALID", "Quantity, value and weight must be above zero.");
  }
  if (new Set(items.map((item) => textAt(item, "currency") ?? "USD")).size > 1) {
    throw new ApiRefusal(422, "CUSTOMS_ITEM.CURRENCY.ONE_CURRENCY_SUPPORTED", "Customs items need one currency.");
  }
  const isUnsigned = flagAt(fields, "customs_certify") && textAt(fields, "customs_signer") === null;
  const isUnexplained = textAt(fields, "contents_type") === "other" && textAt(fields, "contents_explanation") === null;
  if (items.length === 0 || isUnsigned || isUnexplained) {
    throw new ApiRefusal(
      422,
      "CUSTOMS_INFO.PARAMETERS.INVALID",
      "The customs info lacks items, signer or explanation.",
    );
  }
}
