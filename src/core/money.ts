/** Money in minor units with its currency: no floats, no mixing of currencies. */

export interface Money {
  /** Whole minor units: cents for USD, yen for JPY. */
  readonly amountMinor: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

/** Currencies whose minor unit is not a hundredth (ISO 4217, read 2026-11-22). */
const EXPONENTS: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
};

/** How many digits stand behind the point in this currency. */
export function currencyExponent(currency: string): number {
  return EXPONENTS[currency] ?? 2;
}

/**
 * Reads a decimal string (`"6.07"`, `"55.0"`, `"1909.9"`). `null` when it is none, or when it has more digits than the
 * currency: a price is never rounded silently.
 */
export function parseMoney(decimal: string, currency: string): Money | null {
  const match = /^(-?)(\d{1,12})(?:\.(\d+))?$/.exec(decimal.trim());
  if (match === null || !/^[A-Z]{3}$/.test(currency)) {
    return null;
  }
  const exponent = currencyExponent(currency);
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  if (fraction.length > exponent) {
    return null;
  }
  const minor = Number(`${match[2]}${fraction.padEnd(exponent, "0")}`);
  return { amountMinor: match[1] === "-" && minor !== 0 ? -minor : minor, currency };
}

/** The amount as a decimal string with the currency's digits: `8.45`, `1200` for JPY. */
export function formatAmount(money: Money): string {
  const exponent = currencyExponent(money.currency);
  const digits = String(Math.abs(money.amountMinor)).padStart(exponent + 1, "0");
  const sign = money.amountMinor < 0 ? "-" : "";
  if (exponent === 0) {
    return `${sign}${digits}`;
  }
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** `8.45 USD`. */
export function formatMoney(money: Money): string {
  return `${formatAmount(money)} ${money.currency}`;
}
