/**
 * Guards over money: what stops a purchase that the rest of the policy would make. Each is off unless the policy sets it.
 * Pure: `decide` asks them with what was spent as it was last read, so that `why` can show them, and the purchase asks
 * them again with what the database says in the very transaction that journals it (promise P7). Money counts from the
 * moment that a purchase is begun, also while its answer is unknown, and no more once its label is voided.
 */
import type { FactValue } from "./decision.ts";
import { formatMoney, type Money } from "./money.ts";
import type { Rate } from "./rate.ts";
import type { Reason } from "./reasons.ts";
import type { ShipmentRecord } from "./shipment.ts";
import { type Approval, findApproval, type Spending, type WindowSpend } from "./spending.ts";
import { type DurationMs, formatAge, formatInstant, type Instant } from "./time.ts";

export interface GuardsPolicy {
  readonly labelMax: Money | null;
  /** For all labels of an order. */
  readonly orderMax: Money | null;
  /** All labels of an order against what the customer paid for shipping: so many percent of it and `plus`. */
  readonly paid: { readonly percent: number; readonly plus: Money | null } | null;
  readonly hour: WindowGuard;
  readonly day: WindowGuard;
  /** How much dearer a service may be when it is bought than when it was quoted first. Both given: the less counts. */
  readonly driftPercent: number | null;
  readonly driftMax: Money | null;
  /** So many labels, and all labels of the first days, wait for a human. */
  readonly approveFirstLabels: number;
  readonly approveFirstMs: DurationMs;
  /** IANA name; hours and days begin by its clock. */
  readonly timeZone: string;
}

export interface WindowGuard {
  readonly max: Money | null;
  readonly labelsMax: number | null;
}

export const NO_GUARDS: GuardsPolicy = {
  labelMax: null,
  orderMax: null,
  paid: null,
  hour: { max: null, labelsMax: null },
  day: { max: null, labelsMax: null },
  driftPercent: null,
  driftMax: null,
  approveFirstLabels: 0,
  approveFirstMs: 0,
  timeZone: "UTC",
};

/** The purchase that is asked about. */
export interface Purchase {
  readonly shipment: Pick<ShipmentRecord, "id" | "fingerprint">;
  readonly rate: Rate;
  /**
   * Prices of the other parcels of the same fulfillment order that are to be bought after it. What is summed up is asked
   * with them, so that a limit stops all of them before the first is paid for, and not one in the middle.
   */
  readonly beside: readonly Money[];
  /** What the customer paid for shipping; `null` when nothing is known of it, which counts as nothing. */
  readonly paid: Money | null;
  /** The rule that wants a human to agree. */
  readonly approvalRule: string | null;
  readonly now: Instant;
}

export interface GuardFinding {
  readonly guard: string;
  readonly verdict: "pass" | "wait" | "park";
  readonly reason: Reason | null;
  readonly input: Readonly<Record<string, FactValue>>;
  /** When it lets the order go on by itself; only with `wait`. */
  readonly until: Instant | null;
}

/** Whether what was spent in an hour or a day matters at all. */
export function countsWindows({ hour, day }: GuardsPolicy): boolean {
  return [hour, day].some(({ max, labelsMax }) => max !== null || labelsMax !== null);
}

/** Every guard that the policy sets, in their order. */
export function runGuards(policy: GuardsPolicy, purchase: Purchase, spending: Spending): readonly GuardFinding[] {
  const { beside, rate, shipment } = purchase;
  const order = [...spending.order, ...beside];
  const findings = [
    ...guardCap("label price", "label_over_cap", rate.price, [], policy.labelMax),
    ...guardCap("labels of the order", "order_over_cap", rate.price, order, policy.orderMax),
    ...guardPaid(policy, purchase, order),
    ...guardDrift(policy, rate),
    ...guardWindow("hour", policy.hour, rate.price, beside, spending.hour),
    ...guardWindow("day", policy.day, rate.price, beside, spending.day),
    ...guardApproval(policy, purchase, spending),
  ];
  const approval = findApproval(spending.approvals, shipment, rate.price);
  return findings.map((finding) => lift(finding, approval));
}

