/** Facts as conditions ask for them: folded, summed and looked up once per order, not once per rule. */
import type { Instant } from "../time.ts";
import type { RuleFacts } from "./facts.ts";
import { fold } from "./text-match.ts";
import { type WallClock, wallClock } from "./wall-clock.ts";

export interface FactView {
  readonly facts: RuleFacts;
  /** How many parcels it ships in; `null` while it is not packed. */
  readonly parcelCount: number | null;
  readonly tags: readonly string[];
  readonly currency: string;
  readonly country: string | null;
  readonly province: string;
  readonly postalCode: string;
  readonly shippingLine: readonly string[];
  readonly customerTags: readonly string[] | null;
  readonly attributes: ReadonlyMap<string, readonly (string | null)[]>;
  readonly skus: readonly string[];
  readonly vendors: readonly string[];
  /** `null`: that of a line is not known. */
  readonly productTypes: readonly string[] | null;
  readonly quantity: number;
  /** `null`: that of a line is not known. */
  readonly weightGrams: number | null;
  clockIn(zone: string): WallClock;
}

export function viewFacts(facts: RuleFacts, now: Instant, parcelCount: number | null): FactView {
  const clocks = new Map<string, WallClock>();
  const types = facts.lines.map((line) => line.productType);
  const country = facts.destination?.country ?? null;
  return {
    facts,
    parcelCount,
    tags: facts.tags.map(fold),
    currency: fold(facts.currency),
    country: country === null ? null : fold(country),
    province: fold(facts.destination?.province ?? ""),
    postalCode: foldPostalCode(facts.destination?.postalCode ?? ""),
    shippingLine: facts.shippingLine.map(fold),
    customerTags: facts.customer?.tags.map(fold) ?? null,
    attributes: groupAttributes(facts),
    skus: facts.lines.map((line) => fold(line.sku ?? "")),
    vendors: facts.lines.map((line) => fold(line.vendor ?? "")),
    productTypes: types.every((type) => type !== null) ? types.map(fold) : null,
    quantity: facts.lines.reduce((sum, line) => sum + line.quantity, 0),
    weightGrams: sumGrams(facts),
    clockIn: (zone) => {
      const known = clocks.get(zone) ?? wallClock(now, zone);
      clocks.set(zone, known);
      return known;
    },
  };
}

/** `sw1a 1aa` and `SW1A1AA` are one place. */
export function foldPostalCode(code: string): string {
  return fold(code).replaceAll(/[\s-]/g, "");
}

function groupAttributes(facts: RuleFacts): FactView["attributes"] {
  const grouped = new Map<string, (string | null)[]>();
  for (const { name, value } of facts.noteAttributes) {
    const key = fold(name);
    const folded = value === null ? null : fold(value);
    grouped.set(key, [...(grouped.get(key) ?? []), folded]);
  }
  return grouped;
}

function sumGrams(facts: RuleFacts): number | null {
  let grams = 0;
  for (const line of facts.lines) {
    if (line.weightGrams === null) {
      return null;
    }
    grams += line.weightGrams * line.quantity;
  }
  return grams;
}
