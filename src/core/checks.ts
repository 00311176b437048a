/**
 * The checks that stand between an order and a label, in the order in which they are made. Each looks at one thing, says
 * what it looked at, and names a reason when it does not pass. They state facts; what follows is `decide`'s business.
 * Nothing here reads a clock or the world.
 */
import { missingFields, shipFrom } from "./address.ts";
import { type CheckResult, pass, stop } from "./check-result.ts";
import { customsFor } from "./customs-check.ts";
import type { DecisionInput, Finding } from "./decision.ts";
import type { FulfillmentOrder } from "./order.ts";
import { PARCELS_MAX } from "./packing/pack.ts";
import { lineName } from "./packing/unit.ts";
import { itemsGrams, linesToShip, linesWithoutWeight, shippableLines } from "./parcel.ts";
import { linesOf, packFor, planParcels } from "./parcel-plan.ts";
import { runReadyChecks } from "./ready-checks.ts";
import { findUnaccounted } from "./shown-labels.ts";
import { formatInstant } from "./time.ts";

interface OrderCheck {
  readonly name: string;
  readonly check: (input: DecisionInput) => CheckResult;
}

interface FulfillmentOrderCheck {
  readonly name: string;
  readonly check: (fulfillmentOrder: FulfillmentOrder, input: DecisionInput) => CheckResult;
}

/** About the order as a whole: whether it may ship at all, and whether the merchant said that it is ready. */
export const ORDER_CHECKS: readonly OrderCheck[] = [
  { name: "not cancelled", check: isNotCancelled },
  { name: "not a test", check: isNoTest },
  { name: "paid", check: isPaid },
  { name: "tagged ready", check: isTagged },
  { name: "not held by staff", check: isNotHeldByStaff },
  { name: "read as a whole", check: isComplete },
];

/** Whether the shop lets its units be fulfilled now: also asked again after the label is bought. */
export const FULFILLABLE_CHECKS: readonly FulfillmentOrderCheck[] = [
  { name: "not on hold", check: isNotOnHold },
  { name: "due", check: isDue },
  { name: "open in Shopify", check: isOpen },
];

/** Whether a label can be bought for this fulfillment order: is it ours, is it due, and is all there that a label needs. */
export const LABEL_CHECKS: readonly FulfillmentOrderCheck[] = [
  { name: "not with a fulfillment service", check: isNotThirdParty },
  { name: "delivery by carrier", check: isShippedByCarrier },
  { name: "something to ship", check: hasSomethingToShip },
  ...FULFILLABLE_CHECKS,
  { name: "address", check: hasAddress },
  { name: "ship-from address", check: hasShipFrom },
  { name: "weight", check: hasWeight },
  { name: "fits its boxes", check: fitsBoxes },
  { name: "customs", check: hasCustoms },
  { name: "no label left over", check: hasNoUnusedLabel },
];

/**
 * Before a label beside one that is paid for: the boxes stand, so that nobody asks again what is in them. What it weighs
 * and where it fits was settled for all of them before the first.
 */
export const NEXT_PARCEL_CHECKS: readonly FulfillmentOrderCheck[] = LABEL_CHECKS.filter(
  ({ check }) => check !== hasWeight && check !== fitsBoxes,
);

/**
 * Before a label that replaces a voided one. The shop already counts its units as fulfilled, so that it is closed or lists
 * other units; whether it was ours to ship was settled when the first was bought.
 */
export const REBUY_CHECKS: readonly FulfillmentOrderCheck[] = [
  { name: "not on hold", check: isNotOnHold },
  { name: "due", check: isDue },
  { name: "address", check: hasAddress },
  { name: "ship-from address", check: hasShipFrom },
  { name: "customs", check: hasCustoms },
  { name: "no label left over", check: hasNoUnusedLabel },
];

/** Makes every check, so that `why` shows them all. */
export function runOrderChecks(input: DecisionInput): readonly Finding[] {
  const always = ORDER_CHECKS.map(({ name, check }) => ({ check: name, fulfillmentOrderId: null, ...check(input) }));
  return [...always, ...runReadyChecks(input)];
}

export function runChecks(
  chain: readonly FulfillmentOrderCheck[],
  fulfillmentOrder: FulfillmentOrder,
  input: DecisionInput,
): readonly Finding[] {
  return chain.map(({ name, check }) => ({
    check: name,
    fulfillmentOrderId: fulfillmentOrder.id,
    ...check(fulfillmentOrder, input),
  }));
}

/**
 * The finding that speaks for all: what is never shipped before what is not ready, and that before what needs mending, so
 * that nobody is asked to mend an order that does not ship now. `null` when all passed.
 */
export function firstStop(findings: readonly Finding[]): Finding | null {
  const first = (verdict: Finding["verdict"]) => findings.find((finding) => finding.verdict === verdict);
  return first("skip") ?? first("wait") ?? first("park") ?? null;
}