/** What speaks for all: what needs a human before what only needs time. `null`: it may be bought. */
export function firstGuardStop(findings: readonly GuardFinding[]): GuardFinding | null {
  const first = (verdict: GuardFinding["verdict"]) => findings.find((finding) => finding.verdict === verdict);
  return first("park") ?? first("wait") ?? null;
}

/** In one line, for the journal: what each guard saw when the label was bought. */
export function guardsText(findings: readonly GuardFinding[]): string {
  return findings
    .map(
      ({ guard, input }) =>
        `${guard}: ${Object.entries(input)
          .map(([name, value]) => `${name} ${value}`)
          .join(", ")}`,
    )
    .join("; ");
}

function lift(finding: GuardFinding, approval: Approval | null): GuardFinding {
  return approval === null || finding.verdict === "pass" || !approval.guards.includes(finding.guard)
    ? finding
    : { ...finding, verdict: "pass", reason: null, until: null, input: { ...finding.input, approvedBy: approval.who } };
}

type Input = GuardFinding["input"];

function pass(guard: string, input: Input): readonly GuardFinding[] {
  return [{ guard, verdict: "pass", reason: null, input, until: null }];
}

function stop(guard: string, reason: Reason, input: Input): readonly GuardFinding[] {
  return [{ guard, verdict: "park", reason, input, until: null }];
}

/** An amount in another currency cannot be weighed: it is not let through. */
function stopIncomparable(guard: string, price: Money, cap: Money): readonly GuardFinding[] {
  return stop(guard, "guard_currency", { guard, price: formatMoney(price), cap: formatMoney(cap) });
}

/** `price` and what was spent before it, in the currency of `price`. */
function total(price: Money, before: readonly Money[]): Money {
  const same = before.filter(({ currency }) => currency === price.currency);
  const amountMinor = same.reduce((sum, one) => sum + one.amountMinor, price.amountMinor);
  return { amountMinor, currency: price.currency };
}

function isComparable(price: Money, before: readonly Money[], cap: Money): boolean {
  return [price, ...before].every(({ currency }) => currency === cap.currency);
}

function guardCap(
  guard: string,
  reason: Reason,
  price: Money,
  before: readonly Money[],
  cap: Money | null,
): readonly GuardFinding[] {
  if (cap === null) {
    return [];
  }
  if (!isComparable(price, before, cap)) {
    return stopIncomparable(guard, price, cap);
  }
  const sum = total(price, before);
  const input = { cost: formatMoney(sum), cap: formatMoney(cap) };
  return sum.amountMinor > cap.amountMinor ? stop(guard, reason, input) : pass(guard, input);
}

function guardPaid(
  { paid: guard }: GuardsPolicy,
  { paid, rate }: Purchase,
  before: readonly Money[],
): readonly GuardFinding[] {
  if (guard === null) {
    return [];
  }
  const name = "shipping paid";
  const { price } = rate;
  const had = paid ?? { amountMinor: 0, currency: price.currency };
  const plus = guard.plus ?? { amountMinor: 0, currency: price.currency };
  const incomparable = [had, plus].find((amount) => amount.amountMinor > 0 && amount.currency !== price.currency);
  if (incomparable !== undefined || !isComparable(price, before, price)) {
    return stopIncomparable(name, price, incomparable ?? had);
  }
  const amountMinor = Math.floor((had.amountMinor * guard.percent) / 100) + plus.amountMinor;
  const allowed = { amountMinor, currency: price.currency };
  const cost = total(price, before);
  const input = {
    cost: formatMoney(cost),
    paid: formatMoney({ ...had, currency: price.currency }),
    allowed: formatMoney(allowed),
  };
  return cost.amountMinor > allowed.amountMinor ? stop(name, "order_over_paid", input) : pass(name, input);
}

