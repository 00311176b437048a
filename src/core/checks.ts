/**
 * The checks that stand between an order and a label, in the order in which they are made. Each looks at one thing, says
 * what it looked at, and names a reason when it does not pass. They state facts; what follows is `decide`'s business.
 * Nothing here reads a clock or the world.
 */
import type { DecisionInput, FactValue, Finding } from "./decision.ts";
import type { Address, FulfillmentOrder } from "./order.ts";
import { linesWithoutWeight, shippableLines } from "./parcel.ts";
import type { Reason } from "./reasons.ts";
import { formatInstant } from "./time.ts";

export interface CheckResult {
  readonly verdict: Finding["verdict"];
  readonly reason: Reason | null;
  readonly input: Readonly<Record<string, FactValue>>;
}

export interface OrderCheck {
  readonly name: string;
  readonly check: (input: DecisionInput) => CheckResult;
}

export interface FulfillmentOrderCheck {
  readonly name: string;
  readonly check: (fulfillmentOrder: FulfillmentOrder, input: DecisionInput) => CheckResult;
}

/** About the order as a whole: whether it may ship at all, and whether the merchant said that it is ready. */
export const ORDER_CHECKS: readonly OrderCheck[] = [
  { name: "readable", check: isReadable },
  { name: "not a test", check: isNoTest },
  { name: "paid", check: isPaid },
  { name: "tagged ready", check: isTagged },
  { name: "not held by staff", check: isNotHeldByStaff },
];

/** Whether shipbot is the one to ship this fulfillment order. Made before the order is asked to be ready. */
export const OURS_CHECKS: readonly FulfillmentOrderCheck[] = [
  { name: "not with a fulfillment service", check: isNotThirdParty },
  { name: "delivery by carrier", check: isShippedByCarrier },
  { name: "something to ship", check: hasSomethingToShip },
];

/** Whether this fulfillment order can ship now: first what only time or the merchant settles, then what needs mending. */
export const SHIPPABLE_CHECKS: readonly FulfillmentOrderCheck[] = [
  { name: "not on hold", check: isNotOnHold },
  { name: "due", check: isDue },
  { name: "open in Shopify", check: isOpen },
  { name: "address", check: hasAddress },
  { name: "ship-from address", check: hasShipFrom },
  { name: "weight", check: hasWeight },
];

function pass(input: CheckResult["input"] = {}): CheckResult {
  return { verdict: "pass", reason: null, input };
}

function stop(verdict: "wait" | "skip" | "park", reason: Reason, input: CheckResult["input"] = {}): CheckResult {
  return { verdict, reason, input };
}

function isReadable({ order }: DecisionInput): CheckResult {
  return order.incomplete.length === 0
    ? pass()
    : stop("park", "order_incomplete", { what: order.incomplete.join(", ") });
}

function isNoTest({ order }: DecisionInput): CheckResult {
  return order.test ? stop("skip", "test_order", { test: true }) : pass({ test: false });
}

function isPaid({ order, policy }: DecisionInput): CheckResult {
  const input = { financialStatus: order.financialStatus };
  const paid = order.financialStatus !== null && policy.ready.financialStatuses.includes(order.financialStatus);
  return paid ? pass(input) : stop("wait", "not_paid", input);
}

function isTagged({ order, policy }: DecisionInput): CheckResult {
  const wanted = policy.ready.tags;
  if (wanted.length === 0) {
    return pass({ wanted: "none" });
  }
  const found = order.tags.find((tag) => wanted.some((want) => want.toLowerCase() === tag.trim().toLowerCase()));
  return found === undefined
    ? stop("wait", "not_tagged", { wanted: wanted.join(", ") })
    : pass({ wanted: wanted.join(", "), tag: found });
}

function isNotHeldByStaff({ record }: DecisionInput): CheckResult {
  return record.hold === null ? pass() : stop("wait", "held_by_staff", { who: record.hold.who, why: record.hold.why });
}

