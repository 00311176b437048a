/** The rate that is bought where nothing else is wished for. */
import type { Rate } from "../../src/core/rate.ts";
import { chooseRate, DEFAULT_SERVICES, wishFor } from "../../src/core/services.ts";

export function cheapest(rates: readonly Rate[], currency = "USD"): Rate | null {
  return chooseRate(rates, wishFor({ shippingLine: null }, DEFAULT_SERVICES), currency).chosen;
}
