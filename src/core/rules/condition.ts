/**
 * One condition, made ready to be asked of many orders. Three answers: it holds, it does not, or nobody can say, because
 * the fact that it needs is missing. Nobody-can-say spreads as far as it matters and no further: `any` holds when one
 * part does, whatever the others are.
 */
import { unreachable } from "../assert.ts";
import { formatMoney } from "../money.ts";
import type { Condition, LineCondition, NumberRange, TextCondition, TimeCondition } from "./rule.ts";
import { compileTexts, fold } from "./text-match.ts";
import type { FactView } from "./view.ts";
import { foldPostalCode } from "./view.ts";
import { isWithin } from "./wall-clock.ts";
import { describeRange, describeWindow, hourText, listed, yesNo } from "./words.ts";

export type Answer = "yes" | "no" | "unknown";

export interface CompiledCondition {
  ask(view: FactView): Answer;
  /** The leaves on which the answer rests, for people. Empty when it holds. */
  explain(view: FactView): readonly SeenLeaf[];
}

export interface SeenLeaf {
  readonly condition: string;
  readonly saw: string;
  readonly answer: Answer;
}

export function compileCondition(condition: Condition): CompiledCondition {
  switch (condition.kind) {
    case "all":
      return compileAll(condition.of.map(compileCondition));
    case "any":
      return compileAny(condition.of.map(compileCondition));
    case "not":
      return compileNot(condition.of);
    default:
      return compileLeaf(condition);
  }
}

function compileAll(parts: readonly CompiledCondition[]): CompiledCondition {
  return {
    ask: (view) => {
      let answer: Answer = "yes";
      for (const part of parts) {
        const one = part.ask(view);
        if (one === "no") {
          return "no";
        }
        answer = one === "unknown" ? one : answer;
      }
      return answer;
    },
    explain: (view) => {
      const first = (wanted: Answer) => parts.find((part) => part.ask(view) === wanted);
      return (first("no") ?? first("unknown"))?.explain(view) ?? [];
    },
  };
}

function compileAny(parts: readonly CompiledCondition[]): CompiledCondition {
  const ask = (view: FactView): Answer => {
    let answer: Answer = "no";
    for (const part of parts) {
      const one = part.ask(view);
      if (one === "yes") {
        return "yes";
      }
      answer = one === "unknown" ? one : answer;
    }
    return answer;
  };
  return {
    ask,
    explain: (view) => {
      const answer = ask(view);
      return answer === "yes"
        ? []
        : parts.filter((part) => part.ask(view) === answer).flatMap((part) => part.explain(view));
    },
  };
}

function compileNot(inner: Condition): CompiledCondition {
  const compiled = compileCondition(inner);
  const text = `not ${describeCondition(inner)}`;
  const ask = (view: FactView): Answer => {
    const answer = compiled.ask(view);
    return answer === "unknown" ? answer : answer === "yes" ? "no" : "yes";
  };
  return {
    ask,
    explain: (view) => {
      const answer = ask(view);
      if (answer === "yes") {
        return [];
      }
      const leaf = isLeaf(inner) ? leafOf(inner) : null;
      return answer === "unknown"
        ? compiled.explain(view)
        : [{ condition: text, saw: leaf === null ? "it holds" : leaf.saw(view), answer }];
    },
  };
}

type Leaf = Exclude<Condition, { readonly kind: "all" | "any" | "not" }>;

interface LeafParts {
  ask(view: FactView): Answer;
  saw(view: FactView): string;
}

export function isLeaf(condition: Condition): condition is Leaf {
  return condition.kind !== "all" && condition.kind !== "any" && condition.kind !== "not";
}

function compileLeaf(leaf: Leaf): CompiledCondition {
  const parts = leafOf(leaf);
  const condition = describeCondition(leaf);
  return {
    ask: parts.ask,
    explain: (view) => {
      const answer = parts.ask(view);
      return answer === "yes" ? [] : [{ condition, saw: parts.saw(view), answer }];
    },
  };
}

