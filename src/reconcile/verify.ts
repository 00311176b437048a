/**
 * After a restore: what an older database has forgotten of one order is looked up before anything else is done for it.
 *
 * Of each fulfillment order every parcel, and of that every generation of its shipment, is asked for by its reference:
 * those that the database knows, and those after them that it cannot know (a label that was voided and bought anew, an
 * attempt that was given up, a box more). Every parcel has its object at the provider before the first is paid for, so
 * that the boxes are asked for one after the other until one was never heard of. Labels are taken over as ours, with
 * number and price; those that were voided meanwhile are noted as voided. What the shop was told already is seen by the
 * ordinary rounds after it, which look for our number before they write.
 *
 * Only reads are sent, so it may be repeated; a crash on the way leaves what was taken over, and the order unverified.
 */
import type { FulfillmentOrderId } from "../core/order.ts";
import { PARCELS_MAX } from "../core/packing/pack.ts";
import { referenceOf } from "../core/plan.ts";
import { isLive, type ShipmentRecord, shipmentId } from "../core/shipment.ts";
import type { ProviderShipment, Purchase } from "../ports/shipping-provider.ts";
import { adoptPurchase, adoptVoid } from "./adopt.ts";
import { type ForgottenShipment, recallContents } from "./forgotten.ts";
import { AGAIN, type Ending, journal, type Run, unlessMissing } from "./run.ts";

/**
 * A generation leaves nothing at the provider when its object was refused (an address that was then corrected): so many of
 * those in a row are looked past.
 */
const UNSEEN_IN_A_ROW = 5;
/** One box does not see so many attempts; a provider that says yes to everything must not keep us for ever. */
const GENERATIONS_MAX = 50;

export async function verify(run: Run): Promise<Ending> {
  const { order, record } = run.input;
  const listed = order.fulfillmentOrders.map(({ id }) => id);
  const strays = record.shipments.map((shipment) => shipment.fulfillmentOrderId).filter((id) => !listed.includes(id));
  let found = 0;
  for (const id of [...listed, ...new Set(strays)]) {
    found += await verifyFulfillmentOrder(run, id);
  }
  const what = found === 0 ? "nothing that this database does not know" : `${found} that this database had forgotten`;
  await journal(run, "verified", `looked for labels at the provider: ${what}`, (tx) => tx.markVerified(), { found });
  return AGAIN;
}

/** Gives how many labels and voids were taken over. */
async function verifyFulfillmentOrder(run: Run, id: FulfillmentOrderId): Promise<number> {
  const own = run.input.record.shipments.filter((shipment) => shipment.fulfillmentOrderId === id);
  const knownCount = Math.max(0, ...own.map(({ parcelNumber, parcelCount }) => Math.max(parcelNumber, parcelCount)));
  const forgotten: ForgottenShipment[] = [];
  let found = 0;
  for (let number = 1, isAhead = true; number <= PARCELS_MAX && (isAhead || number <= knownCount); number += 1) {
    const known = own.filter(({ parcelNumber }) => parcelNumber === number).sort((a, b) => a.generation - b.generation);
    const verified = await verifyKnownParcel(run, known);
    found += verified.found;
    // Beyond a live label there is none: a generation begins only when no earlier one is bought.
    const beyond = verified.hasLive ? [] : await findUnknown(run, id, number, known.at(-1) ?? null);
    forgotten.push(...beyond);
    isAhead = known.length + beyond.length > 0;
  }
  return found + (await adoptForgotten(run, forgotten));
}

async function verifyKnownParcel(
  run: Run,
  known: readonly ShipmentRecord[],
): Promise<{ readonly hasLive: boolean; readonly found: number }> {
  let found = 0;
  let hasLive = false;
  // From the oldest on: what was voided makes room for what was bought after it.
  for (const shipment of known) {
    const { isBought, isNews } = await verifyKnown(run, shipment);
    hasLive ||= isBought;
    found += isNews ? 1 : 0;
  }
  return { hasLive, found };
}

async function verifyKnown(
  run: Run,
  shipment: ShipmentRecord,
): Promise<{ readonly isBought: boolean; readonly isNews: boolean }> {
  const isElsewhere = shipment.provider !== run.context.provider.name;
  const there = isElsewhere ? null : await read(run, shipment);
  const purchase = there?.purchase ?? null;
  if (there === null || purchase === null || shipment.state === "voided") {
    return { isBought: isLive(shipment), isNews: false };
  }
  if (!isLive(shipment)) {
    await adoptPurchase(run, shipment.id, there.id, purchase);
    return { isBought: !purchase.refunded, isNews: true };
  }
  if (purchase.refunded) {
    await adoptVoid(run, shipment.id);
    return { isBought: false, isNews: true };
  }
  return { isBought: true, isNews: false };
}

/** The object that was bought of those that stand for this shipment, else any. `null`: the provider has none. */
async function read(run: Run, { providerShipmentId, reference }: ShipmentRecord): Promise<ProviderShipment | null> {
  const { provider } = run.context;
  const own = providerShipmentId === null ? null : await unlessMissing(() => provider.readShipment(providerShipmentId));
  return own !== null && own.purchase !== null ? own : ((await provider.findShipment(reference)) ?? own);
}

/** Objects of generations after the newest that the database knows, paid for or not; none after a live label. */
async function findUnknown(
  run: Run,
  id: FulfillmentOrderId,
  parcelNumber: number,
  newest: ShipmentRecord | null,
): Promise<readonly ForgottenShipment[]> {
  const { context, input } = run;
  const found: ForgottenShipment[] = [];
  let unseen = 0;
  let generation = (newest?.generation ?? 0) + 1;
  for (; unseen < UNSEEN_IN_A_ROW && generation <= GENERATIONS_MAX; generation += 1) {
    const reference = referenceOf(input.shopId, shipmentId(id, parcelNumber, generation));
    const there = await context.provider.findShipment(reference);
    unseen = there === null ? unseen + 1 : 0;
    if (there !== null) {
      found.push({ fulfillmentOrderId: id, parcelNumber, generation, reference, newest, there });
      if (there.purchase !== null && !there.purchase.refunded) {
        break;
      }
    }
  }
  return found;
}

/** Gives how many were paid for. Objects that nobody bought are found again by the ordinary rounds, when they are needed. */
async function adoptForgotten(run: Run, forgotten: readonly ForgottenShipment[]): Promise<number> {
  const records = recallContents(run, forgotten);
  let found = 0;
  for (const { record, there } of records) {
    const purchase: Purchase | null = there.purchase;
    if (purchase !== null) {
      await adoptPurchase(run, record.id, there.id, purchase, record);
      found += 1;
    } else {
      await run.context.store.fenced(run.lease, (tx) => tx.planShipment(record));
    }
  }
  return found;
}
