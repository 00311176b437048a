/**
 * Which of the offered rates is bought. A wish says what is wanted and why: the service that the checkout's shipping line
 * stands for, what a rule says, else the policy's strategy. `chooseRate` then judges every rate by it. Pure, and the same
 * whatever order the provider lists its rates in. What was wished for and has no rate is not replaced by something else.
 */
import type { Order } from "./order.ts";
import { compareText, type Rate, ratesInOneCurrency } from "./rate.ts";

export type ServiceStrategy =
  | { readonly kind: "cheapest" }
  /** Fewest days, then price. A rate that names no days comes after all that do. */
  | { readonly kind: "fastest" }
  /** A rate that names no days is not within any. */
  | { readonly kind: "cheapest_within"; readonly days: number }
  /** The first of these patterns that has a rate, and of its rates the cheapest. See `fitsService`. */
  | { readonly kind: "preferred"; readonly services: readonly string[] };

export interface ServiceMapping {
  /** Title or code of the checkout's shipping line, in any case of letters; `*` stands for anything. */
  readonly line: string;
  readonly strategy: ServiceStrategy;
}

export interface ServicesPolicy {
  /** The first that fits counts. */
  readonly map: readonly ServiceMapping[];
  /** For every other order. */
  readonly strategy: ServiceStrategy;
  /** The provider's ids of the carrier accounts whose rates may be bought. Empty: all of them. */
  readonly accounts: readonly string[];
}

export const DEFAULT_SERVICES: ServicesPolicy = { map: [], strategy: { kind: "cheapest" }, accounts: [] };

export interface ServiceWish {
  readonly strategy: ServiceStrategy;
  readonly accounts: readonly string[];
  /** What it comes from: `shipping line Express`, `rules`; `null` for the policy's strategy. */
  readonly because: string | null;
}

/** Why a rate is the one, or is not. */
export type RateVerdict =
  | "chosen"
  | "other account"
  | "other currency"
  | "other service"
  | "less preferred"
  | "too slow"
  | "days unknown"
  | "slower"
  | "dearer"
  /** As good by the strategy; told apart by carrier, service and id. */
  | "no better";

export interface ConsideredRate {
  readonly rate: Rate;
  readonly verdict: RateVerdict;
}

export interface RateChoice {
  /** `null`: none of the offered rates is what is wished for. */
  readonly chosen: Rate | null;
  /** All that were offered, the cheapest first. */
  readonly considered: readonly ConsideredRate[];
}

/** What rules say about an order's service; both may be open. */
export interface RuledService {
  readonly service: string | null;
  readonly providerAccount: string | null;
}

/** What is wanted for this order: by its rules, else by its shipping line, else by the policy's strategy. */
export function wishFor(
  order: Pick<Order, "shippingLine">,
  policy: ServicesPolicy,
  ruled: RuledService = { service: null, providerAccount: null },
): ServiceWish {
  const accounts = ruled.providerAccount === null ? policy.accounts : [ruled.providerAccount];
  if (ruled.service !== null) {
    return { strategy: { kind: "preferred", services: [ruled.service] }, accounts, because: "rules" };
  }
  const line = order.shippingLine;
  const mapping = line === null ? undefined : policy.map.find((candidate) => fitsLine(candidate, line));
  return mapping === undefined || line === null
    ? { strategy: policy.strategy, accounts, because: ruled.providerAccount === null ? null : "rules" }
    : { strategy: mapping.strategy, accounts, because: `shipping line ${line.title}` };
}

function fitsLine({ line: pattern }: ServiceMapping, line: NonNullable<Order["shippingLine"]>): boolean {
  return [line.title, line.code ?? ""].some((text) => text !== "" && fits(pattern, text));
}

/** `Priority`, `USPS Priority`, `USPS/Priority`, `USPS *`: the service alone or after its carrier, in any case of letters. */
export function fitsService(pattern: string, { carrier, service }: Pick<Rate, "carrier" | "service">): boolean {
  return [service, `${carrier} ${service}`, `${carrier}/${service}`].some((text) => fits(pattern, text));
}

/** Compared piece by piece and not by a regular expression: a pattern of many stars must not cost more than its length. */
function fits(pattern: string, text: string): boolean {
  const [first = "", ...rest] = normal(pattern).split("*");
  const whole = normal(text);
  const last = rest.pop();
  if (last === undefined) {
    return whole === first;
  }
  if (!whole.startsWith(first) || !whole.endsWith(last) || whole.length < first.length + last.length) {
    return false;
  }
  let from = first.length;
  const until = whole.length - last.length;
  for (const piece of rest) {
    const at = whole.indexOf(piece, from);
    if (at < 0 || at + piece.length > until) {
      return false;
    }
    from = at + piece.length;
  }
  return true;
}