function guardDrift({ driftPercent, driftMax }: GuardsPolicy, { price, quotedPrice }: Rate): readonly GuardFinding[] {
  if (driftPercent === null && driftMax === null) {
    return [];
  }
  const name = "price since the quote";
  const quoted = quotedPrice ?? price;
  if (quoted.currency !== price.currency || (driftMax !== null && driftMax.currency !== price.currency)) {
    return stopIncomparable(name, price, quoted.currency === price.currency && driftMax !== null ? driftMax : quoted);
  }
  const byPercent =
    driftPercent === null ? Number.POSITIVE_INFINITY : Math.floor((quoted.amountMinor * driftPercent) / 100);
  const more = Math.min(byPercent, driftMax?.amountMinor ?? Number.POSITIVE_INFINITY);
  const allowed = { amountMinor: quoted.amountMinor + more, currency: price.currency };
  const input = { price: formatMoney(price), quoted: formatMoney(quoted), allowed: formatMoney(allowed) };
  return price.amountMinor > allowed.amountMinor ? stop(name, "price_drift", input) : pass(name, input);
}

const WINDOW_REASONS = {
  hour: { money: "spend_hour", labels: "labels_hour" },
  day: { money: "spend_day", labels: "labels_day" },
} as const;

function guardWindow(
  window: "hour" | "day",
  { max, labelsMax }: WindowGuard,
  price: Money,
  beside: readonly Money[],
  spend: WindowSpend,
): readonly GuardFinding[] {
  const span = { since: formatInstant(spend.sinceAt), until: formatInstant(spend.untilAt) };
  const wait = (guard: string, reason: Reason, input: Input): GuardFinding => ({
    ...{ guard, reason, input, verdict: "wait", until: spend.untilAt },
  });
  const money =
    max === null ? [] : guardWindowMoney(`money of the ${window}`, window, max, price, beside, spend, span, wait);
  if (labelsMax === null) {
    return money;
  }
  const name = `labels of the ${window}`;
  // More parcels than a window ever has labels for go in several windows: waiting for one that has room would be for ever.
  const wanted = Math.min(1 + beside.length, labelsMax);
  const input = { labels: spend.labels, ...(wanted > 1 ? { wanted } : {}), cap: labelsMax, ...span };
  const finding =
    spend.labels + wanted > labelsMax ? [wait(name, WINDOW_REASONS[window].labels, input)] : pass(name, input);
  return [...money, ...finding];
}

function guardWindowMoney(
  name: string,
  window: "hour" | "day",
  max: Money,
  price: Money,
  beside: readonly Money[],
  spend: WindowSpend,
  span: Input,
  wait: (guard: string, reason: Reason, input: Input) => GuardFinding,
): readonly GuardFinding[] {
  if (!isComparable(price, [...beside, ...spend.amounts], max)) {
    return stopIncomparable(name, price, max);
  }
  const wanted = total(price, beside);
  if (wanted.amountMinor > max.amountMinor) {
    // No window will ever have room for it: waiting would be for ever.
    const reason = beside.length === 0 ? "label_over_cap" : "order_over_cap";
    return stop(name, reason, { cost: formatMoney(wanted), cap: formatMoney(max) });
  }
  const spent = total({ amountMinor: 0, currency: max.currency }, spend.amounts);
  const input = { spent: formatMoney(spent), price: formatMoney(wanted), cap: formatMoney(max), ...span };
  return spent.amountMinor + wanted.amountMinor > max.amountMinor
    ? [wait(name, WINDOW_REASONS[window].money, input)]
    : pass(name, input);
}

function guardApproval(
  { approveFirstLabels, approveFirstMs }: GuardsPolicy,
  { approvalRule, rate, now }: Purchase,
  { labelsEver, installedAt }: Spending,
): readonly GuardFinding[] {
  const what = `${rate.carrier} ${rate.service} at ${formatMoney(rate.price)}`;
  const ask = (guard: string, because: string) => stop(guard, "approval_needed", { what, because });
  const untilAt = (installedAt ?? now) + approveFirstMs;
  return [
    ...(approvalRule === null ? [] : ask("rule's approval", `the rule ${approvalRule} asks for it`)),
    ...(approveFirstLabels === 0
      ? []
      : labelsEver < approveFirstLabels
        ? ask(
            "first labels",
            `the first ${approveFirstLabels} labels are approved by hand, this is number ${labelsEver + 1}`,
          )
        : pass("first labels", { labels: labelsEver, approvedByHand: approveFirstLabels })),
    ...(approveFirstMs === 0
      ? []
      : now < untilAt
        ? ask("first days", `shipbot is new here: by hand for ${formatAge(untilAt - now)} more`)
        : pass("first days", { over: formatInstant(untilAt) })),
  ];
}
