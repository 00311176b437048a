/**
 * Shopify's search syntax, as far as a client of orders needs it, with its traps: unknown fields are ignored with a
 * warning, and a time without quotes loses its time of day (Shopify usage/search-syntax and recorded answers,
 * read 2026-11-22). What the sandbox cannot evaluate is an error of the sandbox, never a silent difference.
 */
import { DAY_MS, type Instant, SECOND_MS } from "../../core/time.ts";
import type { SearchDocument } from "./search-index.ts";

/** One entry of `extensions.search`. The envelope is Shopify's; for unquoted times only the `parsed` part is recorded. */
export interface SearchNote {
  readonly path: readonly string[];
  readonly query: string;
  readonly parsed: Readonly<Record<string, string>>;
  readonly warnings: readonly { readonly field: string; readonly message: string; readonly code: string }[];
}

export interface SearchRules {
  /** Time fields and word fields that exist here. */
  readonly fields: ReadonlySet<string>;
  /** Fields that Shopify knows and the sandbox does not: using one is an error, so that nobody trusts the result. */
  readonly missing: ReadonlySet<string>;
  readonly timeZone: string;
  readonly now: Instant;
}

export const ORDER_FIELDS: ReadonlySet<string> = new Set(
  "id name email tag tag_not financial_status fulfillment_status status test created_at updated_at processed_at".split(
    " ",
  ),
);
export const ORDER_FIELDS_MISSING: ReadonlySet<string> = new Set(
  (
    "cart_token channel channel_id chargeback_status checkout_token confirmation_number credit_card_last4 " +
    "current_total_price customer_id delivery_method discount_code fraud_protection_level fulfillment_location_id gateway " +
    "location_id payment_id payment_provider_id po_number reference_location_id return_status risk_level sales_channel " +
    "sku source_identifier source_name subtotal_line_items_quantity total_weight"
  ).split(" "),
);
export const FULFILLMENT_ORDER_FIELDS: ReadonlySet<string> = new Set(["id", "status", "updated_at"]);
export const FULFILLMENT_ORDER_FIELDS_MISSING: ReadonlySet<string> = new Set(["assigned_location_id"]);

type Test = (document: SearchDocument) => boolean;

export interface Search {
  readonly matches: Test;
  /** `null` when Shopify would have nothing to say. */
  note(path: readonly string[]): SearchNote | null;
}

interface Term {
  readonly negated: boolean;
  readonly field: string | null;
  readonly comparator: string;
  readonly value: string;
  readonly quoted: boolean;
}

/** Terms side by side must all match; `OR` separates alternatives. Throws on what the sandbox cannot evaluate. */
export function parseSearch(query: string, rules: SearchRules): Search {
  const parsed: Record<string, string> = {};
  const warnings: SearchNote["warnings"][number][] = [];
  const alternatives: Test[][] = [[]];
  for (const piece of split(query)) {
    if (piece === "OR") {
      alternatives.push([]);
      continue;
    }
    if (piece === "AND") {
      continue;
    }
    const term = readTerm(piece);
    const test = compile(term, rules, parsed, warnings);
    if (test !== null) {
      alternatives.at(-1)?.push(term.negated ? (document) => !test(document) : test);
    }
  }
  return {
    matches: (document) => alternatives.some((tests) => tests.every((test) => test(document))),
    note: (path) => (warnings.length === 0 ? null : { path, query, parsed, warnings }),
  };
}

