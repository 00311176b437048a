/**
 * What carriers ask for a parcel. Pure and deterministic: the same parcel on the same way always costs the same, so a
 * repeated rating is comparable. The USPS figures meet EasyPost's recorded ones for zone 4 (1 lb: 6.07, 7.42 and 34.15;
 * 5 lb: 8.20, 11.01 and 51.20) and grow evenly between and beyond them; UPS and FedEx are made up at a plausible distance.
 */
import { formatAmount } from "../../core/money.ts";

/** Above this no carrier of the sandbox takes a parcel: 70 lb, the real limit of USPS. */
export const WEIGHT_MAX_OUNCES = 70 * 16;
/** Longest side plus girth: 130 inches at USPS, 165 at UPS and FedEx. */
const USPS_SIZE_MAX_INCHES = 130;
const PARCEL_SIZE_MAX_INCHES = 165;
/** Above a cubic foot the volume counts as weight: one pound per 166 cubic inches. */
const CUBIC_FOOT_INCHES = 1_728;
const INCHES_PER_POUND = 166;

export interface RatingInput {
  readonly weightOunces: number;
  /** Inches; `null` when a predefined package or nothing was given. */
  readonly lengthInches: number | null;
  readonly widthInches: number | null;
  readonly heightInches: number | null;
  readonly fromCountry: string;
  readonly fromZip: string;
  readonly toCountry: string;
  readonly toZip: string;
  readonly hasCustomsInfo: boolean;
  /** `SIGNATURE`, `ADULT_SIGNATURE`, …; `null` when nothing was asked for. */
  readonly deliveryConfirmation: string | null;
}

export interface Quote {
  readonly carrier: string;
  readonly carrierAccountId: string;
  readonly service: string;
  /** All amounts in cents of USD. */
  readonly amountMinor: number;
  readonly retailMinor: number;
  readonly listMinor: number;
  readonly days: number;
}

export interface RateMessage {
  readonly carrier: string;
  readonly carrier_account_id: string;
  readonly type: "rate_error";
  readonly message: string;
}

export interface Rating {
  readonly quotes: readonly Quote[];
  readonly messages: readonly RateMessage[];
}

export interface CarrierAccount {
  readonly carrier: string;
  readonly id: string;
}

/** The accounts of the sandbox; every shipment is rated with all of them unless it names some. */
export const CARRIER_ACCOUNTS: readonly CarrierAccount[] = [
  { carrier: "USPS", id: "ca_00000000000000000000000000000001" },
  { carrier: "UPS", id: "ca_00000000000000000000000000000002" },
  { carrier: "FedEx", id: "ca_00000000000000000000000000000003" },
];

interface Tariff {
  readonly service: string;
  /** Cents for the first pound in zone 4. */
  readonly firstPound: number;
  /** Cents for each further pound. */
  readonly furtherPound: number;
  readonly days: number;
  /** Retail and list price as a share of the rate. */
  readonly retail: number;
  readonly list: number;
  readonly weightMaxOunces?: number;
}

const USPS_DOMESTIC: readonly Tariff[] = [
  { service: "Express", firstPound: 3_415, furtherPound: 426.25, days: 2, retail: 1.145, list: 1 },
  { service: "Priority", firstPound: 742, furtherPound: 89.75, days: 2, retail: 1.334, list: 1.124 },
  { service: "GroundAdvantage", firstPound: 607, furtherPound: 53.25, days: 3, retail: 1.458, list: 1.082 },
];
/** First class goes abroad up to 64 ounces only. */
const USPS_ABROAD: readonly Tariff[] = [
  { service: "ExpressMailInternational", firstPound: 5_890, furtherPound: 640, days: 5, retail: 1.12, list: 1 },
  { service: "PriorityMailInternational", firstPound: 4_120, furtherPound: 510, days: 8, retail: 1.15, list: 1 },
  {
    service: "FirstClassPackageInternationalService",
    firstPound: 1_685,
    furtherPound: 720,
    days: 14,
    retail: 1.18,
    list: 1,
    weightMaxOunces: 64,
  },
];
const UPS_DOMESTIC: readonly Tariff[] = [
  { service: "Ground", firstPound: 968, furtherPound: 61.5, days: 4, retail: 1.42, list: 1.3 },
];
const FEDEX_DOMESTIC: readonly Tariff[] = [
  { service: "FEDEX_GROUND", firstPound: 984, furtherPound: 60.25, days: 4, retail: 1.42, list: 1.3 },
];

