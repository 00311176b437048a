/** Two outcomes of one order side by side: what differs, by which rules, and in money. Pure. */
import type { Money } from "../money.ts";
import type { OrderStatus } from "../status.ts";
import { costOf, type Outcome } from "./replay.ts";

export const CHANGES = ["held", "released", "reason", "approval", "service", "parcels", "cost", "tags"] as const;

/**
 * `held`: was to ship and does not. `released`: the reverse. `reason`: does not ship either way, for another reason.
 * `approval`: waits for a human where it did not, or no longer. `parcels`: other boxes, or another number of them. `cost`:
 * the same service at another price.
 */
export type Change = (typeof CHANGES)[number];

export interface Difference {
  readonly changes: readonly Change[];
  /** Rules that match after and did not before, and the reverse. */
  readonly matches: readonly string[];
  readonly matchesNoMore: readonly string[];
}

/** `null`: nothing differs that anybody would notice. */
export function compareOutcomes(before: Outcome, after: Outcome): Difference | null {
  const changes = findChanges(before, after);
  return changes.length === 0
    ? null
    : {
        changes,
        matches: after.matched.filter((rule) => !before.matched.includes(rule)),
        matchesNoMore: before.matched.filter((rule) => !after.matched.includes(rule)),
      };
}

function findChanges(before: Outcome, after: Outcome): readonly Change[] {
  const tags = isSameList([...before.tags].sort(), [...after.tags].sort()) ? [] : ["tags" as const];
  const [did, does] = [isShipping(before.status), isShipping(after.status)];
  if (did && does) {
    return [...shippingChanges(before, after), ...tags];
  }
  if (before.status === after.status && before.reason === after.reason && before.rule === after.rule) {
    return tags;
  }
  const isAboutApproval = [before.reason, after.reason].includes("approval_needed");
  const change = did || does ? (isAboutApproval ? "approval" : did ? "held" : "released") : "reason";
  return [change, ...tags];
}

function shippingChanges(before: Outcome, after: Outcome): readonly Change[] {
  const isSameBox = isSameList(presetsOf(before), presetsOf(after));
  const [old, now] = [costOf(before), costOf(after)];
  const isPriced = old !== null && now !== null;
  const isSameService = isPriced ? isSameList(servicesOf(before), servicesOf(after)) : before.wanted === after.wanted;
  const isSameCost = !isPriced || isSameList(old.map(moneyText).sort(), now.map(moneyText).sort());
  return [
    ...(isSameService ? [] : ["service" as const]),
    ...(isSameBox ? [] : ["parcels" as const]),
    ...(isSameCost || !isSameService || !isSameBox ? [] : ["cost" as const]),
    // The same box by name, and nobody was ever asked what it costs now: it is another one, or comes from elsewhere.
    ...((old === null) !== (now === null) && isSameBox ? ["parcels" as const] : []),
  ];
}

function isShipping(status: OrderStatus): boolean {
  return status === "ready_to_ship";
}

function presetsOf({ parcels }: Outcome): readonly string[] {
  return parcels.map(({ preset }) => preset).sort();
}

function servicesOf({ parcels }: Outcome): readonly string[] {
  return parcels.map(({ rate }) => `${rate?.carrier} ${rate?.service}`).sort();
}

function moneyText({ amountMinor, currency }: Money): string {
  return `${amountMinor} ${currency}`;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
