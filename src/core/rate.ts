/** Offers of a provider for one shipment, and the choice among them. */
import type { Money } from "./money.ts";
import type { DurationMs, Instant } from "./time.ts";

export interface Rate {
  /** The provider's id; good only for the provider shipment it came with. */
  readonly id: string;
  /** `USPS`, `UPS`, … as the provider writes it. */
  readonly carrier: string;
  /** Service level as the provider writes it, e.g. `GroundAdvantage`. */
  readonly service: string;
  readonly price: Money;
  readonly deliveryDays: number | null;
}

/** Rates older than this are asked for again before buying. EasyPost states no life (facts read 2026-11-22); a day is its dashboard's habit, an hour is safe. */
export const RATES_FRESH_MS: DurationMs = 60 * 60_000;

export function ratesAreFresh(ratesAt: Instant, now: Instant): boolean {
  // A clock that jumped back makes the age negative: then they are not trusted either.
  const ageMs = now - ratesAt;
  return ageMs >= 0 && ageMs < RATES_FRESH_MS;
}

/**
 * The cheapest rate; of equal prices the faster one, then by carrier, service and id, so that the same rates in any
 * order give the same choice. `null` when there is none. Prices of different currencies cannot be compared: rates in
 * `currency` are taken if there are any, else those of the alphabetically first currency.
 */
export function cheapestRate(rates: readonly Rate[], currency: string): Rate | null {
  const offered = [...new Set(rates.map((rate) => rate.price.currency))].sort(compareText);
  const chosen = offered.includes(currency) ? currency : offered[0];
  return rates.filter((rate) => rate.price.currency === chosen).sort(compareRates)[0] ?? null;
}

function compareRates(a: Rate, b: Rate): number {
  return (
    a.price.amountMinor - b.price.amountMinor ||
    (a.deliveryDays ?? Number.MAX_SAFE_INTEGER) - (b.deliveryDays ?? Number.MAX_SAFE_INTEGER) ||
    compareText(a.carrier, b.carrier) ||
    compareText(a.service, b.service) ||
    compareText(a.id, b.id)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