/** Splits at blanks outside quotes. */
function split(query: string): string[] {
  const pieces = query.match(/(?:[^\s"']+|'[^']*'|"[^"]*")+/g) ?? [];
  if (pieces.some((piece) => /^[()]|[()]$/.test(piece))) {
    throw new Error(`the sandbox does not read parentheses in a search: ${query}`);
  }
  return pieces;
}

function readTerm(piece: string): Term {
  const match = /^(-)?(?:([A-Za-z_.]+):)?(>=|<=|>|<)?(.*)$/s.exec(piece);
  const raw = match?.[4] ?? "";
  const quoted = /^(['"]).*\1$/s.test(raw);
  return {
    negated: match?.[1] === "-",
    field: match?.[2] ?? null,
    comparator: match?.[3] ?? ":",
    value: quoted ? raw.slice(1, -1) : raw,
    quoted,
  };
}

function compile(
  term: Term,
  rules: SearchRules,
  parsed: Record<string, string>,
  warnings: SearchNote["warnings"][number][],
): Test | null {
  const { field, value } = term;
  if (field === null) {
    return (document) => Object.keys(document.texts).some((name) => matchesWords(document, name, value));
  }
  if (rules.missing.has(field)) {
    throw new Error(`the sandbox cannot search by ${field}`);
  }
  if (!rules.fields.has(field)) {
    warnings.push({ field, message: "Invalid search field for this query.", code: "invalid_field" });
    return null;
  }
  if (field.endsWith("_at")) {
    const time = readTime(term, rules);
    if (time === null) {
      warnings.push({ field, message: `Input \`${value}\` is not an accepted value.`, code: "invalid_value" });
      return null;
    }
    parsed[`${field}${term.comparator}`] = new Date(time.at).toISOString();
    if (time.truncated) {
      warnings.push({ field, message: `Input \`${value}\` is not an accepted value.`, code: "invalid_value" });
    }
    return (document) => compareTime(document.times[field] ?? 0, term.comparator, time);
  }
  if (field === "id") {
    return (document) => compareId(BigInt(/\d+$/.exec(document.id)?.[0] ?? 0), term.comparator, value);
  }
  if (field === "tag_not") {
    return (document) => !matchesWords(document, "tag", value);
  }
  return (document) => matchesWords(document, field, value);
}

function compareId(id: bigint, comparator: string, value: string): boolean {
  if (!/^\d+$/.test(value)) {
    return false;
  }
  const bound = BigInt(value);
  switch (comparator) {
    case ">=":
      return id >= bound;
    case "<=":
      return id <= bound;
    case ">":
      return id > bound;
    case "<":
      return id < bound;
    default:
      return id === bound;
  }
}

function matchesWords(document: SearchDocument, field: string, value: string): boolean {
  const words = document.texts[field] ?? [];
  if (!document.tokenised.includes(field)) {
    return words.some((word) => word.toLowerCase() === value.toLowerCase());
  }
  const wanted = tokens(value.replace(/\*$/, ""));
  const prefix = value.endsWith("*");
  return words.some((word) => {
    const there = tokens(word);
    return (
      wanted.length > 0 &&
      wanted.every((token, index) =>
        prefix && index === wanted.length - 1
          ? there.some((candidate) => candidate.startsWith(token))
          : there.includes(token),
      )
    );
  });
}

/** `#1001-A` is the words `1001` and `a`: this is why a search by name can return several orders. */
function tokens(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

interface SearchTime {
  readonly at: Instant;
  readonly spanMs: number;
  readonly truncated: boolean;
}

/**
 * In quotes a time is what it says. Without, everything from the time of day on is dropped and the date is midnight in the
 * shop's time zone: `updated_at:>=2026-01-01T00:00:00Z` was recorded as 2026-01-01T00:00:00-05:00.
 */
function readTime(term: Term, rules: SearchRules): SearchTime | null {
  if (term.value === "now") {
    return { at: rules.now, spanMs: 0, truncated: false };
  }
  const match = /^(\d{4})-(\d{2})-(\d{2})(T.+)?$/.exec(term.value);
  if (match === null) {
    return null;
  }
  if (match[4] !== undefined && term.quoted) {
    const at = Date.parse(term.value);
    return Number.isNaN(at) ? null : { at, spanMs: SECOND_MS, truncated: false };
  }
  const at = midnight(Number(match[1]), Number(match[2]), Number(match[3]), rules.timeZone);
  return { at, spanMs: DAY_MS, truncated: match[4] !== undefined };
}

function midnight(year: number, month: number, day: number, timeZone: string): Instant {
  const utc = Date.UTC(year, month - 1, day);
  const name =
    new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" })
      .formatToParts(utc)
      .find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
  const minutes = match === null ? 0 : (Number(match[2]) * 60 + Number(match[3])) * (match[1] === "-" ? -1 : 1);
  return utc - minutes * 60 * SECOND_MS;
}

/** Stored times have fractions. Since 2026-10 `>` skips the rest of the second that it names; `>=` never skipped any. */
function compareTime(stored: Instant, comparator: string, time: SearchTime): boolean {
  switch (comparator) {
    case ">=":
      return stored >= time.at;
    case ">":
      return stored >= time.at + time.spanMs;
    case "<":
      return stored < time.at;
    case "<=":
      return stored < time.at + Math.max(time.spanMs, 1);
    default:
      return stored >= time.at && stored < time.at + Math.max(time.spanMs, 1);
  }
}
