/** The merchant's wishes as data. Defaults are those of the contract (DESIGN §6); settings/ fills it from file and env. */

import { type CustomsPolicy, DEFAULT_CUSTOMS } from "./customs.ts";
import { type GuardsPolicy, NO_GUARDS } from "./guards.ts";
import type { HoursPolicy } from "./hours.ts";
import type { Address } from "./order.ts";
import { ONE_BOX, type PackingPolicy } from "./packing/preset.ts";
import type { ParcelPreset } from "./parcel.ts";
import type { RuleGroup, TimeCondition } from "./rules/rule.ts";
import { DEFAULT_SERVICES, type ServicesPolicy } from "./services.ts";
import type { LabelFormat } from "./shipment.ts";
import type { DurationMs } from "./time.ts";
import { DAY_MS, HOUR_MS } from "./time.ts";

/** When an order is ready to ship. */
export interface ReadyPolicy {
  /** An order needs one of these tags. Compared without case. Empty: no tag is needed. */
  readonly tags: readonly string[];
  /** Whether the metafield `shipbot.ready` counts as such a tag. */
  readonly metafield: boolean;
  /** Financial statuses that count as paid. */
  readonly financialStatuses: readonly string[];
  readonly minAgeMs: DurationMs;
  /** Labels are bought only then; `null`: at any time. */
  readonly schedule: Omit<TimeCondition, "kind"> | null;
  /** Risk recommendations that ship. Empty: all. */
  readonly risk: readonly string[];
  /** Names or tags, with `*` for any text. Not empty: only orders that have one of them ship. */
  readonly allow: readonly string[];
  /** Names or tags: orders that have one of them are never shipped. */
  readonly deny: readonly string[];
}

export interface Policy {
  readonly ready: ReadyPolicy;
  /** Ship-from by the number of the location's gid; `default` for all others. Missing: the location's own address. */
  readonly shipFrom: Readonly<Record<string, Address>>;
  /** The box for everything while `packing` has no presets. */
  readonly parcel: ParcelPreset;
  readonly rules: readonly RuleGroup[];
  readonly packing: PackingPolicy;
  readonly label: { readonly format: LabelFormat };
  /** Which of the offered rates is bought. */
  readonly services: ServicesPolicy;
  /** What stops a purchase. */
  readonly guards: GuardsPolicy;
  /** When labels are bought; `null`: at any time. */
  readonly hours: HoursPolicy | null;
  readonly customs: CustomsPolicy;
  readonly writeback: {
    readonly notifyCustomer: boolean;
    /** Prefix of a tag that mirrors the status, e.g. `shipbot:`; `null` for none. */
    readonly statusTagPrefix: string | null;
  };
  readonly tracking: {
    /** A parcel without news for so long after the last one is no longer asked for. */
    readonly giveUpAfterMs: DurationMs;
  };
  /** How often a parked or waiting order is looked at again although nothing was heard. */
  readonly relookMs: DurationMs;
}

export const DEFAULT_POLICY: Policy = {
  ready: {
    tags: ["ready_to_ship", "ready-to-ship"],
    // A partly refunded order was paid; what was refunded is no longer in the remaining quantities.
    financialStatuses: ["paid", "partially_refunded"],
    metafield: false,
    minAgeMs: 0,
    schedule: null,
    risk: [],
    allow: [],
    deny: [],
  },
  shipFrom: {},
  parcel: { name: "box", lengthMm: 300, widthMm: 200, heightMm: 100, tareGrams: 100 },
  rules: [],
  packing: ONE_BOX,
  label: { format: "pdf" },
  services: DEFAULT_SERVICES,
  guards: NO_GUARDS,
  hours: null,
  customs: DEFAULT_CUSTOMS,
  writeback: { notifyCustomer: true, statusTagPrefix: null },
  tracking: { giveUpAfterMs: 45 * DAY_MS },
  relookMs: HOUR_MS,
};