/** Rates one parcel with the given accounts. A carrier that cannot take it says why in `messages`, as the API does. */
export function rate(input: RatingInput, accounts: readonly CarrierAccount[]): Rating {
  const quotes: Quote[] = [];
  const messages: RateMessage[] = [];
  for (const account of accounts) {
    const tariffs = tariffsOf(account.carrier, input);
    if (typeof tariffs === "string") {
      messages.push(rateError(account, tariffs));
      continue;
    }
    for (const tariff of tariffs) {
      quotes.push(quote(tariff, account, input));
    }
  }
  return { quotes, messages };
}

/** Every account refuses, with this text: the control API's way to a shipment without rates. */
export function refuseAll(message: string, accounts: readonly CarrierAccount[]): Rating {
  return { quotes: [], messages: accounts.map((account) => rateError(account, message)) };
}

/** The USPS zone, 2 to 8 by the distance of the first three zip digits; `null` abroad. */
export function uspsZone(input: Pick<RatingInput, "fromCountry" | "fromZip" | "toCountry" | "toZip">): number | null {
  if (input.fromCountry !== "US" || input.toCountry !== "US") {
    return null;
  }
  const distance = Math.abs(Number(input.fromZip.slice(0, 3)) - Number(input.toZip.slice(0, 3)));
  return Number.isNaN(distance) ? 8 : Math.min(8, 2 + Math.round(Math.sqrt(distance) / 3));
}

/** An amount as the API writes it: `6.07`. */
export function formatCents(amountMinor: number): string {
  return formatAmount({ amountMinor, currency: "USD" });
}

/** The tariffs that apply, or the carrier's reason why none does. */
function tariffsOf(carrier: string, input: RatingInput): readonly Tariff[] | string {
  const size = sizeInches(input);
  if (input.weightOunces > WEIGHT_MAX_OUNCES) {
    return "Package exceeds the maximum weight limit of 70 lb";
  }
  if (input.fromCountry !== "US") {
    return "The account can only ship from the United States";
  }
  const abroad = input.toCountry !== "US";
  if (carrier === "USPS") {
    if (size > USPS_SIZE_MAX_INCHES) {
      return "Package exceeds the maximum size of 130 inches (length plus girth)";
    }
    if (abroad && !input.hasCustomsInfo) {
      return "Customs info is required to rate an international shipment";
    }
    if (abroad && signatureCents(input) > 0) {
      return `delivery_confirmation ${input.deliveryConfirmation} is not available for international shipments`;
    }
    const tariffs = abroad ? USPS_ABROAD : USPS_DOMESTIC;
    return tariffs.filter((tariff) => input.weightOunces <= (tariff.weightMaxOunces ?? WEIGHT_MAX_OUNCES));
  }
  if (size > PARCEL_SIZE_MAX_INCHES) {
    return "Package exceeds the maximum size of 165 inches (length plus girth)";
  }
  if (abroad) {
    return "The requested service is unavailable between the selected locations.";
  }
  return carrier === "UPS" ? UPS_DOMESTIC : FEDEX_DOMESTIC;
}

function quote(tariff: Tariff, account: CarrierAccount, input: RatingInput): Quote {
  const pounds = Math.max(1, Math.ceil(billableOunces(input) / 16));
  const zone = uspsZone(input) ?? 4;
  const amount = (tariff.firstPound + (pounds - 1) * tariff.furtherPound) * (1 + 0.06 * (zone - 4));
  const amountMinor = Math.round(amount) + signatureCents(input);
  return {
    carrier: account.carrier,
    carrierAccountId: account.id,
    service: tariff.service,
    amountMinor,
    retailMinor: Math.round(amountMinor * tariff.retail),
    listMinor: Math.round(amountMinor * tariff.list),
    days: tariff.days,
  };
}

/** Made up at a plausible distance: that the rate holds it is what matters. */
function signatureCents({ deliveryConfirmation }: RatingInput): number {
  if (deliveryConfirmation === null || deliveryConfirmation === "NO_SIGNATURE") {
    return 0;
  }
  return deliveryConfirmation.startsWith("ADULT_") ? 935 : 370;
}

function billableOunces(input: RatingInput): number {
  const volume = (input.lengthInches ?? 0) * (input.widthInches ?? 0) * (input.heightInches ?? 0);
  return volume <= CUBIC_FOOT_INCHES
    ? input.weightOunces
    : Math.max(input.weightOunces, (volume / INCHES_PER_POUND) * 16);
}

function sizeInches(input: RatingInput): number {
  const sides = [input.lengthInches ?? 0, input.widthInches ?? 0, input.heightInches ?? 0].sort((a, b) => b - a);
  return (sides[0] ?? 0) + 2 * ((sides[1] ?? 0) + (sides[2] ?? 0));
}

function rateError(account: CarrierAccount, message: string): RateMessage {
  return { carrier: account.carrier, carrier_account_id: account.id, type: "rate_error", message };
}