function isNotCancelled({ order }: DecisionInput): CheckResult {
  const input = { cancelled: order.cancelledAt !== null };
  return input.cancelled ? stop("skip", "order_cancelled", input) : pass(input);
}

function isComplete({ order }: DecisionInput): CheckResult {
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
  if (policy.ready.metafield && order.readyMark) {
    return pass({ wanted: wanted.join(", "), metafield: "shipbot.ready" });
  }
  const tags = new Set(order.tags.map((tag) => tag.trim().toLowerCase()));
  const found = wanted.find((want) => tags.has(want.trim().toLowerCase()));
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
  const { fulfillAt: at } = fulfillmentOrder;
  const fulfillAt = at === null ? "a day that Shopify does not name" : formatInstant(at);
  return fulfillmentOrder.status === "scheduled"
    ? stop("wait", "scheduled", { fulfillAt })
    : pass({ status: fulfillmentOrder.status });
}

/** A status that Shopify adds later may mean anything, whatever actions it lists beside it. */
const OPEN_STATUSES: ReadonlySet<string> = new Set(["open", "in_progress", "scheduled", "on_hold"]);

function isOpen(fulfillmentOrder: FulfillmentOrder): CheckResult {
  const input = { status: fulfillmentOrder.status, canFulfil: fulfillmentOrder.canFulfil };
  if (fulfillmentOrder.status === "incomplete") {
    return stop("park", "fulfillment_order_incomplete", input);
  }
  const isKnown = OPEN_STATUSES.has(fulfillmentOrder.status);
  return fulfillmentOrder.canFulfil && isKnown ? pass(input) : stop("park", "not_fulfillable", input);
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

function hasWeight(fulfillmentOrder: FulfillmentOrder, { policy }: DecisionInput): CheckResult {
  const { products } = policy.packing;
  const lines = shippableLines(fulfillmentOrder);
  const grams = itemsGrams(fulfillmentOrder, products);
  // Beyond what a number holds exactly it is as good as none.
  const missing = Number.isSafeInteger(Math.ceil(grams)) ? linesWithoutWeight(fulfillmentOrder, products) : lines;
  if (missing.length > 0) {
    return stop("park", "no_weight", { what: missing.map(lineName).sort().join(", ") });
  }
  return pass({ lines: lines.length, itemsGrams: grams });
}

function fitsBoxes(fulfillmentOrder: FulfillmentOrder, input: DecisionInput): CheckResult {
  const packing = packFor(input, fulfillmentOrder);
  switch (packing.outcome) {
    case "packed":
      return pass({ parcels: packing.parcels.length, boxes: boxNames(packing.parcels) });
    case "no_weight":
      return pass({ parcels: null });
    case "does_not_fit":
      return stop("park", "does_not_fit", { what: packing.what });
    case "unknown_preset":
      return stop("park", "unknown_parcel", { parcel: packing.preset });
    case "too_many":
      return stop("park", "too_many_parcels", { parcelsMax: PARCELS_MAX });
  }
}

/** `large, small x2`: each box once, in the order in which they are filled. */
function boxNames(parcels: readonly { readonly parcel: { readonly preset: string } }[]): string {
  const names = parcels.map(({ parcel }) => parcel.preset);
  return [...new Set(names)]
    .map((name) => [name, names.filter((it) => it === name).length] as const)
    .map(([name, count]) => (count === 1 ? name : `${name} x${count}`))
    .join(", ");
}

/** Of every parcel that still needs a label; where it cannot be packed, of everything that is left. */
function hasCustoms(fulfillmentOrder: FulfillmentOrder, input: DecisionInput): CheckResult {
  const plan = planParcels(input, fulfillmentOrder);
  const parcels =
    plan.needs.length > 0 ? plan.needs.map(({ contents }) => contents.lines) : [linesToShip(fulfillmentOrder)];
  const together = plan.needs.length > 0 ? linesOf(plan) : (parcels[0] ?? []);
  const all = parcels.map((lines) => customsFor(input, fulfillmentOrder, lines, together));
  const missing = all.flatMap((customs) => (customs.kind === "incomplete" ? customs.missing : []));
  if (missing.length > 0) {
    const what = [...new Set(missing)].sort().join("; ");
    return stop("park", "customs_incomplete", { country: fulfillmentOrder.destination?.country ?? null, what });
  }
  const declared = all.map((customs) => (customs.kind === "complete" ? customs.declaration.items.length : 0));
  return pass({ declared: declared.some((items) => items > 0) ? declared.join(" + ") : "nothing" });
}

/** See `shown-labels.ts`: the units of such a label may be the very ones that another fulfillment order lists now. */
function hasNoUnusedLabel(_: FulfillmentOrder, input: DecisionInput): CheckResult {
  const [unused] = findUnaccounted(input);
  return unused === undefined ? pass() : stop("park", "unused_label", { shipment: unused.id });
}