function normal(text: string): string {
  return text.trim().replace(/\s+/g, " ").toLowerCase();
}

/** Judges every rate by the wish. `currency`: the order's; see `ratesInOneCurrency`. */
export function chooseRate(rates: readonly Rate[], wish: ServiceWish, currency: string): RateChoice {
  const comparable = new Set(
    ratesInOneCurrency(
      rates.filter((rate) => isOfAccount(rate, wish)),
      currency,
    ),
  );
  const fitting = rates.filter((rate) => comparable.has(rate) && unfit(rate, wish.strategy) === null);
  const [chosen = null] = [...fitting].sort((a, b) => compareBy(wish.strategy, a, b) || compareRates(a, b));
  const considered = [...rates].sort(compareRates).map((rate) => ({
    rate,
    verdict: isOfAccount(rate, wish)
      ? comparable.has(rate)
        ? judge(rate, chosen, wish.strategy)
        : "other currency"
      : "other account",
  })) satisfies readonly ConsideredRate[];
  return { chosen, considered };
}

function isOfAccount(rate: Rate, { accounts }: ServiceWish): boolean {
  return accounts.length === 0 || (rate.accountId !== null && accounts.includes(rate.accountId));
}

/** Why the strategy does not take it at all; `null`: it does. */
function unfit(rate: Rate, strategy: ServiceStrategy): RateVerdict | null {
  switch (strategy.kind) {
    case "cheapest":
    case "fastest":
      return null;
    case "cheapest_within":
      if (rate.deliveryDays === null) {
        return "days unknown";
      }
      return rate.deliveryDays <= strategy.days ? null : "too slow";
    case "preferred":
      return preference(rate, strategy.services) === null ? "other service" : null;
  }
}

function judge(rate: Rate, chosen: Rate | null, strategy: ServiceStrategy): RateVerdict {
  const why = unfit(rate, strategy);
  if (why !== null) {
    return why;
  }
  if (chosen === null || rate === chosen) {
    return "chosen";
  }
  if (compareBy(strategy, rate, chosen) !== 0) {
    return strategy.kind === "preferred" ? "less preferred" : "slower";
  }
  return rate.price.amountMinor > chosen.price.amountMinor ? "dearer" : "no better";
}

/** What the strategy weighs before the price. */
function compareBy(strategy: ServiceStrategy, a: Rate, b: Rate): number {
  switch (strategy.kind) {
    case "cheapest":
    case "cheapest_within":
      return 0;
    case "fastest":
      return daysOf(a) - daysOf(b);
    case "preferred":
      return (preference(a, strategy.services) ?? 0) - (preference(b, strategy.services) ?? 0);
  }
}

function preference(rate: Rate, services: readonly string[]): number | null {
  const index = services.findIndex((service) => fitsService(service, rate));
  return index < 0 ? null : index;
}

function compareRates(a: Rate, b: Rate): number {
  return (
    a.price.amountMinor - b.price.amountMinor ||
    daysOf(a) - daysOf(b) ||
    compareText(a.carrier, b.carrier) ||
    compareText(a.service, b.service) ||
    compareText(a.id, b.id) ||
    compareText(a.accountId ?? "", b.accountId ?? "")
  );
}

function daysOf(rate: Rate): number {
  return rate.deliveryDays ?? Number.MAX_SAFE_INTEGER;
}

/** `the cheapest`, `the cheapest within 3 days`, `USPS Express or UPS *`: what follows "buy". */
export function describeStrategy(strategy: ServiceStrategy): string {
  switch (strategy.kind) {
    case "cheapest":
      return "the cheapest";
    case "fastest":
      return "the fastest";
    case "cheapest_within":
      return `the cheapest within ${strategy.days} ${strategy.days === 1 ? "day" : "days"}`;
    case "preferred":
      return strategy.services.join(" or ");
  }
}

/** With where it comes from and the accounts it is held to: `the fastest (shipping line Express; account ca_1)`. */
export function describeWish({ strategy, accounts, because }: ServiceWish): string {
  const notes = [
    ...(because === null ? [] : [because]),
    ...(accounts.length === 0 ? [] : [`${accounts.length === 1 ? "account" : "accounts"} ${accounts.join(", ")}`]),
  ];
  return `${describeStrategy(strategy)}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
}
