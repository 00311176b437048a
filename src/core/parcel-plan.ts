/**
 * Which parcels of a fulfillment order have a label, and which still need one.
 *
 * Before the first label everything is open: what is left to ship is packed anew in every round, and unbought shipments
 * that are no part of that are given up. All parcels are quoted before the first is paid for, so that one that nobody
 * takes holds the others up while they are free. From the first label on the plan stands: the parcels that are left are
 * those that were planned beside it, with the units that their records name. No unit is bought for twice, because
 *
 *   listed by the shop = in bought boxes that the shop does not show yet + in boxes that are planned and not bought
 *
 * is asked in every round, and nothing is bought while it does not hold; a human is told then.
 */
import type { DecisionInput } from "./decision.ts";
import type { FulfillmentOrder } from "./order.ts";
import { type OrderPacking, type PackedParcel, packOrder } from "./packing/pack-order.ts";
import { inOrder, shippableLines } from "./parcel.ts";
import { rulesFor } from "./rules/apply.ts";
import { isLive, isUnbought, type ShipmentLine, type ShipmentRecord } from "./shipment.ts";
import { findAllReplaced, isOver, isUntold, type ReplacedLabel } from "./shown-labels.ts";

/** A parcel that needs a label. */
export interface ParcelNeed {
  readonly parcelNumber: number;
  /** Its newest generation, whatever the state of that. */
  readonly newest: ShipmentRecord | null;
  /** The voided label whose number the shop still shows for this very box. */
  readonly replaced: ReplacedLabel | null;
  readonly contents: Pick<PackedParcel, "lines" | "parcel">;
}

export interface ParcelPlan {
  /** Of how many parcels the fulfillment order ships. */
  readonly count: number;
  /** Bought, by their number. */
  readonly live: readonly ShipmentRecord[];
  /** By their number. */
  readonly needs: readonly ParcelNeed[];
  /** Unbought shipments that stand for none of the parcels. */
  readonly surplus: readonly ShipmentRecord[];
  /** Whether bought and planned boxes hold exactly what the shop lists. Nothing is bought or told while they do not. */
  readonly isComplete: boolean;
  /** Lines that the shop lists more units of than there are in boxes. */
  readonly linesLeft: number;
}

type Seen = Pick<DecisionInput, "order" | "record" | "policy" | "now">;

/** What is left to ship, in the boxes that the merchant has; in one kind of them where a rule says which. */
export function packFor(input: Seen, fulfillmentOrder: FulfillmentOrder): OrderPacking {
  return packOrder(fulfillmentOrder, input.policy, rulesFor(input, fulfillmentOrder, null).parcelPreset);
}

export function planParcels(input: Seen, fulfillmentOrder: FulfillmentOrder): ParcelPlan {
  const own = input.record.shipments
    .filter((shipment) => shipment.fulfillmentOrderId === fulfillmentOrder.id)
    .sort((a, b) => a.parcelNumber - b.parcelNumber || b.generation - a.generation);
  const newest = new Map<number, ShipmentRecord>();
  for (const shipment of own) {
    newest.set(shipment.parcelNumber, newest.get(shipment.parcelNumber) ?? shipment);
  }
  const live = own.filter(isLive);
  const replaced = findAllReplaced(input, fulfillmentOrder).filter(
    ({ shipment }) => !live.some(({ parcelNumber }) => parcelNumber === shipment.parcelNumber),
  );
  const plan =
    live.length + replaced.length === 0
      ? planFreely(input, fulfillmentOrder, newest)
      : planRest(input, fulfillmentOrder, newest, live, replaced);
  const kept = new Set(plan.kept);
  return {
    ...plan,
    live,
    surplus: own.filter(
      (shipment) =>
        isUnbought(shipment) && !(kept.has(shipment.parcelNumber) && newest.get(shipment.parcelNumber) === shipment),
    ),
  };
}

