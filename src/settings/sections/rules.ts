/**
 * The section `rules` of the config file: what may be written; `assemble-rules.ts` makes of it what the core judges. One
 * key, one condition or action, so that a mistake has a line. Numbers are ranges, texts are lists, and everything that is
 * not understood is refused: a rule that was misread would buy the wrong label.
 */
import { z } from "zod";
import { LABEL_SIZES } from "../../core/label-options.ts";
import { parseMoney } from "../../core/money.ts";
import { fold } from "../../core/rules/text-match.ts";
import { setting } from "../setting-facts.ts";
import { tag } from "../tag.ts";
import { RULES_EXAMPLE } from "./rules-example.ts";
import { timeWindow } from "./time-window.ts";

const GROUPS_MAX = 50;
/** In one group; the budget of a decision is measured with 500. */
const RULES_MAX = 2_000;
const TEXTS_MAX = 200;
const NAME_MAX = 80;
const TEXT_MAX = 200;

const text = z.string().trim().min(1).max(TEXT_MAX);
const LIST = "must be text or a list of texts: a number in quotes";
const texts = z.union([text, z.array(text).min(1).max(TEXTS_MAX)], { error: LIST });
const words = <T extends readonly [string, ...string[]]>(values: T) =>
  z.union([z.enum(values), z.array(z.enum(values)).min(1)], { error: `must be one or a list of ${values.join(", ")}` });

const country = z
  .string()
  .trim()
  .regex(/^[A-Za-z]{2}$/, { error: "is no country code: two letters such as US" });
const countries = z.union([country, z.array(country).min(1).max(TEXTS_MAX)], { error: LIST });
const currency = z
  .string()
  .trim()
  .regex(/^[A-Z]{3}$/, { error: "is no currency: three capital letters such as USD" });
const currencies = z.union([currency, z.array(currency).min(1)], { error: LIST });
const location = z
  .string()
  .regex(/^\d{1,20}$/, { error: "is no location: the number at the end of the location's id, in quotes" });
const locations = z.union([location, z.array(location).min(1)], { error: LIST });

const whole = z.int().min(0).max(1_000_000_000);
const bounds = {
  at_least: whole.optional(),
  at_most: whole.optional(),
  above: whole.optional(),
  below: whole.optional(),
};
const numbers = z.union(
  [whole, z.strictObject(bounds).refine(hasBound, { error: "has no bound: at_least, at_most, above or below" })],
  { error: "must be a whole number, or bounds such as {at_least: 3}" },
);

const amount = z.union([z.number().min(0), text], { error: "must be an amount such as 49.90" });
const value = z
  .strictObject({
    at_least: amount.optional(),
    at_most: amount.optional(),
    above: amount.optional(),
    below: amount.optional(),
    currency,
  })
  .refine(hasBound, { error: "has no bound: at_least, at_most, above or below" })
  .superRefine((written, context) => {
    for (const bound of BOUNDS) {
      const given = written[bound];
      if (given !== undefined && parseMoney(String(given), written.currency) === null) {
        const message = `is no amount in ${written.currency}: write it such as 49.90`;
        context.addIssue({ code: "custom", message, path: [bound], input: given });
      }
    }
  });

const lines = z.union(
  [
    texts,
    z
      .strictObject({ any_line: texts.optional(), every_line: texts.optional() })
      .refine((written) => (written.any_line === undefined) !== (written.every_line === undefined), {
        error: "needs one of any_line and every_line",
      }),
  ],
  { error: "must be text, a list of texts, {any_line: …} or {every_line: …}" },
);

const attribute = z.strictObject({ name: text, is: texts.optional() });

const RISKS = ["accept", "investigate", "cancel", "none"] as const;

/** Several keys in one condition must all hold. */
const condition = z
  .strictObject({
    get all() {
      return z.array(condition).min(1).max(100).optional();
    },
    get any() {
      return z.array(condition).min(1).max(100).optional();
    },
    get not() {
      return condition.optional();
    },
    tag: texts.optional(),
    note_attribute: attribute.optional(),
    sku: lines.optional(),
    vendor: lines.optional(),
    product_type: lines.optional(),
    quantity: numbers.optional(),
    weight_g: numbers.optional(),
    value: value.optional(),
    currency: currencies.optional(),
    country: countries.optional(),
    province: texts.optional(),
    postal_code: texts.optional(),
    po_box: z.boolean().optional(),
    shipping_line: texts.optional(),
    customer_tag: texts.optional(),
    order_count: numbers.optional(),
    risk: words(RISKS).optional(),
    time: timeWindow.optional(),
    location: locations.optional(),
    parcel_count: numbers.optional(),
  })
  .meta({ id: "Condition" });

export type WrittenCondition = z.output<typeof condition>;

const insurance = z.union([z.enum(["none", "goods"]), z.strictObject({ amount, currency })], {
  error: "must be none, goods or {amount: 100.00, currency: USD}",
});

