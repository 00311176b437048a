/**
 * Whether shipbot acts on an order or only watches. Pure.
 *
 * In `live` it acts on all. In `shadow` it decides, asks for rates and remembers, and nothing is bought and nothing is
 * written to the shop or the provider. In `ramp` it acts on a share of the orders: each has a place between 0 and 100 that
 * follows from its id alone, so that it stays in when the share grows.
 *
 * What was paid for is brought to its end in every mode: an order for which a label was bought, or may have been (the
 * answer is open), goes on being told to the shop, followed and, when it is not needed, voided. No further label is bought
 * for it. So a label that was bought before the mode changed is never left untold.
 */

import type { Action, ActionKind, DecisionInput, Finding, OrderRecord } from "./decision.ts";
import type { EffectState } from "./effect.ts";
import { costOf } from "./guards.ts";
import { formatMoney, type Money } from "./money.ts";
import { gidNumber, type OrderId } from "./order.ts";
import type { Verdict } from "./verdict.ts";

export type ModePolicy =
  | { readonly kind: "live" }
  | { readonly kind: "shadow" }
  /** `percent`: 0 to 100. */
  | { readonly kind: "ramp"; readonly percent: number };

/** As `status` and the log name it: `live`, `shadow`, `ramp 25%`. */
export function describeMode(mode: ModePolicy): string {
  return mode.kind === "ramp" ? `ramp ${mode.percent}%` : mode.kind;
}

/** Whether shipbot acts on this order. An order that is in at one percentage is in at every higher one. */
export function isLiveFor(mode: ModePolicy, orderId: OrderId): boolean {
  switch (mode.kind) {
    case "live":
      return true;
    case "shadow":
      return false;
    case "ramp":
      return placeOf(orderId) < mode.percent;
  }
}

/** From 0 up to 100, evenly spread: FNV-1a over the number of the order, mixed once more because numbers follow each other. */
export function placeOf(orderId: OrderId): number {
  let hash = 0x811c9dc5;
  for (const character of gidNumber(orderId)) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * 100;
}

/** What neither spends nor shows itself to anybody: rates, looking things up, and what only our own record keeps. */
const UNSEEN: ReadonlySet<ActionKind> = new Set<ActionKind>([
  ...(["quote", "requote", "abandon", "verify", "resolve", "download_label", "adopt_fulfillment"] as const),
]);

const PERHAPS_PAID: ReadonlySet<EffectState> = new Set<EffectState>(["begun", "unknown", "done"]);

/** Whether a label was paid for, or may have been. */
export function isCommitted({ effects, shipments }: Pick<OrderRecord, "effects" | "shipments">): boolean {
  return (
    effects.some(({ kind, state }) => kind === "buy" && PERHAPS_PAID.has(state)) ||
    shipments.some(({ state }) => state === "bought" || state === "voided")
  );
}

/** Whether the mode lets this action leave. `perform` asks once more, whatever `decide` said. */
export function mayLeave({ order, policy, record }: DecisionInput, { kind }: Action): boolean {
  return isLiveFor(policy.mode, order.id) || UNSEEN.has(kind) || (kind !== "buy" && isCommitted(record));
}

/**
 * The same verdict without what may not leave; where that was a purchase, the order waits and says what would be bought:
 * all of `purchases`, which are those of the whole order.
 */
export function restrain(input: DecisionInput, verdict: Verdict, purchases: readonly Purchase[]): Verdict {
  const { mode } = input.policy;
  if (isLiveFor(mode, input.order.id)) {
    return verdict;
  }
  const actions = verdict.actions.filter((action) => mayLeave(input, action));
  if (purchasesOf(verdict).length === 0) {
    return { ...verdict, actions };
  }
  const rates = purchases.map(({ rate }) => rate);
  const facts = {
    mode: describeMode(mode),
    labels: rates.length,
    carriers: [...new Set(rates.map(({ carrier }) => carrier))].sort().join(" + "),
    service: [...new Set(rates.map(({ carrier, service }) => `${carrier} ${service}`))].sort().join(" + "),
    price: sumText(purchases.map(costOf)),
  };
  const finding: Finding = {
    ...{ check: "mode", fulfillmentOrderId: null, verdict: "wait", reason: "shadow", input: facts },
  };
  return {
    ...verdict,
    actions,
    judgement: { status: "waiting", reason: "shadow", input: facts },
    findings: [...verdict.findings, finding],
  };
}

type Purchase = Extract<Action, { kind: "buy" }>;

export function purchasesOf({ actions }: Verdict): readonly Purchase[] {
  return actions.filter((action): action is Purchase => action.kind === "buy");
}

/** One sum per currency. */
function sumText(prices: readonly Money[]): string {
  const sums = new Map<string, number>();
  for (const { amountMinor, currency } of prices) {
    sums.set(currency, (sums.get(currency) ?? 0) + amountMinor);
  }
  return [...sums].map(([currency, amountMinor]) => formatMoney({ amountMinor, currency })).join(" + ");
}