function leafOf(leaf: Leaf): LeafParts {
  switch (leaf.kind) {
    case "sku":
    case "vendor":
    case "product_type":
      return linesLeaf(leaf);
    case "note_attribute":
      return attributeLeaf(leaf);
    case "po_box":
      return {
        ask: ({ facts: { destination } }) =>
          destination === null ? "unknown" : toAnswer(destination.poBox === leaf.is),
        saw: ({ facts: { destination } }) => (destination === null ? "no address" : yesNo(destination.poBox)),
      };
    case "quantity":
      return numberLeaf(leaf.range, (view) => view.quantity, "not known", "");
    case "weight":
      return numberLeaf(leaf.range, (view) => view.weightGrams, "an item without weight", " g");
    case "order_count":
      return numberLeaf(leaf.range, (view) => view.facts.customer?.orderCount ?? null, missingCustomer, "");
    case "parcel_count":
      return parcelLeaf(leaf.range);
    case "value":
      return valueLeaf(leaf.range, leaf.currency);
    case "time":
      return timeLeaf(leaf);
    case "tag":
    case "currency":
    case "country":
    case "province":
    case "postal_code":
    case "shipping_line":
    case "customer_tag":
    case "risk":
    case "location":
      return textLeaf(leaf);
    default:
      return unreachable(leaf);
  }
}

function toAnswer(holds: boolean): Answer {
  return holds ? "yes" : "no";
}

const SCOPE_CUSTOMER = "the customer was not read (docs/rules.md, scopes)";
const RISKS = new Set(["accept", "investigate", "cancel", "none"]);

function missingCustomer(view: FactView): string {
  return view.facts.customer === null ? SCOPE_CUSTOMER : "an order without customer account";
}

function textLeaf({ kind, values }: TextCondition): LeafParts {
  const postal = kind === "postal_code";
  const matcher = compileTexts(postal ? values.map(foldPostalCode) : values);
  const { texts, missing, saw } = TEXT_FACTS[kind];
  return {
    ask: (view) => {
      const given = texts(view);
      if (given === null) {
        return "unknown";
      }
      for (const text of given) {
        if (matcher.matches(text)) {
          return "yes";
        }
      }
      return "no";
    },
    saw: (view) => (texts(view) === null ? missing(view) : saw(view)),
  };
}

interface TextFacts {
  /** Folded; `null` when not known. An empty text is known to be nothing. */
  texts(view: FactView): readonly string[] | null;
  missing(view: FactView): string;
  saw(view: FactView): string;
}

const where = (view: FactView, text: string | null | undefined): readonly string[] | null =>
  view.facts.destination === null ? null : [text ?? ""];
const noAddress = (): string => "no address";
const never = (): string => "not known";

const TEXT_FACTS: Readonly<Record<TextCondition["kind"], TextFacts>> = {
  tag: { texts: (view) => view.tags, missing: never, saw: (view) => listed(view.facts.tags, "no tags") },
  currency: { texts: (view) => [view.currency], missing: never, saw: (view) => view.facts.currency },
  country: {
    texts: (view) => (view.country === null ? null : [view.country]),
    missing: (view) => (view.facts.destination === null ? "no address" : "an address without country"),
    saw: (view) => view.facts.destination?.country ?? "none",
  },
  province: {
    texts: (view) => where(view, view.province),
    missing: noAddress,
    saw: (view) => view.facts.destination?.province ?? "none",
  },
  postal_code: {
    texts: (view) => where(view, view.postalCode),
    missing: noAddress,
    saw: (view) => view.facts.destination?.postalCode ?? "none",
  },
  shipping_line: {
    texts: (view) => view.shippingLine,
    missing: never,
    saw: (view) => listed(view.facts.shippingLine, "no shipping line"),
  },
  customer_tag: {
    texts: (view) => view.customerTags,
    missing: () => SCOPE_CUSTOMER,
    saw: (view) => listed(view.facts.customer?.tags ?? [], "no tags"),
  },
  risk: {
    texts: ({ facts: { risk } }) => (risk !== null && RISKS.has(risk) ? [risk] : null),
    missing: ({ facts: { risk } }) => (risk === null ? "no word of it" : `${risk}, which is not known to shipbot`),
    saw: ({ facts: { risk } }) => risk ?? "none",
  },
  location: {
    texts: ({ facts: { location } }) => (location === null ? null : [location]),
    missing: () => "a location that no longer exists",
    saw: ({ facts: { location } }) => location ?? "none",
  },
};