const actionKeys = z.strictObject({
  service: text.optional(),
  account: text.optional(),
  parcel: text.optional(),
  insurance: insurance
    .superRefine((wish, context) => {
      if (typeof wish === "object" && parseMoney(String(wish.amount), wish.currency) === null) {
        const message = `is no amount in ${wish.currency}: write it such as 49.90`;
        context.addIssue({ code: "custom", message, path: ["amount"], input: wish.amount });
      }
    })
    .optional(),
  signature: z.enum(["none", "any", "adult"]).optional(),
  delivery_confirmation: z.boolean().optional(),
  label_format: z.enum(["pdf", "png", "zpl"]).optional(),
  label_size: z.enum(LABEL_SIZES).optional(),
  reference: z.string().trim().min(1).max(50).optional(),
  hold: text.optional(),
  skip: z.boolean().optional(),
  approval: z.boolean().optional(),
  tag: z.union([tag, z.array(tag).min(1).max(20)], { error: LIST }).optional(),
  note: z.union([text, z.array(text).min(1).max(20)], { error: LIST }).optional(),
});

const actions = actionKeys.refine((written) => Object.keys(written).length > 0, {
  error: `asks for nothing: one of ${Object.keys(actionKeys.shape).join(", ")}`,
});

export type WrittenActions = z.output<typeof actions>;

const rule = z
  .strictObject({ name: z.string().trim().min(1).max(NAME_MAX), when: condition.optional(), do: actions })
  .superRefine((written, context) => {
    if (written.do.parcel !== undefined && written.when !== undefined && looksAtParcels(written.when)) {
      const message = "cannot be chosen by a rule that looks at parcel_count: it is packed before it is counted";
      context.addIssue({ code: "custom", message, path: ["do", "parcel"], input: written.do.parcel });
    }
  });

const group = z.strictObject({
  group: z.string().trim().min(1).max(NAME_MAX),
  match: z.enum(["first", "all"]).prefault("first"),
  rules: z.array(rule).min(1).max(RULES_MAX),
});

export type WrittenLines = z.output<typeof lines>;
export type WrittenNumbers = z.output<typeof numbers>;
export type WrittenValue = z.output<typeof value>;
export type WrittenInsurance = z.output<typeof insurance>;
export type WrittenRules = readonly z.output<typeof group>[];

export const rulesSection = setting(
  z
    .array(group)
    .max(GROUPS_MAX)
    .superRefine(refuseDoubledNames, { when: () => true })
    .prefault([]),
  {
    doc: "Groups of rules that say how orders ship (docs/rules.md). Not given: every order ships in the same way.",
    form: "json",
    example: RULES_EXAMPLE,
  },
);

/** Keys that may stand at a path in the section; `null` elsewhere. For "did you mean". */
export function ruleKeysAt(path: readonly PropertyKey[]): readonly string[] | null {
  const names = path.map(String);
  if (names[0] !== "rules" || names.length < 3) {
    return null;
  }
  const parent = names.at(-2) ?? "";
  if (names.length === 3) {
    return Object.keys(group.shape);
  }
  if (names.length === 5) {
    return Object.keys(rule.shape);
  }
  if (parent === "do") {
    return Object.keys(actionKeys.shape);
  }
  const known: Readonly<Record<string, readonly string[]>> = {
    when: Object.keys(condition.shape),
    not: Object.keys(condition.shape),
    note_attribute: Object.keys(attribute.shape),
    value: [...BOUNDS, "currency"],
    insurance: ["amount", "currency"],
    time: Object.keys(timeWindow.shape),
    sku: ["any_line", "every_line"],
    vendor: ["any_line", "every_line"],
    product_type: ["any_line", "every_line"],
  };
  return /^\d+$/.test(parent) ? Object.keys(condition.shape) : (known[parent] ?? [...BOUNDS]);
}

export const BOUNDS = ["at_least", "at_most", "above", "below"] as const;

type Bounds = { readonly [bound in (typeof BOUNDS)[number]]?: unknown };

function hasBound(written: Bounds): boolean {
  return BOUNDS.some((bound) => written[bound] !== undefined);
}

function looksAtParcels(written: WrittenCondition): boolean {
  const inner = [...(written.all ?? []), ...(written.any ?? []), ...(written.not === undefined ? [] : [written.not])];
  return written.parcel_count !== undefined || inner.some(looksAtParcels);
}

/** Findings, traces and replays name rules by their names. Looks at whatever is there, so that all is told at once. */
function refuseDoubledNames(groups: unknown, context: z.core.$RefinementCtx<unknown>): void {
  const seen = new Set<string>();
  for (const [place, one] of entriesOf(groups)) {
    const members = typeof one === "object" && one !== null && "rules" in one ? one.rules : [];
    for (const [index, member] of entriesOf(members)) {
      const name = typeof member === "object" && member !== null && "name" in member ? member.name : null;
      if (typeof name === "string") {
        if (seen.has(fold(name))) {
          const path = [place, "rules", index, "name"];
          context.addIssue({ code: "custom", message: "is the name of an earlier rule", path, input: name });
        }
        seen.add(fold(name));
      }
    }
  }
}

function entriesOf(list: unknown): readonly (readonly [number, unknown])[] {
  return Array.isArray(list) ? [...list.entries()] : [];
}
