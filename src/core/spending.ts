/** What was spent, as the guards look at it, and what a human approved. */

import type { Money } from "./money.ts";
import type { OrderId } from "./order.ts";
import { wallClock } from "./rules/wall-clock.ts";
import type { ShipmentRecord } from "./shipment.ts";
import { HOUR_MS, type Instant, MINUTE_MS } from "./time.ts";

/** One sum per currency of purchases that are begun, unknown or done, without labels that are voided. */
export interface WindowSpend {
  readonly sinceAt: Instant;
  readonly untilAt: Instant;
  readonly labels: number;
  readonly amounts: readonly Money[];
}

export interface Spending {
  readonly hour: WindowSpend;
  readonly day: WindowSpend;
  /** Of this order, whenever. */
  readonly order: readonly Money[];
  /** Bought by this database, voided ones too; counted no further than the guards need. */
  readonly labelsEver: number;
  /** When this database began; `null` when it is not known. */
  readonly installedAt: Instant | null;
  /** Of this order. */
  readonly approvals: readonly Approval[];
}

/**
 * A human let a purchase through. It is for one shipment, whose label can be bought only once, as it was planned then and
 * for no more money; another plan or a higher price asks again.
 */
export interface Approval {
  readonly orderId: OrderId;
  readonly shipmentId: string;
  readonly fingerprint: string;
  /** Names of the guards that it lifts. */
  readonly guards: readonly string[];
  readonly maxPrice: Money;
  readonly who: string;
  readonly at: Instant;
}

/** The approval that holds for this purchase. */
export function findApproval(
  approvals: readonly Approval[],
  shipment: Pick<ShipmentRecord, "id" | "fingerprint">,
  price: Money,
): Approval | null {
  return (
    approvals.find(
      (approval) =>
        approval.shipmentId === shipment.id &&
        approval.fingerprint === shipment.fingerprint &&
        approval.maxPrice.currency === price.currency &&
        price.amountMinor <= approval.maxPrice.amountMinor,
    ) ?? null
  );
}

export interface Windows {
  readonly hour: { readonly sinceAt: Instant; readonly untilAt: Instant };
  readonly day: { readonly sinceAt: Instant; readonly untilAt: Instant };
}

/** The hour and the day of `now` by the clock of `zone`. */
export function windowsAt(now: Instant, zone: string): Windows {
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const hourAt = minute - (wallClock(minute, zone).minuteOfDay % 60) * MINUTE_MS;
  const dayAt = startOfDay(minute, zone);
  return {
    hour: { sinceAt: hourAt, untilAt: hourAt + HOUR_MS },
    // A day has 23 to 25 hours: 30 hours after its midnight it is the next one.
    day: { sinceAt: dayAt, untilAt: startOfDay(dayAt + 30 * HOUR_MS, zone) },
  };
}

function startOfDay(minute: Instant, zone: string): Instant {
  const guess = minute - wallClock(minute, zone).minuteOfDay * MINUTE_MS;
  // Clocks that were changed since midnight show another minute at the guess.
  const shown = wallClock(guess, zone).minuteOfDay;
  return guess - (shown > 12 * 60 ? shown - 24 * 60 : shown) * MINUTE_MS;
}

/** Nothing spent, nothing approved. */
export function noSpending(windows: Windows): Spending {
  const none = { labels: 0, amounts: [] };
  return {
    hour: { ...windows.hour, ...none },
    day: { ...windows.day, ...none },
    order: [],
    labelsEver: 0,
    installedAt: null,
    approvals: [],
  };
}
