/**
 * Fields of an answer, with the promise of the schema checked. TypeScript takes the types of `operations.ts` on trust; what
 * breaks them throws `malformed` with the path of the field and never its value, which may be a name or an address. Pure.
 */
import { RemoteError } from "../base/errors.ts";
import { type Money, parseMoney } from "../core/money.ts";
import { type Instant, parseInstant } from "../core/time.ts";
import type { MoneyNode, PageInfo } from "./operations.ts";

/** A field that is not what the schema promises. */
export function malformed(path: string): RemoteError {
  return new RemoteError({
    remote: "shopify",
    operation: "translate",
    kind: "malformed",
    message: `Shopify's answer is not as documented at ${path}`,
    code: "unexpected_field",
  });
}

export function required<T>(value: T | null | undefined, path: string): T {
  if (value === null || value === undefined) {
    throw malformed(path);
  }
  return value;
}

export function list<T>(value: readonly T[], path: string): readonly T[] {
  if (!Array.isArray(value)) {
    throw malformed(path);
  }
  return value;
}

export function text(value: string, path: string): string {
  if (typeof value !== "string") {
    throw malformed(path);
  }
  return value;
}

/** A text with something in it. */
export function filled(value: string, path: string): string {
  if (text(value, path).trim() === "") {
    throw malformed(path);
  }
  return value;
}

/** Two capital letters (ISO 3166-1), `null` where there is none: a carrier would take a word for part of the street. */
export function country(value: string | null, path: string): string | null {
  const code = optionalText(value, path);
  if (code !== null && !/^[A-Z]{2}$/.test(code)) {
    throw malformed(path);
  }
  return code;
}

/** An id of this type; what we keep about money is found again by its number. */
export function gid(value: string, type: string, path: string): string {
  if (!new RegExp(`^gid://shopify/${type}/\\d+(?:\\?.*)?$`).test(text(value, path))) {
    throw malformed(path);
  }
  return value;
}

/** Each once: the same units listed twice would be shipped twice. */
export function distinct<T extends { readonly id: string }>(items: readonly T[], path: string): readonly T[] {
  if (new Set(items.map(({ id }) => id)).size < items.length) {
    throw malformed(path);
  }
  return items;
}

/** Whether more follows. Not said is not "no": whoever believes that reads a part and takes it for the whole. */
export function hasMore(pageInfo: PageInfo | null | undefined, path: string): boolean {
  return bool(required(pageInfo, path).hasNextPage, `${path}.hasNextPage`);
}

/** A word of an enum, in our spelling; words we do not know pass. */
export function word(value: string, path: string): string {
  return text(value, path).toLowerCase();
}

/** Empty and blank texts are `null`: Shopify stores `""` where a form was left empty. */
export function optionalText(value: string | null, path: string): string | null {
  if (value === null || value === undefined) {
    return null;
  }
  const trimmed = text(value, path).trim();
  return trimmed === "" ? null : trimmed;
}

export function bool(value: boolean, path: string): boolean {
  if (typeof value !== "boolean") {
    throw malformed(path);
  }
  return value;
}

/** GraphQL's `Int` has 32 bits. */
const INT_MAX = 2 ** 31 - 1;

export function quantity(value: number, path: string): number {
  if (!Number.isSafeInteger(value) || value < 0 || value > INT_MAX) {
    throw malformed(path);
  }
  return value;
}

export function instant(value: string, path: string): Instant {
  return required(parseInstant(text(value, path)), path);
}

export function optionalInstant(value: string | null, path: string): Instant | null {
  return value === null || value === undefined ? null : instant(value, path);
}

/** `null` where the amount has more digits than the currency: a price is never rounded. */
export function money(node: MoneyNode | undefined, path: string): Money | null {
  const { amount, currencyCode } = required(node, path);
  return parseMoney(text(amount, `${path}.amount`), text(currencyCode, `${path}.currencyCode`));
}
