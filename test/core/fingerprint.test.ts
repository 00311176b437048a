import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprint, isSameParcel } from "../../src/core/fingerprint.ts";
import { type LabelOptions, NO_OPTIONS } from "../../src/core/label-options.ts";
import type { Address } from "../../src/core/order.ts";
import { anAddress, aShipment } from "../support/builders.ts";
import { PROPERTY } from "./generated.ts";

type Parts = Parameters<typeof fingerprint>[0];

function parts(overrides: Partial<Parts> = {}): Parts {
  return {
    destination: anAddress(),
    origin: anAddress({ street1: "1 Dock Road" }),
    lines: [
      { id: "a", quantity: 1 },
      { id: "b", quantity: 2 },
    ],
    parcel: aShipment().parcel,
    customs: null,
    options: NO_OPTIONS,
    ...overrides,
  };
}

const SAME = fingerprint(parts());

describe("a fingerprint", () => {
  it.each<[string, Partial<Parts>]>([
    ["another phone and e-mail", { destination: anAddress({ phone: "1", email: "a@example.com" }) }],
    [
      "lines in another order",
      {
        lines: [
          { id: "b", quantity: 2 },
          { id: "a", quantity: 1 },
        ],
      },
    ],
    ["another name of the same box", { parcel: { ...aShipment().parcel, preset: "carton" } }],
  ])("is the same with %s", (_what, change) => {
    expect(fingerprint(parts(change))).toBe(SAME);
  });

  it.each<[string, Partial<Parts>]>([
    ...(["name", "company", "street1", "street2", "city", "province", "postalCode", "country"] as const).flatMap(
      (field: keyof Address): [string, Partial<Parts>][] => [
        [`${field} of the destination`, { destination: anAddress({ [field]: "other" }) }],
        [`${field} of the origin`, { origin: anAddress({ street1: "1 Dock Road", [field]: "other" }) }],
      ],
    ),
    [
      "a quantity",
      {
        lines: [
          { id: "a", quantity: 2 },
          { id: "b", quantity: 2 },
        ],
      },
    ],
    ["a line less", { lines: [{ id: "a", quantity: 1 }] }],
    ["a line more", { lines: [...parts().lines, { id: "c", quantity: 1 }] }],
    [
      "another line",
      {
        lines: [
          { id: "a", quantity: 1 },
          { id: "c", quantity: 2 },
        ],
      },
    ],
    ["the weight", { parcel: { ...aShipment().parcel, weightGrams: 901 } }],
    ["the length", { parcel: { ...aShipment().parcel, lengthMm: 301 } }],
    ["the width", { parcel: { ...aShipment().parcel, widthMm: 201 } }],
    ["the height", { parcel: { ...aShipment().parcel, heightMm: 101 } }],
    ["both addresses exchanged", { destination: parts().origin, origin: parts().destination }],
    [
      "an address line that moved into the next",
      { destination: anAddress({ street1: null, street2: "417 Montgomery Street" }) },
    ],
  ])("differs by %s", (_what, change) => {
    expect(fingerprint(parts(change))).not.toBe(SAME);
  });

  it.each<[string, Partial<LabelOptions>]>([
    ["the label's format", { format: "zpl" }],
    ["its size", { size: "4x6" }],
    ["a signature", { signature: "any" }],
    ["another signature", { signature: "adult" }],
    ["no signature at all", { signature: "none" }],
    ["a confirmed delivery", { deliveryConfirmation: true }],
    ["what is printed on it", { reference: "1001" }],
    ["insurance", { insured: { amountMinor: 100, currency: "USD" } }],
    ["insurance in another currency", { insured: { amountMinor: 100, currency: "EUR" } }],
  ])("differs by %s, and it is the same parcel", (_what, change) => {
    const asked = fingerprint(parts({ options: { ...NO_OPTIONS, ...change } }));
    const others = [
      SAME,
      fingerprint(parts({ options: { ...NO_OPTIONS, insured: { amountMinor: 1, currency: "USD" } } })),
    ];
    expect(others).not.toContain(asked);
    expect(isSameParcel(asked, SAME)).toBe(true);
  });

  it("is 28 characters of hexadecimal and holds nothing of the address", () => {
    expect(SAME).toMatch(/^[0-9a-f]{28}$/);
  });

  it("differs wherever the address differs", () => {
    const text = fc.string({ maxLength: 6 });
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        const one = fingerprint(parts({ destination: anAddress({ street1: a, street2: b }) }));
        const other = fingerprint(parts({ destination: anAddress({ street1: c, street2: d }) }));
        expect(one === other).toBe(a === c && b === d);
      }),
      PROPERTY,
    );
  });
});
