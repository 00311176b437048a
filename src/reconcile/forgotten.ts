/**
 * The records of shipments that a restored database does not know. What a label was bought for is not to be learned from
 * the provider, so it is taken to be what the order says now: the boxes that it would be packed in, in their order, for
 * the labels that the shop does not show. Where that cannot be said the record fits no order, and nothing is shipped on
 * it without a human.
 */
import { shipFrom } from "../core/address.ts";
import { fingerprint } from "../core/fingerprint.ts";
import { type FulfillmentOrder, type FulfillmentOrderId, findFulfillmentByTracking } from "../core/order.ts";
import type { Parcel } from "../core/parcel.ts";
import { packFor } from "../core/parcel-plan.ts";
import { isLive, type ShipmentRecord, shipmentId } from "../core/shipment.ts";
import { isOver, isUntold } from "../core/shown-labels.ts";
import type { ProviderShipment } from "../ports/shipping-provider.ts";
import { newShipment } from "./quote.ts";
import type { Run } from "./run.ts";

/** An object at the provider that carries a reference of ours and is in no record. */
export interface ForgottenShipment {
  readonly fulfillmentOrderId: FulfillmentOrderId;
  readonly parcelNumber: number;
  readonly generation: number;
  readonly reference: string;
  /** The newest of this parcel that the database knows. */
  readonly newest: ShipmentRecord | null;
  readonly there: ProviderShipment;
}

export interface RecalledShipment {
  readonly record: ShipmentRecord;
  readonly there: ProviderShipment;
}

type Contents = Pick<ShipmentRecord, "lines" | "parcel" | "fingerprint">;

/**
 * Records for those that are worth one: paid labels, and the unbought boxes beside a live label, which are still to be
 * bought. All are of one fulfillment order. Nothing is written.
 */
export function recallContents(run: Run, forgotten: readonly ForgottenShipment[]): readonly RecalledShipment[] {
  const wanted = forgotten.filter(({ there, ...it }) => there.purchase !== null || isOpenBox(run, forgotten, it));
  const [first] = wanted;
  if (first === undefined) {
    return [];
  }
  const own = run.input.record.shipments.filter((it) => it.fulfillmentOrderId === first.fulfillmentOrderId);
  const parcelCount = Math.max(
    ...own.map((it) => it.parcelCount),
    ...forgotten.map(({ parcelNumber }) => parcelNumber),
  );
  const boxes = openBoxes(run, first.fulfillmentOrderId, own);
  return wanted
    .sort((a, b) => a.parcelNumber - b.parcelNumber || a.generation - b.generation)
    .map((it) => {
      const id = shipmentId(it.fulfillmentOrderId, it.parcelNumber, it.generation);
      const { fulfillmentOrderId, parcelNumber, generation, reference } = it;
      const identity = { shipmentId: id, fulfillmentOrderId, parcelNumber, parcelCount, generation, reference };
      return { record: newShipment(run, { ...contentsOf(run, it, boxes), ...identity }), there: it.there };
    });
}

/** The newest object of a parcel that nobody paid for, when another parcel beside it is paid for. */
function isOpenBox(
  { input }: Run,
  forgotten: readonly ForgottenShipment[],
  { fulfillmentOrderId, parcelNumber, generation }: Omit<ForgottenShipment, "there">,
): boolean {
  const isNewest = !forgotten.some((it) => it.parcelNumber === parcelNumber && it.generation > generation);
  const isPaidBeside =
    forgotten.some(({ there }) => there.purchase !== null && !there.purchase.refunded) ||
    input.record.shipments.some((it) => it.fulfillmentOrderId === fulfillmentOrderId && isLive(it));
  return isNewest && isPaidBeside;
}

/** Boxes that the order would be packed in now, without those that known labels are for. Taken one after the other. */
function openBoxes(run: Run, id: FulfillmentOrderId, own: readonly ShipmentRecord[]): Contents[] {
  const { input } = run;
  const home = input.order.fulfillmentOrders.find((candidate) => candidate.id === id);
  if (home === undefined || home.destination === null || isOver(home)) {
    return [];
  }
  const held = own.filter((it) => isLive(it) && isUntold(input, it)).flatMap(({ lines }) => lines);
  const packing = packFor(input, without(home, held));
  return packing.outcome !== "packed"
    ? []
    : packing.parcels.map(({ lines, parcel }) => ({
        lines,
        parcel,
        fingerprint: printOf(run, home, lines, parcel),
      }));
}

/** A box that nobody can buy a label for: without a weight every provider refuses it. */
const UNKNOWN_PARCEL: Parcel = { preset: "unknown", lengthMm: 0, widthMm: 0, heightMm: 0, weightGrams: 0 };

/** `boxes` loses the one that is taken. Of what was shipped already it is what its predecessor was for. */
function contentsOf(run: Run, { fulfillmentOrderId, newest, there }: ForgottenShipment, boxes: Contents[]): Contents {
  const { order } = run.input;
  const home = order.fulfillmentOrders.find(({ id }) => id === fulfillmentOrderId) ?? null;
  const isHeld = there.purchase?.refunded !== true;
  const isShown = there.purchase !== null && findFulfillmentByTracking(order, there.purchase.trackingNumber) !== null;
  const next = isHeld && !isShown ? boxes.shift() : boxes[0];
  if (next !== undefined) {
    return next;
  }
  const [lines, parcel] = [newest?.lines ?? [], newest?.parcel ?? UNKNOWN_PARCEL];
  const isMysterious = home === null || home.destination === null || (isHeld && !isShown && !isOver(home));
  return { lines, parcel, fingerprint: isMysterious ? "unknown" : printOf(run, home, lines, parcel) };
}

function printOf({ input }: Run, home: FulfillmentOrder, lines: ShipmentRecord["lines"], parcel: Parcel): string {
  const { destination } = home;
  if (destination === null) {
    return "unknown";
  }
  // What was declared then is not known: a paid label is the same parcel with or without, and an unpaid one is made anew.
  return fingerprint({ destination, origin: shipFrom(home, input), lines, parcel, customs: null });
}

function without(fulfillmentOrder: FulfillmentOrder, lines: readonly { id: string; quantity: number }[]) {
  const taken = (id: string) => lines.filter((line) => line.id === id).reduce((sum, { quantity }) => sum + quantity, 0);
  return {
    ...fulfillmentOrder,
    lines: fulfillmentOrder.lines.map((line) => ({
      ...line,
      quantityRemaining: Math.max(0, line.quantityRemaining - taken(line.id)),
    })),
  };
}
