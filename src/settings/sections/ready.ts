/** The section `ready` of the config file: which orders are ready to ship. */
import { z } from "zod";
import { DEFAULT_POLICY, type ReadyPolicy } from "../../core/policy.ts";
import { DAY_MS } from "../../core/time.ts";
import { readDuration, writeDuration } from "../durations.ts";
import { setting, text } from "../setting-facts.ts";
import { tag } from "../tag.ts";
import { readTimeWindow, timeWindow } from "./time-window.ts";

/** Those of Shopify's OrderDisplayFinancialStatus (2026-10) that money may still come from. */
const FINANCIAL_STATUSES = ["paid", "partially_refunded", "partially_paid", "authorized", "pending"] as const;
const RISKS = ["accept", "investigate", "cancel", "none"] as const;

const entries = z.array(z.string().trim().min(1).max(255)).max(1_000).prefault([]);

export const readySection = setting(
  z
    .strictObject({
      tags: setting(
        z
          .array(tag)
          .max(20)
          .prefault([...DEFAULT_POLICY.ready.tags]),
        {
          doc: "The order needs one of these tags, in any case of letters. An empty list: no tag is needed.",
          form: "list",
        },
      ),
      metafield: setting(z.boolean().prefault(DEFAULT_POLICY.ready.metafield), {
        doc: "The order metafield `shipbot.ready` with the value true counts as such a tag.",
        form: "switch",
      }),
      financial_statuses: setting(
        z.array(z.enum(FINANCIAL_STATUSES)).min(1).max(10).prefault(["paid", "partially_refunded"]),
        { doc: `Payment states that count as paid, of: ${FINANCIAL_STATUSES.join(", ")}.`, form: "list" },
      ),
      min_age: setting(
        text((written) => readDuration(written, 0, 60 * DAY_MS), "has no unit: write 30s, 5m, 1h or 7d").prefault(
          writeDuration(DEFAULT_POLICY.ready.minAgeMs),
        ),
        { doc: "An order waits until it is so old: time for the customer to change it." },
      ),
      schedule: setting(timeWindow.nullable().prefault(null), {
        doc: "Labels are bought only in these days and hours. null: at any time.",
        form: "json",
        example: 'days: [mon, tue, wed, thu, fri]\nfrom: "08:00"\nto: "16:30"\nzone: America/New_York',
      }),
      risk: setting(z.array(z.enum(RISKS)).max(RISKS.length).prefault([]), {
        doc: `Shopify's risk recommendations that ship, of: ${RISKS.join(", ")}. An empty list: all.`,
        form: "list",
      }),
      allow: setting(entries, {
        doc: "Only orders with one of these names or tags ship; * stands for any text. An empty list: all.",
        form: "list",
      }),
      deny: setting(entries, {
        doc: "Orders with one of these names or tags are never shipped; * stands for any text.",
        form: "list",
      }),
    })
    .prefault({}),
  { doc: "Which orders are ready to ship." },
);

export function assembleReady(written: z.output<typeof readySection>, timeZone: string): ReadyPolicy {
  return {
    tags: written.tags,
    metafield: written.metafield,
    financialStatuses: written.financial_statuses,
    minAgeMs: written.min_age,
    schedule: written.schedule === null ? null : readTimeWindow(written.schedule, timeZone),
    risk: written.risk,
    allow: written.allow,
    deny: written.deny,
  };
}
