/**
 * Rules as data: groups of named rules, each with a condition and with what follows from it. What a rule may look at is in
 * `facts.ts`; how it is judged in `evaluate.ts`. Built from the config file by `src/settings/sections/rules.ts`.
 *
 * Order matters in these places and in no other: groups and the rules in them are judged from top to bottom; a `first`
 * group ends with its first match; and of several matching rules that set the same thing (a service, say) the first
 * wins. Tags and notes add up, in the order in which they are met.
 */
import type { LabelSize } from "../label-options.ts";
import type { Money } from "../money.ts";
import type { LabelFormat } from "../shipment.ts";

export interface RuleGroup {
  readonly name: string;
  /** `first`: the first rule that matches ends the group. `all`: each rule that matches counts. */
  readonly match: "first" | "all";
  readonly rules: readonly Rule[];
}

export interface Rule {
  /** Unique in the policy: findings, traces and replays name rules by it. */
  readonly name: string;
  readonly when: Condition;
  readonly actions: RuleActions;
}

/**
 * Text is compared without case; `*` in it stands for any text, also for none. A list of texts holds when one of them
 * does. `all` of nothing holds, `any` of nothing does not.
 */
export type Condition =
  | { readonly kind: "all" | "any"; readonly of: readonly Condition[] }
  | { readonly kind: "not"; readonly of: Condition }
  | TextCondition
  | LineCondition
  /** The order has an attribute of this name; with values, one that reads so. */
  | { readonly kind: "note_attribute"; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: "po_box"; readonly is: boolean }
  | NumberCondition
  /** What the goods of the order cost, in minor units of `currency`. */
  | { readonly kind: "value"; readonly range: NumberRange; readonly currency: string }
  | TimeCondition;

export interface TextCondition {
  readonly kind: TextKind;
  readonly values: readonly string[];
}

/** `shipping_line`: its title or its code. `location`: the number of its gid. `postal_code`: blanks do not count. */
export type TextKind =
  | "tag"
  | "currency"
  | "country"
  | "province"
  | "postal_code"
  | "shipping_line"
  | "customer_tag"
  | "risk"
  | "location";

export interface LineCondition {
  readonly kind: LineKind;
  readonly values: readonly string[];
  /** Whether one line of what ships has to be so, or each of them. */
  readonly lines: "any" | "every";
}

export type LineKind = "sku" | "vendor" | "product_type";

export interface NumberCondition {
  readonly kind: NumberKind;
  readonly range: NumberRange;
}

/** `quantity`: units to ship. `weight`: grams of the items without the box. `order_count`: orders of the customer, with this one. */
export type NumberKind = "quantity" | "weight" | "order_count" | "parcel_count";

/** Both ends belong to it; `null`: no bound. Everything that is counted here is a whole number. */
export interface NumberRange {
  readonly min: number | null;
  readonly max: number | null;
}

/** Now, on the wall clock of `zone`. `fromMinute` belongs to it, `toMinute` not; `to` below `from` passes midnight. */
export interface TimeCondition {
  readonly kind: "time";
  /** 0 is Sunday. Empty: every day. Past midnight it is still the day on which it began. */
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
  /** IANA name. */
  readonly zone: string;
}

/** What a matching rule asks for. `null`: it says nothing about that. */
export interface RuleActions {
  /** A carrier's service or a service choice of the policy, by its name. */
  readonly service: string | null;
  /** The provider's id of the carrier account. */
  readonly providerAccount: string | null;
  /** Name of a parcel preset. */
  readonly parcelPreset: string | null;
  readonly insurance: InsuranceWish | null;
  readonly signature: "none" | "any" | "adult" | null;
  readonly deliveryConfirmation: boolean | null;
  readonly labelFormat: LabelFormat | null;
  readonly labelSize: LabelSize | null;
  /** Printed on the label; `{order}` stands for the order's name. */
  readonly reference: string | null;
  /** The reason to tell; while the rule matches, nothing is bought. */
  readonly hold: string | null;
  /** No label is bought for it at all. */
  readonly skip: boolean;
  /** A human has to agree before a label is bought. */
  readonly approval: boolean;
  /** Put on the order in Shopify. */
  readonly tags: readonly string[];
  /** For the order's timeline. */
  readonly notes: readonly string[];
}

/** `goods`: for what the goods in the parcel cost. */
export type InsuranceWish =
  | { readonly kind: "none" }
  | { readonly kind: "goods" }
  | { readonly kind: "fixed"; readonly amount: Money };

export const NO_ACTIONS: RuleActions = {
  service: null,
  providerAccount: null,
  parcelPreset: null,
  insurance: null,
  signature: null,
  deliveryConfirmation: null,
  labelFormat: null,
  labelSize: null,
  reference: null,
  hold: null,
  skip: false,
  approval: false,
  tags: [],
  notes: [],
};

/** What all rules together come to for one fulfillment order. */
export interface RuleOutcome {
  readonly service: string | null;
  readonly providerAccount: string | null;
  readonly parcelPreset: string | null;
  readonly insurance: InsuranceWish | null;
  readonly signature: "none" | "any" | "adult" | null;
  readonly deliveryConfirmation: boolean | null;
  readonly labelFormat: LabelFormat | null;
  readonly labelSize: LabelSize | null;
  readonly reference: string | null;
  readonly hold: { readonly rule: string; readonly reason: string } | null;
  /** The rule that says so. */
  readonly skip: { readonly rule: string } | null;
  readonly approval: { readonly rule: string } | null;
  readonly tags: readonly string[];
  readonly notes: readonly string[];
  /** Names of the rules that matched, in their order. */
  readonly matched: readonly string[];
  /** Rules of which nobody can say whether they match, with the condition whose fact is missing. Not empty: park. */
  readonly unclear: readonly UnclearRule[];
}

export interface UnclearRule {
  readonly rule: string;
  readonly condition: string;
  /** Why the fact is missing. */
  readonly missing: string;
}

export const NO_RULES: RuleOutcome = {
  service: null,
  providerAccount: null,
  parcelPreset: null,
  insurance: null,
  signature: null,
  deliveryConfirmation: null,
  labelFormat: null,
  labelSize: null,
  reference: null,
  hold: null,
  skip: null,
  approval: null,
  tags: [],
  notes: [],
  matched: [],
  unclear: [],
};

/** How one rule was judged, for people. */
export interface RuleTrace {
  readonly group: string;
  readonly rule: string;
  /** `not_reached`: an earlier rule of a `first` group matched, or nobody can say whether it does. */
  readonly verdict: "matched" | "not_matched" | "unclear" | "not_reached";
  /**
   * On which conditions, with what each saw: of those that must all hold the first that does not, of those of which one
   * must hold all of them. Empty when it matched or was not reached.
   */
  readonly on: readonly { readonly condition: string; readonly saw: string }[];
  /** What it asks for, in words: `service UPS/Ground`. */
  readonly asks: readonly string[];
}
