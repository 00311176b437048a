/** The section `guards`: what stops a purchase although everything else allows it. */
import { z } from "zod";
import type { GuardsPolicy } from "../../core/guards.ts";
import { type Money, parseMoney } from "../../core/money.ts";
import { DAY_MS, HOUR_MS } from "../../core/time.ts";
import { readDuration } from "../durations.ts";
import type { Parsed } from "../parsed.ts";
import { setting, text } from "../setting-facts.ts";

const money = text(readMoney, "has no currency: write 25.00 USD");

function readMoney(written: string): Parsed<Money> {
  const [, amount = "", currency = ""] = /^(\d[\d.]*) ?([A-Za-z]{3})$/.exec(written.trim()) ?? [];
  const value = parseMoney(amount, currency.toUpperCase());
  return value === null || value.amountMinor <= 0 ? { problem: "is no amount of money: write 25.00 USD" } : { value };
}

function cap(doc: string) {
  return setting(money.nullable().prefault(null), { doc: `${doc} As 25.00 USD.`, defaultText: "no limit" });
}

/** More would be typed by mistake; no shop of one daemon buys as many labels. */
const LABELS_MAX = 1_000_000;

function labelCap(doc: string) {
  return setting(z.int().min(1).max(LABELS_MAX).nullable().prefault(null), {
    doc,
    form: "number",
    defaultText: "no limit",
  });
}

function percent(doc: string, atMost: number) {
  return setting(z.int().min(0).max(atMost).nullable().prefault(null), {
    doc,
    form: "number",
    defaultText: "no limit",
  });
}

export const guardsSection = z.strictObject({
  label_max: cap("A label that costs more is parked until it is approved."),
  order_max: cap("The same for all labels of an order together."),
  paid_percent: percent(
    "All labels of an order may cost so many percent of what the customer paid for shipping, and paid_plus more.",
    10_000,
  ),
  paid_plus: cap("Added to paid_percent, which is 100 when only this is set. Free shipping allows this much alone."),
  hour_max: cap("Money for labels in an hour; orders beyond it wait for the next hour."),
  hour_labels: labelCap("Labels in an hour."),
  day_max: cap("Money for labels in a day, from midnight in time_zone; orders beyond it wait for the next day."),
  day_labels: labelCap("Labels in a day."),
  drift_percent: percent("So much dearer a service may have become between its first quote and the purchase.", 1_000),
  drift_max: cap("The same as an amount. Of both the smaller one counts."),
  allow_test_key: setting(z.boolean().prefault(false), {
    doc: "Buy although the provider's key is a test key and the shop a live one: no carrier takes such labels.",
    form: "switch",
  }),
  allow_live_key: setting(z.boolean().prefault(false), {
    doc: "Buy although the provider's key spends money and the shop is for development.",
    form: "switch",
  }),
  approve_first_labels: setting(z.int().min(0).max(LABELS_MAX).prefault(0), {
    doc: "So many labels, from the first on, wait for `shipbot approve`.",
    form: "number",
  }),
  approve_first: setting(
    text((written) => readDuration(written, HOUR_MS, 365 * DAY_MS))
      .nullable()
      .prefault(null),
    {
      doc: "For so long after the first start every label waits for `shipbot approve`, such as 7d.",
      defaultText: "not at all",
    },
  ),
});

export function toGuardsPolicy(section: z.output<typeof guardsSection>, timeZone: string): GuardsPolicy {
  const isPaidGuarded = section.paid_percent !== null || section.paid_plus !== null;
  return {
    labelMax: section.label_max,
    orderMax: section.order_max,
    paid: isPaidGuarded ? { percent: section.paid_percent ?? 100, plus: section.paid_plus } : null,
    hour: { max: section.hour_max, labelsMax: section.hour_labels },
    day: { max: section.day_max, labelsMax: section.day_labels },
    allowTestKey: section.allow_test_key,
    allowLiveKey: section.allow_live_key,
    driftPercent: section.drift_percent,
    driftMax: section.drift_max,
    approveFirstLabels: section.approve_first_labels,
    approveFirstMs: section.approve_first ?? 0,
    timeZone,
  };
}