function linesLeaf({ kind, values, lines }: LineCondition): LeafParts {
  const matcher = compileTexts(values);
  const textsOf = (view: FactView): readonly string[] | null =>
    kind === "sku" ? view.skus : kind === "vendor" ? view.vendors : view.productTypes;
  return {
    ask: (view) => {
      const texts = textsOf(view);
      if (texts === null) {
        return "unknown";
      }
      const matches = (text: string): boolean => matcher.matches(text);
      return toAnswer(lines === "any" ? texts.some(matches) : texts.length > 0 && texts.every(matches));
    },
    saw: (view) => {
      const texts = textsOf(view);
      return texts === null
        ? "product types were not read (docs/rules.md, scopes)"
        : listed(
            [...new Set(texts)].map((text) => (text === "" ? "none" : text)),
            "no lines",
          );
    },
  };
}

function attributeLeaf({ name, values }: Extract<Leaf, { readonly kind: "note_attribute" }>): LeafParts {
  const key = fold(name);
  const matcher = compileTexts(values);
  return {
    ask: (view) => {
      const given = view.attributes.get(key);
      if (given === undefined) {
        return "no";
      }
      if (values.length === 0 || given.some((value) => value !== null && matcher.matches(value))) {
        return "yes";
      }
      return given.includes(null) ? "unknown" : "no";
    },
    // Never its value: customers write names and wishes there.
    saw: (view) => {
      const given = view.attributes.get(key);
      return given === undefined ? "not given" : given.includes(null) ? "a value that was not kept" : "another value";
    },
  };
}

function isInRange(value: number, { min, max }: NumberRange): boolean {
  return (min === null || value >= min) && (max === null || value <= max);
}

function numberLeaf(
  range: NumberRange,
  read: (view: FactView) => number | null,
  missing: string | ((view: FactView) => string),
  unit: string,
): LeafParts {
  return {
    ask: (view) => {
      const value = read(view);
      return value === null ? "unknown" : toAnswer(isInRange(value, range));
    },
    saw: (view) => {
      const value = read(view);
      return value === null ? (typeof missing === "string" ? missing : missing(view)) : `${value}${unit}`;
    },
  };
}

/** Before it is packed nothing is known of parcels, and nothing is missing either: such a rule does not match yet. */
function parcelLeaf(range: NumberRange): LeafParts {
  return {
    ask: ({ parcelCount }) => toAnswer(parcelCount !== null && isInRange(parcelCount, range)),
    saw: ({ parcelCount }) => (parcelCount === null ? "not packed yet" : String(parcelCount)),
  };
}

function valueLeaf(range: NumberRange, currency: string): LeafParts {
  return {
    ask: ({ facts }) =>
      facts.valueMinor === null || facts.currency !== currency
        ? "unknown"
        : toAnswer(isInRange(facts.valueMinor, range)),
    saw: ({ facts }) => {
      if (facts.valueMinor === null) {
        return "a value that cannot be read";
      }
      const seen = formatMoney({ amountMinor: facts.valueMinor, currency: facts.currency });
      return facts.currency === currency ? seen : `${seen}, which is not in ${currency}`;
    },
  };
}

function timeLeaf(window: TimeCondition): LeafParts {
  return {
    ask: (view) => toAnswer(isWithin(view.clockIn(window.zone), window)),
    saw: (view) => hourText(view.clockIn(window.zone)),
  };
}

/** A condition in words: `weight at least 3000 g`. */
export function describeCondition(condition: Condition): string {
  switch (condition.kind) {
    case "all":
      return condition.of.length === 0 ? "always" : `(${condition.of.map(describeCondition).join(" and ")})`;
    case "any":
      return condition.of.length === 0 ? "never" : `(${condition.of.map(describeCondition).join(" or ")})`;
    case "not":
      return `not ${describeCondition(condition.of)}`;
    case "sku":
    case "vendor":
    case "product_type":
      return `${condition.kind} of ${condition.lines} line is ${condition.values.join(" or ")}`;
    case "note_attribute":
      return condition.values.length === 0
        ? `note_attribute ${condition.name} is given`
        : `note_attribute ${condition.name} is ${condition.values.join(" or ")}`;
    case "po_box":
      return `po_box is ${yesNo(condition.is)}`;
    case "weight":
      return `weight ${describeRange(condition.range, (grams) => `${grams} g`)}`;
    case "quantity":
    case "order_count":
    case "parcel_count":
      return `${condition.kind} ${describeRange(condition.range, String)}`;
    case "value":
      return `value ${describeRange(condition.range, (amountMinor) => formatMoney({ amountMinor, currency: condition.currency }))}`;
    case "time":
      return `time is ${describeWindow(condition)}`;
    default:
      return `${condition.kind} is ${condition.values.join(" or ")}`;
  }
}
