/**
 * Orders as a shop has them: most are plain, some wait for nothing but a person. One seed gives one list. Each order says
 * what has to become of it, so that the demo can check every single one.
 */
import type { Random } from "../ports/clock.ts";
import { DEFAULT_ADDRESS, type OrderSpec } from "./shopify/orders.ts";

export interface DemoOrder {
  readonly spec: OrderSpec;
  /** The reason it has to be parked with; `null`: it has to be shipped. */
  readonly parkedAs: string | null;
}

interface Product {
  readonly sku: string;
  readonly title: string;
  readonly grams: number;
  readonly price: string;
}

const PRODUCTS: readonly Product[] = [
  { sku: "MUG-BLUE", title: "Blue mug", grams: 420, price: "14.00" },
  { sku: "TEE-M", title: "T-shirt, medium", grams: 180, price: "22.50" },
  { sku: "LAMP-DESK", title: "Desk lamp", grams: 1_350, price: "64.90" },
  { sku: "NOTE-A5", title: "Notebook A5", grams: 260, price: "9.80" },
  { sku: "PAN-28", title: "Iron pan 28 cm", grams: 2_900, price: "79.00" },
];

const PLACES = [
  { city: "San Francisco", province: "California", provinceCode: "CA", zip: "94103" },
  { city: "New York", province: "New York", provinceCode: "NY", zip: "10001" },
  { city: "Austin", province: "Texas", provinceCode: "TX", zip: "78701" },
  { city: "Chicago", province: "Illinois", provinceCode: "IL", zip: "60601" },
  { city: "Miami", province: "Florida", provinceCode: "FL", zip: "33101" },
] as const;

/** Of a hundred orders about eight need a person. */
const TROUBLES: readonly { readonly parkedAs: string; readonly change: (spec: OrderSpec) => OrderSpec }[] = [
  { parkedAs: "address_incomplete", change: (spec) => ({ ...spec, address: { ...spec.address, zip: null } }) },
  {
    parkedAs: "no_weight",
    change: (spec) => ({ ...spec, lines: [{ sku: "GIFT-BOX", title: "Gift box", grams: null, price: "5.00" }] }),
  },
  {
    parkedAs: "no_rate",
    // Heavier than any carrier of the sandbox takes.
    change: (spec) => ({ ...spec, lines: [{ sku: "ANVIL-45", title: "Anvil", grams: 45_000, price: "310.00" }] }),
  },
];
const TROUBLE_RATE = 0.08;

export function demoOrders(count: number, random: Random): readonly DemoOrder[] {
  return Array.from({ length: count }, (_, index) => {
    const spec = plainOrder(index, random);
    // Every demo shows at least one order that needs a person, whatever the seed.
    const isTroubled = index === 3 || random.next() < TROUBLE_RATE;
    const trouble = TROUBLES[Math.floor(random.next() * TROUBLES.length)];
    return isTroubled && trouble !== undefined
      ? { spec: trouble.change(spec), parkedAs: trouble.parkedAs }
      : { spec, parkedAs: null };
  });
}

function plainOrder(index: number, random: Random): OrderSpec {
  const lines = Array.from({ length: 1 + Math.floor(random.next() * 2) }, () => {
    const product = PRODUCTS[Math.floor(random.next() * PRODUCTS.length)] ?? PRODUCTS[0];
    return { ...product, quantity: 1 + Math.floor(random.next() * 2) };
  });
  const place = PLACES[Math.floor(random.next() * PLACES.length)] ?? PLACES[0];
  return {
    name: `#${1001 + index}`,
    lines,
    address: { ...DEFAULT_ADDRESS, ...place, address1: `${100 + index} Market Street`, address2: null },
    tags: ["ready_to_ship"],
  };
}
