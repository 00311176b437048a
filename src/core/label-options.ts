/**
 * What is asked of the provider besides a parcel that goes from here to there: insurance, signature, what the label looks
 * like and says. Rules decide it, else the section `label` of the policy. It is part of what a parcel is quoted for: until
 * the label is paid for a change asks for new rates, and afterwards it changes nothing.
 */
import type { DecisionInput, FactValue } from "./decision.ts";
import { formatMoney, type Money } from "./money.ts";
import type { FulfillmentOrder, Order } from "./order.ts";
import { rulesFor } from "./rules/apply.ts";
import type { RuleOutcome } from "./rules/rule.ts";
import type { LabelFormat, ShipmentLine } from "./shipment.ts";

/** Inches, width before height, as printers of labels have them. */
export const LABEL_SIZES = ["4x4", "4x6", "4x7", "4x8", "8.5x11"] as const;
export type LabelSize = (typeof LABEL_SIZES)[number];

export type Signature = "none" | "any" | "adult";

export interface LabelOptions {
  readonly format: LabelFormat;
  /** `null`: what the provider makes of the format. */
  readonly size: LabelSize | null;
  /** `none` asks for the parcel to be left at the door; `null` leaves it to the service. */
  readonly signature: Signature | null;
  /** Whether the carrier has to confirm the delivery; `null` leaves it to the service. A signature confirms it too. */
  readonly deliveryConfirmation: boolean | null;
  /** Printed on the label. */
  readonly reference: string | null;
  /** What the parcel is insured for; `null`: it is not. */
  readonly insured: Money | null;
}

/** What insurance costs at a provider, for guards before the purchase: at least what will be charged. */
export interface InsuranceTerms {
  /** The only currency in which it insures. */
  readonly currency: string;
  /** Tenths of a per cent of the insured amount. */
  readonly perMille: number;
  readonly minMinor: number;
}

export type Insurance =
  | { readonly kind: "none" }
  | { readonly kind: "insured"; readonly amount: Money }
  | { readonly kind: "impossible"; readonly why: string };

export const NO_OPTIONS: LabelOptions = {
  format: "pdf",
  size: null,
  signature: null,
  deliveryConfirmation: null,
  reference: null,
  insured: null,
};

/** `outcome`: what the rules say. An insurance that is impossible is none here: `insuranceFor` parks before it matters. */
function labelOptions(
  input: Pick<DecisionInput, "order" | "policy" | "provider">,
  outcome: RuleOutcome,
  fulfillmentOrder: FulfillmentOrder,
  lines: readonly ShipmentLine[],
): LabelOptions {
  const { label } = input.policy;
  const insurance = insuranceFor(input, outcome, fulfillmentOrder, lines);
  return {
    format: outcome.labelFormat ?? label.format,
    size: outcome.labelSize ?? label.size,
    signature: outcome.signature,
    deliveryConfirmation: outcome.deliveryConfirmation,
    reference: outcome.reference,
    insured: insurance.kind === "insured" ? insurance.amount : null,
  };
}

/** The options of a parcel with these lines, by the rules as they are for it now. */
export function optionsOf(
  input: Pick<DecisionInput, "order" | "record" | "policy" | "provider" | "now">,
  fulfillmentOrder: FulfillmentOrder,
  lines: readonly ShipmentLine[],
  parcels: number,
): LabelOptions {
  return labelOptions(input, rulesFor(input, fulfillmentOrder, parcels), fulfillmentOrder, lines);
}

/** What a parcel with these lines is insured for. Free goods need no insurance. */
export function insuranceFor(
  { order, provider }: Pick<DecisionInput, "order" | "provider">,
  { insurance: wish }: RuleOutcome,
  fulfillmentOrder: FulfillmentOrder,
  lines: readonly ShipmentLine[],
): Insurance {
  if (wish === null || wish.kind === "none") {
    return { kind: "none" };
  }
  const terms = provider.insurance ?? null;
  if (terms === null) {
    return { kind: "impossible", why: `${provider.name} sells no insurance` };
  }
  const amount = wish.kind === "fixed" ? wish.amount : goodsValue(order, fulfillmentOrder, lines);
  if (typeof amount === "string") {
    return { kind: "impossible", why: amount };
  }
  if (amount.amountMinor === 0) {
    return { kind: "none" };
  }
  return amount.currency === terms.currency
    ? { kind: "insured", amount }
    : { kind: "impossible", why: `${provider.name} insures in ${terms.currency}, not ${formatMoney(amount)}` };
}

