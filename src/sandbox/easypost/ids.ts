/** Names of things: ids with the API's prefixes, and tracking codes in each carrier's format. Never the same twice. */
import { createHash } from "node:crypto";
import type { Random } from "../../ports/clock.ts";

export type IdPrefix = "shp" | "rate" | "trk" | "evt" | "adr" | "prcl" | "cstinfo" | "cstitem" | "pl" | "hook" | "user";

/**
 * Draws once, when it is made, and counts from then on: how many ids are used by webhooks or requests changes nothing
 * about what is drawn for parcels.
 */
export class Ids {
  readonly #seed: number;
  #sequence = 0;
  #requests = 0;

  constructor(random: Random) {
    this.#seed = random.next();
  }

  /** `shp_` and 32 hexadecimal digits, like the API's. */
  next(prefix: IdPrefix): string {
    return `${prefix}_${this.hex()}`;
  }

  /** 32 hexadecimal digits; the last eight count, so two are never the same. */
  hex(): string {
    this.#sequence += 1;
    return this.#noise(24) + this.#sequence.toString(16).padStart(8, "0");
  }

  /** The support id of a request. */
  requestId(): string {
    this.#requests += 1;
    return `5b0e${this.#requests.toString(16).padStart(28, "0")}`;
  }

  /** A tracking code in the carrier's format, unique in this process. */
  trackingCode(carrier: string): string {
    this.#sequence += 1;
    const digits = String(this.#sequence).padStart(8, "0");
    const noise = String(Number.parseInt(this.#noise(6), 16) % 1e6).padStart(6, "0");
    if (carrier === "UPS") {
      return `1Z${noise}03${digits}`;
    }
    if (carrier === "FedEx") {
      return `${noise.slice(0, 4)}${digits}`;
    }
    const body = `9400100${noise}${digits}`;
    return `${body}${modulo10(body)}`;
  }

  #noise(digits: number): string {
    return createHash("sha256").update(`${this.#seed}/${this.#sequence}`).digest("hex").slice(0, digits);
  }
}

/** The check digit of USPS package codes: digits weighted 3 and 1 from the right. */
function modulo10(digits: string): number {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const weight = (digits.length - index) % 2 === 1 ? 3 : 1;
    sum += Number(digits[index]) * weight;
  }
  return (10 - (sum % 10)) % 10;
}

/** Which carrier writes such codes, as the API's detection does; `null` when none does. */
export function detectCarrier(trackingCode: string): string | null {
  if (/^(EZ\d{10}|9\d{21})$/.test(trackingCode)) {
    return "USPS";
  }
  if (/^1Z[0-9A-Z]{16}$/.test(trackingCode)) {
    return "UPS";
  }
  return /^\d{12}$/.test(trackingCode) ? "FedEx" : null;
}
