/**
 * Buying and refunding. One shipment holds one postage: the guard against a second purchase is `shipment.purchase`, the
 * guard against two at the same time is `shipment.purchasing`, and both are looked at and set without giving up control
 * in between. The ledger entry is written in the same turn as the purchase, so an answer that gets lost afterwards leaves
 * exactly what a real provider would have: a label that was paid for.
 */
import { asObject, type JsonObject, numberAt, textAt } from "./body.ts";
import { ApiRefusal, parameterRequired, paymentRequired, purchaseRefused } from "./errors.ts";
import { drawJourney, schedule } from "./journeys.ts";
import { insuranceFee } from "./serialize.ts";
import { readLabelFormat } from "./shipments.ts";
import {
  type LabelFormat,
  type Purchase,
  type Rate,
  reachedSteps,
  type Shipment,
  stopTracker,
  type Tracker,
  type World,
} from "./state.ts";
import { addTracker } from "./trackers.ts";

/**
 * POST /v2/shipments/{id}/buy. Fills `shipment.purchase` at most once, whatever is sent how often. Throws `ApiRefusal`:
 * 402 without funds, else 422 with a code; after `SHIPMENT.POSTAGE.NO_RESPONSE` the purchase may or may not be there.
 */
export async function buyShipment(world: World, shipment: Shipment, body: JsonObject): Promise<void> {
  if (shipment.purchase !== null) {
    throw purchaseRefused("SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment.");
  }
  if (shipment.purchasing) {
    throw purchaseRefused("SHIPMENT.PURCHASE.IN_PROGRESS", "A purchase of this shipment is in progress.");
  }
  const rate = chooseRate(shipment, body);
  const insuranceMinor = readInsurance(body);
  if (!world.switches.fundsOk) {
    throw paymentRequired();
  }
  const noResponse = takeNoResponse(world);
  shipment.purchasing = true;
  try {
    if (world.purchaseMs > 0) {
      await world.clock.sleep(world.purchaseMs);
    }
    if (noResponse !== "not_bought") {
      shipment.insuranceMinor = insuranceMinor;
      purchase(world, shipment, rate);
    }
  } finally {
    shipment.purchasing = false;
  }
  if (noResponse !== "never") {
    throw purchaseRefused("SHIPMENT.POSTAGE.NO_RESPONSE", "The carrier did not respond in time.");
  }
}

/**
 * The second half of a one-call buy, POST /v2/shipments with `service`: buys that service of a shipment just created.
 * Throws `ApiRefusal`; the shipment then stays without postage.
 */
export async function buyService(world: World, shipment: Shipment, service: string): Promise<void> {
  const rate = shipment.rates.find((candidate) => candidate.service === service);
  if (rate === undefined) {
    throw purchaseRefused("SHIPMENT.RATES.UNAVAILABLE", "No rate of that service is available.");
  }
  await buyShipment(world, shipment, { rate: { id: rate.id } });
}

/**
 * POST /v2/shipments/{id}/refund. `rejected` once the parcel has been scanned (and may be tried again, with the same
 * result), else `submitted`, paid out `refundMs` later; the label then travels no further. Throws `ApiRefusal` when there
 * is nothing to refund: no postage, or a refund under way. The API's own answer to a repeat is not recorded.
 */
export function refundShipment(world: World, shipment: Shipment): void {
  const bought = shipment.purchase;
  if (bought === null) {
    throw new ApiRefusal(422, "SHIPMENT.REFUND.UNAVAILABLE", "Refund is not available. There is no postage.");
  }
  if (shipment.refund !== null && shipment.refund.status !== "rejected") {
    throw new ApiRefusal(422, "SHIPMENT.REFUND.UNAVAILABLE", "Refund is not available. It was requested before.");
  }
  const now = world.clock.now();
  const tracker = world.trackers.get(bought.trackerId);
  const scanned =
    tracker !== undefined &&
    reachedSteps(tracker, now).some((step) => !["unknown", "pre_transit"].includes(step.status));
  const status = scanned ? "rejected" : "submitted";
  shipment.refund = { status, dueAt: now + world.refundMs };
  shipment.updatedAt = now;
  world.ledger.addRefund({ at: now, shipmentId: shipment.id, trackingCode: bought.trackingCode, status });
  if (status === "submitted") {
    world.refundsDue.add(shipment.id);
    if (tracker !== undefined) {
      stopTracker(tracker, now);
    }
  }
}

/**
 * GET /v2/shipments/{id}/label?file_format=: adds the label in another format. Only labels bought as PNG can be converted
 * (@easypost/api 8.9.0, Shipment.convertLabelFormat). Throws `ApiRefusal`.
 */