/** What the goods in the parcel cost after discounts, or why nobody can say. */
function goodsValue(order: Order, fulfillmentOrder: FulfillmentOrder, lines: readonly ShipmentLine[]): Money | string {
  const listed = [fulfillmentOrder, ...order.fulfillmentOrders].flatMap((one) => one.lines);
  let amountMinor = 0;
  for (const { id, quantity } of lines) {
    const line = listed.find((candidate) => candidate.id === id);
    if (line === undefined || line.unitPrice === null || line.unitPrice.currency !== order.currency) {
      const name = line === undefined ? "a line that is gone" : line.sku || line.title;
      return `the price of ${name} is not known in ${order.currency}`;
    }
    amountMinor += line.unitPrice.amountMinor * quantity;
  }
  return Number.isSafeInteger(amountMinor)
    ? { amountMinor, currency: order.currency }
    : "what the goods cost is beyond counting";
}

/** What the provider charges for the insurance at most; `null` when nothing is insured. */
export function insuranceCost(insured: Money | null, terms: InsuranceTerms | null | undefined): Money | null {
  if (insured === null || terms == null) {
    return null;
  }
  const amountMinor = Math.max(terms.minMinor, Math.ceil((insured.amountMinor * terms.perMille) / 1_000));
  return { amountMinor, currency: terms.currency };
}

const SIGNATURES: Readonly<Record<Signature, string>> = {
  none: "no signature",
  any: "signature",
  adult: "signature of an adult",
};

/** In words, for `why` and plans: `insured for 100.00 USD`, `signature`. Empty where everything is as always. */
export function describeOptions(
  options: LabelOptions,
  usual: Pick<LabelOptions, "format" | "size">,
): readonly string[] {
  const { format, size, signature, deliveryConfirmation, reference, insured } = options;
  const isUsual = format === usual.format && size === usual.size;
  return [
    ...(insured === null ? [] : [`insured for ${formatMoney(insured)}`]),
    ...(signature === null ? [] : [SIGNATURES[signature]]),
    ...(deliveryConfirmation === null ? [] : [`${deliveryConfirmation ? "" : "no "}delivery confirmation`]),
    ...(reference === null ? [] : [`"${reference}" printed on it`]),
    ...(isUsual ? [] : [`label ${format.toUpperCase()}${size === null ? "" : ` ${size}`}`]),
  ];
}

type OptionFacts = Readonly<Record<string, FactValue>>;

/** What the intent of a purchase says of them; `null` and absent are the same. `readOptionFacts` reads it again. */
export function optionFacts(options: LabelOptions, cost: Money | null): OptionFacts {
  const { format, size, signature, deliveryConfirmation, reference, insured } = options;
  return {
    labelFormat: format,
    ...(size === null ? {} : { labelSize: size }),
    ...(signature === null ? {} : { signature }),
    ...(deliveryConfirmation === null ? {} : { deliveryConfirmation }),
    ...(reference === null ? {} : { printed: reference }),
    ...(insured === null ? {} : { insuredMinor: insured.amountMinor, insuredCurrency: insured.currency }),
    ...(cost === null ? {} : { insuranceMinor: cost.amountMinor, insuranceCurrency: cost.currency }),
  };
}

/** `null`: an intent of a time that knew no options, or of a label that was found and never asked for here. */
export function readOptionFacts(facts: OptionFacts): {
  readonly options: LabelOptions;
  readonly insuranceCost: Money | null;
} | null {
  const word = <T extends string>(name: string): T | null =>
    typeof facts[name] === "string" ? (facts[name] as T) : null;
  const money = (minor: FactValue | undefined, currency: string | null): Money | null =>
    typeof minor === "number" && currency !== null ? { amountMinor: minor, currency } : null;
  const format = word<LabelFormat>("labelFormat");
  const { deliveryConfirmation: confirmed } = facts;
  return format === null
    ? null
    : {
        options: {
          format,
          size: word<LabelSize>("labelSize"),
          signature: word<Signature>("signature"),
          deliveryConfirmation: typeof confirmed === "boolean" ? confirmed : null,
          reference: word("printed"),
          insured: money(facts["insuredMinor"], word("insuredCurrency")),
        },
        insuranceCost: money(facts["insuranceMinor"], word("insuranceCurrency")),
      };
}
