/** Offers of a provider for one shipment. `services.ts` chooses among them. */
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
  /** What the same service cost when it was first quoted for this shipment, where that was something else. */
  readonly quotedPrice?: Money;
  readonly deliveryDays: number | null;
  /** The provider's id of the carrier account that it would be charged to; `null` when the provider does not say. */
  readonly accountId: string | null;
}

/** Rates older than this are asked for again before buying. EasyPost states no life (facts read 2026-11-22); a day is its dashboard's habit, an hour is safe. */
export const RATES_FRESH_MS: DurationMs = 60 * 60_000;

export function ratesAreFresh(ratesAt: Instant, now: Instant): boolean {
  // A clock that jumped back makes the age negative: then they are not trusted either.
  const ageMs = now - ratesAt;
  return ageMs >= 0 && ageMs < RATES_FRESH_MS;
}

/**
 * Prices of different currencies cannot be compared: the rates in `currency` if there are any, else those of the
 * alphabetically first currency.
 */
export function ratesInOneCurrency(rates: readonly Rate[], currency: string): readonly Rate[] {
  const offered = [...new Set(rates.map((rate) => rate.price.currency))].sort(compareText);
  const chosen = offered.includes(currency) ? currency : offered[0];
  return rates.filter((rate) => rate.price.currency === chosen);
}

/** New rates of a shipment with the prices at which their services were quoted first. */
export function withQuotedPrices(rates: readonly Rate[], earlier: readonly Rate[]): readonly Rate[] {
  return rates.map((rate) => {
    const first = earlier.find(
      ({ carrier, service, accountId }) =>
        carrier === rate.carrier && service === rate.service && accountId === rate.accountId,
    );
    return first === undefined ? rate : { ...rate, quotedPrice: first.quotedPrice ?? first.price };
  });
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