export function convertLabel(world: World, shipment: Shipment, fileFormat: string | null): void {
  if (shipment.purchase === null) {
    throw purchaseRefused("SHIPMENT.POSTAGE.REQUIRED", "The shipment has no postage.");
  }
  const format = (fileFormat ?? "").toUpperCase();
  if (format !== "PNG" && format !== "PDF" && format !== "ZPL") {
    throw purchaseRefused("SHIPMENT.POSTAGE.INVALID_FORMAT", "The label format is invalid.");
  }
  if (shipment.purchase.labelFormat !== "PNG" && shipment.purchase.labelFormat !== format) {
    throw purchaseRefused("SHIPMENT.POSTAGE.FORMAT_UNAVAILABLE", "Only PNG labels can be converted.");
  }
  if (!shipment.purchase.labelFiles.has(format)) {
    shipment.purchase.labelFiles.set(format, addLabelFile(world, shipment));
    shipment.updatedAt = world.clock.now();
  }
}

function chooseRate(shipment: Shipment, body: JsonObject): Rate {
  const rateId = textAt(asObject(body["rate"]) ?? {}, "id");
  if (rateId === null) {
    throw parameterRequired("rate");
  }
  const rate = shipment.rates.find((candidate) => candidate.id === rateId);
  if (rate === undefined) {
    throw purchaseRefused("SHIPMENT.MISSING_RATE", "The rate is not one of this shipment.");
  }
  return rate;
}

/** What EasyPost insures at most is not in its documents; a reseller of it names 5,000 dollars. */
const INSURED_MAX_CENTS = 500_000;

/** Throws `ApiRefusal` before anything is sold. A nought is no insurance, as recorded. */
function readInsurance(body: JsonObject): number | null {
  if (body["insurance"] === undefined || body["insurance"] === null) {
    return null;
  }
  const dollars = numberAt(body, "insurance");
  if (dollars === null || dollars < 0) {
    throw purchaseRefused("INSURANCE.PARAMETERS.INVALID", "The amount to insure is not a number.");
  }
  const cents = Math.round(dollars * 100);
  if (cents > INSURED_MAX_CENTS) {
    throw purchaseRefused("INSURANCE.AMOUNT.ABOVE_MAXIMUM", "The amount to insure is above the maximum.");
  }
  return cents === 0 ? null : cents;
}

function takeNoResponse(world: World): World["switches"]["noResponse"] {
  const { switches } = world;
  if (switches.noResponse === "never" || switches.noResponseLeft <= 0) {
    return "never";
  }
  switches.noResponseLeft -= 1;
  return switches.noResponse;
}

/** The money moves here, all at once. */
function purchase(world: World, shipment: Shipment, rate: Rate): void {
  const now = world.clock.now();
  const trackingCode = world.ids.trackingCode(rate.carrier);
  const labelFormat: LabelFormat = readLabelFormat(shipment.options);
  const tracker: Tracker = {
    id: world.ids.next("trk"),
    createdAt: now,
    trackingCode,
    carrier: rate.carrier,
    service: rate.service,
    shipmentId: shipment.id,
    isReturn: shipment.isReturn,
    weightOunces: shipment.parcel.weightOunces,
    // A return label is bought for the same addresses and drives the other way.
    origin: shipment.isReturn ? shipment.to : shipment.from,
    destination: shipment.isReturn ? shipment.from : shipment.to,
    steps: schedule(drawJourney(world.random, world.journeyMix), now, world.stepMs),
    createdAnnounced: false,
    announced: 0,
  };
  const bought: Purchase = {
    at: now,
    rate,
    trackingCode,
    trackerId: tracker.id,
    labelId: world.ids.next("pl"),
    labelFormat,
    labelFiles: new Map([[labelFormat, addLabelFile(world, shipment)]]),
  };
  shipment.purchase = bought;
  shipment.updatedAt = now;
  addTracker(world, tracker);
  world.ledger.addPurchase({
    at: now,
    shipmentId: shipment.id,
    reference: shipment.reference,
    trackingCode,
    trackerId: tracker.id,
    carrier: rate.carrier,
    service: rate.service,
    rateId: rate.id,
    amountMinor: rate.amountMinor,
    insuredMinor: shipment.insuranceMinor ?? 0,
    insuranceFeeMinor: Math.ceil(insuranceFee(shipment.insuranceMinor) * 100),
    currency: "USD",
  });
}

function addLabelFile(world: World, shipment: Shipment): string {
  const file = world.ids.hex();
  world.shipmentIdByLabelFile.set(file, shipment.id);
  return file;
}
