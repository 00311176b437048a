/**
 * After a restore: what an older database has forgotten of one order is looked up before anything else is done for it.
 *
 * Of each fulfillment order every generation of its shipment is asked for by its reference: those that the database knows,
 * and those after them that it cannot know (a label that was voided and bought anew, an attempt that was given up). Labels
 * are taken over as ours, with number and price; those that were voided meanwhile are noted as voided. What the shop was
 * told already is seen by the ordinary rounds after it, which look for our number before they write.
 *
 * Only reads are sent, so it may be repeated; a crash on the way leaves what was taken over, and the order unverified.
 */
import type { FulfillmentOrder, FulfillmentOrderId } from "../core/order.ts";
import { ONLY_PARCEL, planShipment, referenceOf } from "../core/plan.ts";
import { isLive, type ShipmentRecord, shipmentId } from "../core/shipment.ts";
import { isOver } from "../core/shown-labels.ts";
import type { ProviderShipment } from "../ports/shipping-provider.ts";
import { adoptPurchase, adoptVoid } from "./adopt.ts";
import { newShipment } from "./quote.ts";
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
  const known = run.input.record.shipments
    .filter((shipment) => shipment.fulfillmentOrderId === id)
    .sort((a, b) => a.generation - b.generation);
  let found = 0;
  let hasLive = false;
  // From the oldest on: what was voided makes room for what was bought after it.
  for (const shipment of known) {
    const { isBought, isNews } = await verifyKnown(run, shipment);
    hasLive ||= isBought;
    found += isNews ? 1 : 0;
  }
  // Beyond a live label there is none: a generation begins only when no earlier one is bought.
  return hasLive ? found : found + (await findUnknown(run, id, known.at(-1) ?? null));
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

/** Generations after the newest that the database knows. */
async function findUnknown(run: Run, id: FulfillmentOrderId, newest: ShipmentRecord | null): Promise<number> {
  const { context, input } = run;
  let found = 0;
  let unseen = 0;
  let generation = (newest?.generation ?? 0) + 1;
  for (; unseen < UNSEEN_IN_A_ROW && generation <= GENERATIONS_MAX; generation += 1) {
    const reference = referenceOf(input.shopId, shipmentId(id, ONLY_PARCEL, generation));
    const there = await context.provider.findShipment(reference);
    unseen = there === null ? unseen + 1 : 0;
    if (there !== null && there.purchase !== null) {
      const planned = forgottenShipment(run, id, generation, newest);
      await adoptPurchase(run, planned.id, there.id, there.purchase, planned);
      found += 1;
      if (!there.purchase.refunded) {
        break;
      }
    }
  }
  return found;
}

/**
 * The record of a shipment that the database does not know. What it was bought for is not to be learned from the provider,
 * so it is taken to be what the order says now; of what was shipped already, what its predecessor was for.
 */
function forgottenShipment(
  run: Run,
  id: FulfillmentOrderId,
  generation: number,
  newest: ShipmentRecord | null,
): ShipmentRecord {
  const { input } = run;
  const own = shipmentId(id, ONLY_PARCEL, generation);
  const identity = {
    shipmentId: own,
    fulfillmentOrderId: id,
    parcelNumber: ONLY_PARCEL,
    generation,
    reference: referenceOf(input.shopId, own),
  };
  const fulfillmentOrder = input.order.fulfillmentOrders.find((candidate) => candidate.id === id) ?? null;
  const contents = contentsOf(run, fulfillmentOrder, newest);
  return newShipment(run, { ...contents, ...identity });
}

function contentsOf(
  run: Run,
  fulfillmentOrder: FulfillmentOrder | null,
  newest: ShipmentRecord | null,
): Pick<ShipmentRecord, "fingerprint" | "lines" | "parcel"> {
  const { input } = run;
  if (fulfillmentOrder === null || fulfillmentOrder.destination === null) {
    const parcel = newest?.parcel ?? { preset: "unknown", lengthMm: 0, widthMm: 0, heightMm: 0, weightGrams: 0 };
    // Fits no order, so that nothing is shipped on it without a human.
    return { fingerprint: "unknown", lines: newest?.lines ?? [], parcel };
  }
  const replaced = isOver(fulfillmentOrder) && newest !== null ? { shipment: newest, fulfillmentId: "" } : null;
  return planShipment(input, fulfillmentOrder, null, replaced);
}