/** All units that ship together, in parcels that are paid for and in those that need a label: each line once. */
export function linesOf({ live, needs }: Pick<ParcelPlan, "live" | "needs">): readonly ShipmentLine[] {
  const units = new Map<string, number>();
  for (const { id, quantity } of [...live, ...needs.map(({ contents }) => contents)].flatMap(({ lines }) => lines)) {
    units.set(id, (units.get(id) ?? 0) + quantity);
  }
  return inOrder([...units].map(([id, quantity]) => ({ id, quantity })));
}

type Planned = Pick<ParcelPlan, "count" | "needs" | "isComplete" | "linesLeft"> & {
  /** Numbers whose unbought shipments are not to be given up. */
  readonly kept: readonly number[];
};

/** Nothing is paid for: pack what is left. */
function planFreely(
  input: Seen,
  fulfillmentOrder: FulfillmentOrder,
  newest: ReadonlyMap<number, ShipmentRecord>,
): Planned {
  const packing = packFor(input, fulfillmentOrder);
  if (packing.outcome !== "packed") {
    // A check says so; what was planned before is left as it is until it passes.
    return { count: 0, needs: [], isComplete: true, linesLeft: 0, kept: [...newest.keys()] };
  }
  const needs = packing.parcels.map((contents, index) => ({
    parcelNumber: index + 1,
    newest: newest.get(index + 1) ?? null,
    replaced: null,
    contents,
  }));
  return { ...allOf(needs), count: needs.length };
}

/** Something is paid for: the boxes that were planned beside it, if the rest is still what they are for. */
function planRest(
  input: Seen,
  fulfillmentOrder: FulfillmentOrder,
  newest: ReadonlyMap<number, ShipmentRecord>,
  live: readonly ShipmentRecord[],
  replaced: readonly ReplacedLabel[],
): Planned {
  const count = Math.max(...[...live, ...replaced.map(({ shipment }) => shipment)].map((it) => it.parcelCount));
  const again: readonly ParcelNeed[] = replaced.map((it) => ({
    parcelNumber: it.shipment.parcelNumber,
    newest: newest.get(it.shipment.parcelNumber) ?? null,
    replaced: it,
    contents: it.shipment,
  }));
  const taken = new Set([...live, ...again].map(({ parcelNumber }) => parcelNumber));
  const open = isOver(fulfillmentOrder)
    ? []
    : [...newest.values()].filter(({ parcelNumber }) => parcelNumber <= count && !taken.has(parcelNumber));
  const untold = live.filter((shipment) => isUntold(input, shipment));
  const left = subtract(
    listedUnits(fulfillmentOrder),
    untold.flatMap(({ lines }) => lines),
  );
  if (isNothing(left)) {
    return { ...allOf(again), count };
  }
  const rest = subtract(
    left,
    open.flatMap(({ lines }) => lines),
  );
  if (!isNothing(rest)) {
    const linesLeft = [...rest.values()].filter((units) => units > 0).length;
    const kept = [...again, ...open].map(({ parcelNumber }) => parcelNumber);
    return { count, needs: again, isComplete: false, linesLeft, kept };
  }
  const needs = [
    ...again,
    ...open.map((shipment) => ({
      parcelNumber: shipment.parcelNumber,
      newest: shipment,
      replaced: null,
      contents: shipment,
    })),
  ].sort((a, b) => a.parcelNumber - b.parcelNumber);
  return { ...allOf(needs), count };
}

function allOf(needs: readonly ParcelNeed[]): Omit<Planned, "count"> {
  return { needs, isComplete: true, linesLeft: 0, kept: needs.map(({ parcelNumber }) => parcelNumber) };
}

type Units = ReadonlyMap<string, number>;

function listedUnits(fulfillmentOrder: FulfillmentOrder): Units {
  return new Map(shippableLines(fulfillmentOrder).map(({ id, quantityRemaining }) => [id, quantityRemaining]));
}

/** May fall below zero: then there are boxes for units that the shop does not list. */
function subtract(units: Units, lines: readonly ShipmentLine[]): Units {
  const left = new Map(units);
  for (const { id, quantity } of lines) {
    left.set(id, (left.get(id) ?? 0) - quantity);
  }
  return left;
}

function isNothing(units: Units): boolean {
  return [...units.values()].every((count) => count === 0);
}
