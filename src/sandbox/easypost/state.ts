/**
 * What the fake account holds: shipments, trackers, webhook subscriptions, and the ledger.
 *
 * A shipment is created with rates and costs nothing. `purchasing` is set while a purchase waits for its carrier; then
 * `purchase` is filled once, together with its tracker and one ledger entry, in one turn of the event loop: there is no
 * moment at which one is there without the other. A refund is `rejected` at once when the parcel has been scanned, else
 * `submitted`, and becomes `refunded` when its time has come; `settleRefunds` notes that whenever someone looks.
 * Nothing is stored outside memory: when the process ends, the account is gone, ledger included. Nothing is deleted
 * either, so memory grows with the number of shipments; that is meant for demos and tests.
 */
import type { DurationMs, Instant } from "../../core/time.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { Faults } from "../faults.ts";
import type { JsonObject } from "./body.ts";
import type { Ids } from "./ids.ts";
import type { JourneyMix, JourneyStep } from "./journeys.ts";
import type { Ledger } from "./ledger.ts";
import type { RateMessage, RatingInput } from "./rates.ts";

export type Mode = "test" | "production";
export type LabelFormat = "PNG" | "PDF" | "ZPL";

export interface Address {
  readonly id: string;
  readonly createdAt: Instant;
  readonly name: string | null;
  readonly company: string | null;
  readonly street1: string | null;
  readonly street2: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly zip: string | null;
  readonly country: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly residential: boolean | null;
}

export interface Parcel {
  readonly id: string;
  readonly createdAt: Instant;
  readonly lengthInches: number | null;
  readonly widthInches: number | null;
  readonly heightInches: number | null;
  readonly predefinedPackage: string | null;
  readonly weightOunces: number;
}

export interface CustomsItem {
  readonly id: string;
  readonly fields: JsonObject;
}

export interface CustomsInfo {
  readonly id: string;
  readonly createdAt: Instant;
  readonly fields: JsonObject;
  readonly items: readonly CustomsItem[];
}

export interface Rate {
  readonly id: string;
  readonly createdAt: Instant;
  readonly shipmentId: string;
  readonly carrier: string;
  readonly carrierAccountId: string;
  readonly service: string;
  readonly amountMinor: number;
  readonly retailMinor: number;
  readonly listMinor: number;
  readonly days: number;
}

/** Money that moved. Written once and never changed, but for label formats that were asked for later. */
export interface Purchase {
  readonly at: Instant;
  readonly rate: Rate;
  readonly trackingCode: string;
  readonly trackerId: string;
  readonly labelId: string;
  readonly labelFormat: LabelFormat;
  /** File names without ending, by format; those of other formats appear when a conversion is asked for. */
  readonly labelFiles: Map<LabelFormat, string>;
}

export interface Refund {
  readonly status: "submitted" | "refunded" | "rejected";
  /** When a submitted refund is paid out. */
  readonly dueAt: Instant;
}

export interface Shipment {
  readonly id: string;
  readonly createdAt: Instant;
  updatedAt: Instant;
  readonly reference: string | null;
  readonly isReturn: boolean;
  readonly from: Address;
  readonly to: Address;
  readonly returnTo: Address;
  readonly buyer: Address;
  readonly parcel: Parcel;
  readonly customsInfo: CustomsInfo | null;
  readonly options: JsonObject;
  readonly taxIdentifiers: readonly JsonObject[];
  readonly carrierAccountIds: readonly string[];
  rates: readonly Rate[];
  messages: readonly RateMessage[];
  insuranceMinor: number | null;
  purchasing: boolean;
  purchase: Purchase | null;
  refund: Refund | null;
}

export interface Tracker {
  readonly id: string;
  readonly createdAt: Instant;
  readonly trackingCode: string;
  readonly carrier: string;
  readonly service: string | null;
  readonly shipmentId: string | null;
  readonly isReturn: boolean;
  readonly weightOunces: number | null;
  readonly origin: Address | null;
  readonly destination: Address | null;
  /** In order of time; those after now have not happened. */
  steps: JourneyStep[];
  /** Whether `tracker.created` was told to webhooks, and how many steps were. */
  createdAnnounced: boolean;
  announced: number;
}

export interface WebhookSubscription {
  readonly id: string;
  readonly createdAt: Instant;
  readonly url: string;
  secret: string | null;
  customHeaders: readonly { readonly name: string; readonly value: string }[];
  disabledAt: Instant | null;
  failuresInARow: number;
}

/** `bought`: the money moves and the answer says it may not have. `not_bought`: the same answer, and nothing happened. */
export type NoResponseMode = "never" | "bought" | "not_bought";

/** What a predicate for "no carrier can take this" gets to see. */
export interface RatingQuestion extends RatingInput {
  readonly reference: string | null;
}

export interface Switches {
  fundsOk: boolean;
  keyValid: boolean;
  noResponse: NoResponseMode;
  /** How many more purchases `noResponse` strikes. */
  noResponseLeft: number;
  noRates: ((question: RatingQuestion) => boolean) | null;
}

/** Everything a handler works with. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: Faults;
  readonly ids: Ids;
  readonly mode: Mode;
  readonly apiKey: string;
  readonly userId: string;
  readonly stepMs: DurationMs;
  readonly purchaseMs: DurationMs;
  readonly refundMs: DurationMs;
  readonly webhookRetryMs: DurationMs;
  readonly journeyMix: JourneyMix;
  readonly switches: Switches;
  readonly ledger: Ledger;
  /** All in order of creation. */
  readonly shipments: Map<string, Shipment>;
  readonly trackers: Map<string, Tracker>;
  readonly webhooks: Map<string, WebhookSubscription>;
  /** The latest shipment of each reference: the API does not enforce that references are unique. */
  readonly shipmentIdByReference: Map<string, string>;
  readonly trackerIdByCode: Map<string, string>;
  readonly shipmentIdByLabelFile: Map<string, string>;
  /** Trackers that have steps to tell. */
  readonly travelling: Set<string>;
  readonly refundsDue: Set<string>;
}

/** The steps that have happened by `now`. */
export function reachedSteps(tracker: Tracker, now: Instant): readonly JourneyStep[] {
  return tracker.steps.filter((step) => step.at <= now);
}

/** Drops what has not happened: a refunded label does not travel. */
export function stopTracker(tracker: Tracker, now: Instant): void {
  tracker.steps = tracker.steps.filter((step) => step.at <= now);
}

/** Pays out the refunds whose time has come, each with its ledger entry. May be called at any time, any number of times. */
export function settleRefunds(world: World): void {
  const now = world.clock.now();
  for (const shipmentId of world.refundsDue) {
    const shipment = world.shipments.get(shipmentId);
    const refund = shipment?.refund ?? null;
    if (shipment === undefined || shipment.purchase === null || refund?.status !== "submitted") {
      world.refundsDue.delete(shipmentId);
      continue;
    }
    if (refund.dueAt > now) {
      continue;
    }
    world.refundsDue.delete(shipmentId);
    shipment.refund = { ...refund, status: "refunded" };
    shipment.updatedAt = refund.dueAt;
    const { trackingCode } = shipment.purchase;
    world.ledger.addRefund({ at: refund.dueAt, shipmentId, trackingCode, status: "refunded" });
  }
}
