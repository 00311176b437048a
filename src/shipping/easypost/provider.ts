/**
 * EasyPost as the shipping provider. One EasyPost shipment is our provider shipment: free when created, and able to hold
 * exactly one postage. That is what makes buying safe: after a lost answer the caller reads the shipment, and if it shows
 * no purchase, buying the SAME shipment again cannot pay twice (`SHIPMENT.POSTAGE.EXISTS`, `SHIPMENT.PURCHASE.IN_PROGRESS`).
 * Nothing is kept here; a crash at any point leaves only what EasyPost has.
 */
import { RemoteError, toOutcome } from "../../base/errors.ts";
import type { HttpCall } from "../../base/http.ts";
import type { Log } from "../../base/log.ts";
import type { Secret } from "../../base/secret.ts";
import type { Outcome } from "../../core/failure.ts";
import type { KeyKind } from "../../core/key-guard.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ProviderShipment, ShipmentRequest, ShippingProvider } from "../../ports/shipping-provider.ts";
import { shopCarrierName, trackingPage } from "../carrier-names.ts";
import { CARRIER_TIMEOUT_MS, createClient, type EasyPostClient, READ_TIMEOUT_MS } from "./client.ts";
import { unusable } from "./failures.ts";
import type { Fields } from "./fields.ts";
import { downloadLabel } from "./labels.ts";
import { buy, refund } from "./purchases.ts";
import { findShipment, readShipment, refreshRates } from "./shipments.ts";
import { toCheckpoints } from "./tracking.ts";
import { INSURANCE_TERMS, modeOf, toProviderShipment, toShipmentBody } from "./translate.ts";

export interface EasyPostOptions {
  /** With the version: `https://api.easypost.com/v2`. A slash at the end does not matter. */
  readonly baseUrl: string;
  /** Decides by itself whether everything happens in test or in earnest. */
  readonly apiKey: Secret;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: HTTP. */
  readonly call?: HttpCall;
}

/** Makes no call. May be made as often as wanted; instances share nothing. */
export function createEasyPost(options: EasyPostOptions): ShippingProvider {
  const client = createClient(options);
  return {
    name: "easypost",
    purchaseIsGuarded: true,
    keyKind: keyKindOf(options.apiKey),
    insurance: INSURANCE_TERMS,
    verify: () => verify(client),
    createShipment: (request) => attempt(options.log, () => createShipment(client, request)),
    findShipment: (reference) => findShipment(client, reference),
    readShipment: (id) => readShipment(client, id),
    refreshRates: (id) => refreshRates(client, id),
    buy: (id, rateId, insured = null) => attempt(options.log, () => buy(client, id, rateId, insured)),
    void: (id) => attempt(options.log, () => refund(client, id)),
    downloadLabel: (id, format) => downloadLabel(client, id, format),
    track: (parcel) => track(client, parcel),
    trackingPage,
    shopCarrierName,
  };
}

/** EasyPost writes it at the beginning of its keys; what begins otherwise (an older key) does not tell. */
function keyKindOf(key: Secret): KeyKind {
  const text = key.reveal();
  return text.startsWith("EZTK") ? "test" : text.startsWith("EZAK") ? "live" : "unknown";
}

/** The outcome of a write. What may have happened is worth a line in the log, with the id that EasyPost's support asks for. */
async function attempt<T>(log: Log, write: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { outcome: "done", value: await write() };
  } catch (error) {
    const outcome = toOutcome(error);
    if (outcome.outcome === "unknown" && error instanceof RemoteError) {
      const { operation, code, requestId } = error;
      log.warn("shipping call has an unknown outcome", { operation, code, requestId });
    }
    return outcome;
  }
}

/** Free, so a lost answer costs nothing; it leaves an object that `findShipment` finds. */
async function createShipment(client: EasyPostClient, request: ShipmentRequest): Promise<ProviderShipment> {
  const operation = "POST /shipments";
  const body = await client.post({
    operation,
    path: "/shipments",
    body: toShipmentBody(request),
    effect: "write",
    timeoutMs: CARRIER_TIMEOUT_MS,
  });
  const shipment = toProviderShipment(body);
  if (shipment === null) {
    throw unusable(operation, "outcome_unknown");
  }
  return shipment;
}

/** The list of shipments is the cheapest call that any key may make; its objects name the mode of the key. */
async function verify(client: EasyPostClient): Promise<{ readonly mode: "test" | "live" | "unknown" }> {
  const operation = "GET /shipments";
  const body = await client.get(operation, "/shipments?page_size=1&purchased=false");
  if (!Array.isArray(body["shipments"])) {
    throw unusable(operation, "malformed");
  }
  return { mode: modeOf(body, "shipments") };
}

/** By the tracker of the purchase; without one, or when it is gone, by number: that gives the same tracker each time. */
async function track(
  client: EasyPostClient,
  parcel: Parameters<ShippingProvider["track"]>[0],
): ReturnType<ShippingProvider["track"]> {
  const tracker = (await readTracker(client, parcel.trackerId)) ?? (await findTracker(client, parcel));
  const checkpoints = toCheckpoints(tracker);
  if (checkpoints === null) {
    throw unusable("GET /trackers/{id}", "malformed");
  }
  return checkpoints;
}

async function readTracker(client: EasyPostClient, trackerId: string | null): Promise<Fields | null> {
  if (trackerId === null) {
    return null;
  }
  try {
    return await client.get("GET /trackers/{id}", `/trackers/${encodeURIComponent(trackerId)}`);
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "missing") {
      return null;
    }
    throw error;
  }
}

function findTracker(
  client: EasyPostClient,
  parcel: { readonly trackingNumber: string; readonly carrier: string },
): Promise<Fields> {
  return client.post({
    operation: "POST /trackers",
    path: "/trackers",
    body: { tracker: { tracking_code: parcel.trackingNumber, carrier: parcel.carrier } },
    effect: "read",
    timeoutMs: READ_TIMEOUT_MS,
  });
}
