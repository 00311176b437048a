/**
 * A short hash of what a label is bought for. It answers one question, "is this still the same parcel to the same place?",
 * and keeps no personal data. Not for secrets: it is small and fast, not cryptographic.
 */
import type { CustomsDeclaration } from "./customs.ts";
import type { Address } from "./order.ts";
import type { Parcel } from "./parcel.ts";
import type { ShipmentLine } from "./shipment.ts";

export function fingerprint(parts: {
  readonly destination: Address;
  readonly origin: Address;
  readonly lines: readonly ShipmentLine[];
  readonly parcel: Parcel;
  readonly customs: CustomsDeclaration | null;
}): string {
  const { destination, origin, parcel } = parts;
  const lines = [...parts.lines].map((line) => `${line.id}x${line.quantity}`).sort();
  const label = hash(
    JSON.stringify([
      addressParts(destination),
      addressParts(origin),
      lines,
      [parcel.lengthMm, parcel.widthMm, parcel.heightMm, parcel.weightGrams],
    ]),
  );
  return parts.customs === null ? label : `${label}-${hash(JSON.stringify(parts.customs))}`;
}

/**
 * Whether two labels are for the same parcel to the same place, whatever was declared about it: what is corrected after
 * the purchase is no reason to buy another.
 */
export function isSameParcel(a: string, b: string): boolean {
  return a.split("-", 1)[0] === b.split("-", 1)[0];
}

/** What is printed on the label. A changed phone or e-mail is no reason to buy another. */
function addressParts(address: Address): readonly (string | null)[] {
  return [
    address.name,
    address.company,
    address.street1,
    address.street2,
    address.city,
    address.province,
    address.postalCode,
    address.country,
  ];
}

/** cyrb53 over UTF-16 units, twice with different seeds: 106 bits, enough never to meet a collision by chance. */
export function hash(text: string): string {
  return `${cyrb53(text, 0x5eed)}${cyrb53(text, 0xb0c5)}`;
}

function cyrb53(text: string, seed: number): string {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & low) + (high >>> 0)).toString(16).padStart(14, "0");
}