/** A request that was made and not refused or taken back belongs to the service. */
function isNotThirdParty(fulfillmentOrder: FulfillmentOrder): CheckResult {
  const input = { requestStatus: fulfillmentOrder.requestStatus };
  const free = ["unsubmitted", "rejected", "cancellation_accepted", "closed"].includes(fulfillmentOrder.requestStatus);
  return free ? pass(input) : stop("skip", "third_party", input);
}

function isShippedByCarrier(fulfillmentOrder: FulfillmentOrder): CheckResult {
  const method = fulfillmentOrder.deliveryMethod;
  const input = { deliveryMethod: method };
  switch (method) {
    case "shipping":
    // Orders made by hand or by other channels carry no method; their lines say whether they ship.
    case null:
      return pass(input);
    case "pick_up":
    case "retail":
    case "pickup_point":
      return stop("skip", "pickup", input);
    case "local":
      return stop("skip", "local_delivery", input);
    case "none":
      return stop("skip", "digital", input);
    default:
      return stop("park", "unknown_delivery_method", input);
  }
}

function hasSomethingToShip(fulfillmentOrder: FulfillmentOrder): CheckResult {
  const units = shippableLines(fulfillmentOrder).reduce((sum, line) => sum + line.quantityRemaining, 0);
  return units > 0 ? pass({ units }) : stop("skip", "digital", { units });
}

function isNotOnHold(fulfillmentOrder: FulfillmentOrder): CheckResult {
  const held = fulfillmentOrder.status === "on_hold" || fulfillmentOrder.holds.length > 0;
  const holds = fulfillmentOrder.holds.map((hold) => hold.reason).join(", ") || "no reason given";
  return held ? stop("wait", "on_hold", { holds }) : pass({ holds: "none" });
}

function isDue(fulfillmentOrder: FulfillmentOrder): CheckResult {
  const fulfillAt = fulfillmentOrder.fulfillAt === null ? null : formatInstant(fulfillmentOrder.fulfillAt);
  return fulfillmentOrder.status === "scheduled"
    ? stop("wait", "scheduled", { fulfillAt })
    : pass({ status: fulfillmentOrder.status });
}

function isOpen(fulfillmentOrder: FulfillmentOrder): CheckResult {
  const input = { status: fulfillmentOrder.status, canFulfil: fulfillmentOrder.canFulfil };
  if (fulfillmentOrder.status === "incomplete") {
    return stop("park", "fulfillment_order_incomplete", input);
  }
  return fulfillmentOrder.canFulfil ? pass(input) : stop("park", "not_fulfillable", input);
}

function hasAddress(fulfillmentOrder: FulfillmentOrder): CheckResult {
  if (fulfillmentOrder.destination === null) {
    return stop("park", "no_address");
  }
  const missing = missingFields(fulfillmentOrder.destination);
  const where = { country: fulfillmentOrder.destination.country, postalCode: fulfillmentOrder.destination.postalCode };
  return missing.length === 0
    ? pass(where)
    : stop("park", "address_incomplete", { ...where, missing: missing.join(", ") });
}

function hasShipFrom(fulfillmentOrder: FulfillmentOrder, input: DecisionInput): CheckResult {
  const from = shipFrom(fulfillmentOrder, input);
  const missing = missingFields(from);
  const where = { country: from.country, postalCode: from.postalCode };
  return missing.length === 0 ? pass(where) : stop("park", "no_ship_from", { ...where, missing: missing.join(", ") });
}

function hasWeight(fulfillmentOrder: FulfillmentOrder): CheckResult {
  const missing = linesWithoutWeight(fulfillmentOrder);
  if (missing.length > 0) {
    return stop("park", "no_weight", { what: missing.map((line) => line.sku ?? line.title).join(", ") });
  }
  const lines = shippableLines(fulfillmentOrder);
  const itemsGrams = lines.reduce((sum, line) => sum + (line.weightGrams ?? 0) * line.quantityRemaining, 0);
  return pass({ lines: lines.length, itemsGrams });
}

/** The merchant's own address for the location, else for all, else the location's as the shop knows it. */
export function shipFrom(fulfillmentOrder: FulfillmentOrder, { policy }: DecisionInput): Address {
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

/** Names of the fields without which no carrier delivers. */
function missingFields(address: Address): readonly string[] {
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
