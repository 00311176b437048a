/** Where a parcel comes from, and what an address needs before a carrier can deliver to it. */
import type { DecisionInput } from "./decision.ts";
import type { Address, FulfillmentOrder } from "./order.ts";

/** The merchant's own address for the location, else for all, else the location's as the shop knows it. */
export function shipFrom(fulfillmentOrder: FulfillmentOrder, { policy }: Pick<DecisionInput, "policy">): Address {
  const location = fulfillmentOrder.location;
  const number = location.id === null ? null : (/(\d+)$/.exec(location.id)?.[1] ?? null);
  return (number === null ? undefined : policy.shipFrom[number]) ?? policy.shipFrom["default"] ?? location.address;
}

/** Countries that use no postal code, as far as the big carriers print none (UPU, read 2026-11-22). */
const WITHOUT_POSTAL_CODE = new Set([
  "AE",
  "AG",
  "AO",
  "BS",
  "BZ",
  "BW",
  "CD",
  "CI",
  "CM",
  "FJ",
  "GH",
  "HK",
  "JM",
  "KI",
  "MO",
  "PA",
  "QA",
  "SC",
  "TT",
  "UG",
  "YE",
  "ZW",
]);

/** Names of the fields without which no carrier delivers. Empty: the address is complete. */
export function missingFields(address: Address): readonly string[] {
  const missing: string[] = [];
  const isEmpty = (value: string | null): boolean => value === null || value.trim() === "";
  if (isEmpty(address.name) && isEmpty(address.company)) {
    missing.push("name");
  }
  if (isEmpty(address.street1)) {
    missing.push("street");
  }
  if (isEmpty(address.city)) {
    missing.push("city");
  }
  if (isEmpty(address.country)) {
    missing.push("country");
  }
  if (isEmpty(address.postalCode) && !WITHOUT_POSTAL_CODE.has(address.country ?? "")) {
    missing.push("postal code");
  }
  return missing;
}
