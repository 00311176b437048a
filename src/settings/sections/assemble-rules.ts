/** The section `rules` of the config file, once it is checked, as the rules that the core judges. */
import { parseMoney } from "../../core/money.ts";
import {
  type Condition,
  type InsuranceWish,
  type LineKind,
  NO_ACTIONS,
  type NumberKind,
  type NumberRange,
  type RuleActions,
  type RuleGroup,
  type TextKind,
} from "../../core/rules/rule.ts";
import type {
  BOUNDS,
  WrittenActions,
  WrittenCondition,
  WrittenInsurance,
  WrittenLines,
  WrittenNumbers,
  WrittenRules,
  WrittenValue,
} from "./rules.ts";
import { readTimeWindow } from "./time-window.ts";

/** `timeZone`: what a time condition without a zone means. */
export function assembleRules(written: WrittenRules, timeZone: string): readonly RuleGroup[] {
  return written.map(({ group: name, match, rules }) => ({
    name,
    match,
    rules: rules.map((one) => ({
      name: one.name,
      when: assembleCondition(one.when ?? {}, timeZone),
      actions: assembleActions(one.do),
    })),
  }));
}

function assembleCondition(written: WrittenCondition, timeZone: string): Condition {
  const parts = conditionParts(written, timeZone);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: "all", of: parts };
}

const TEXT_KEYS = {
  tag: "tag",
  currency: "currency",
  country: "country",
  province: "province",
  postal_code: "postal_code",
  shipping_line: "shipping_line",
  customer_tag: "customer_tag",
  risk: "risk",
  location: "location",
} as const satisfies Partial<Record<keyof WrittenCondition, TextKind>>;
const LINE_KEYS = ["sku", "vendor", "product_type"] as const satisfies readonly LineKind[];
const NUMBER_KEYS = {
  quantity: "quantity",
  weight_g: "weight",
  order_count: "order_count",
  parcel_count: "parcel_count",
} as const satisfies Partial<Record<keyof WrittenCondition, NumberKind>>;

/** In the order of the schema, not of the file: the order of keys in a YAML map means nothing. */
function conditionParts(written: WrittenCondition, timeZone: string): readonly Condition[] {
  const nested = (of: readonly WrittenCondition[]) => of.map((part) => assembleCondition(part, timeZone));
  const parts: Condition[] = [];
  for (const [key, kind] of entries(TEXT_KEYS)) {
    const given = written[key];
    if (given !== undefined) {
      parts.push({ kind, values: listOf(given) });
    }
  }
  for (const kind of LINE_KEYS) {
    const given = written[kind];
    if (given !== undefined) {
      parts.push({ kind, ...readLines(given) });
    }
  }
  for (const [key, kind] of entries(NUMBER_KEYS)) {
    const given = written[key];
    if (given !== undefined) {
      parts.push({ kind, range: readRange(given) });
    }
  }
  if (written.note_attribute !== undefined) {
    const { name, is } = written.note_attribute;
    parts.push({ kind: "note_attribute", name, values: is === undefined ? [] : listOf(is) });
  }
  if (written.value !== undefined) {
    parts.push(readValue(written.value));
  }
  if (written.po_box !== undefined) {
    parts.push({ kind: "po_box", is: written.po_box });
  }
  if (written.time !== undefined) {
    parts.push({ kind: "time", ...readTimeWindow(written.time, timeZone) });
  }
  if (written.all !== undefined) {
    parts.push({ kind: "all", of: nested(written.all) });
  }
  if (written.any !== undefined) {
    parts.push({ kind: "any", of: nested(written.any) });
  }
  if (written.not !== undefined) {
    parts.push({ kind: "not", of: assembleCondition(written.not, timeZone) });
  }
  return parts;
}

function entries<K extends string, V>(record: Readonly<Record<K, V>>): readonly (readonly [K, V])[] {
  return Object.entries(record) as [K, V][];
}

function listOf(given: string | readonly string[]): readonly string[] {
  return typeof given === "string" ? [given] : given;
}

function readLines(given: WrittenLines): {
  readonly values: readonly string[];
  readonly lines: "any" | "every";
} {
  if (typeof given === "string" || "length" in given) {
    return { values: listOf(given), lines: "any" };
  }
  const { any_line: any, every_line: every } = given;
  return every === undefined ? { values: listOf(any ?? []), lines: "any" } : { values: listOf(every), lines: "every" };
}

function readRange(given: WrittenNumbers): NumberRange {
  return typeof given === "number" ? { min: given, max: given } : rangeOf(given, (bound) => bound);
}

/** The narrower of two bounds on one side counts. Whole numbers: above 3 is at least 4. */
function rangeOf<T>(
  written: { readonly [bound in (typeof BOUNDS)[number]]?: T | undefined },
  read: (bound: T) => number,
): NumberRange {
  const lower = [
    written.at_least === undefined ? [] : read(written.at_least),
    written.above === undefined ? [] : read(written.above) + 1,
  ].flat();
  const upper = [
    written.at_most === undefined ? [] : read(written.at_most),
    written.below === undefined ? [] : read(written.below) - 1,
  ].flat();
  return { min: lower.length === 0 ? null : Math.max(...lower), max: upper.length === 0 ? null : Math.min(...upper) };
}

function readValue(written: WrittenValue): Condition {
  const minor = (given: string | number) => parseMoney(String(given), written.currency)?.amountMinor ?? 0;
  return { kind: "value", range: rangeOf(written, minor), currency: written.currency };
}

function assembleActions(written: WrittenActions): RuleActions {
  return {
    ...NO_ACTIONS,
    service: written.service ?? null,
    providerAccount: written.account ?? null,
    parcelPreset: written.parcel ?? null,
    insurance: written.insurance === undefined ? null : readInsurance(written.insurance),
    signature: written.signature ?? null,
    deliveryConfirmation: written.delivery_confirmation ?? null,
    labelFormat: written.label_format ?? null,
    labelSize: written.label_size ?? null,
    reference: written.reference ?? null,
    hold: written.hold ?? null,
    skip: written.skip ?? false,
    approval: written.approval ?? false,
    tags: written.tag === undefined ? [] : listOf(written.tag),
    notes: written.note === undefined ? [] : listOf(written.note),
  };
}

function readInsurance(written: WrittenInsurance): InsuranceWish {
  if (typeof written === "string") {
    return { kind: written };
  }
  const parsed = parseMoney(String(written.amount), written.currency);
  return parsed === null ? { kind: "none" } : { kind: "fixed", amount: parsed };
}
