/**
 * What happens to a parcel, decided once and read off the clock. A journey is a list of steps with instants; where the
 * parcel is now is the last step whose instant has passed. Nothing moves by itself, so moving the clock moves the parcel.
 * Statuses and details are the API's (`TTrackerStatus`, `TTrackerStatusDetail` of @easypost/api 8.9.0).
 */
import { DAY_MS, type DurationMs, type Instant } from "../../core/time.ts";
import type { Random } from "../../ports/clock.ts";

export type TrackerStatus =
  | "unknown"
  | "pre_transit"
  | "in_transit"
  | "out_for_delivery"
  | "delivered"
  | "available_for_pickup"
  | "return_to_sender"
  | "failure"
  | "cancelled"
  | "error";

/** Where a scan happens. */
export type Scene = "nowhere" | "origin" | "hub" | "destination";

export interface Scan {
  readonly status: TrackerStatus;
  readonly detail: string;
  readonly message: string;
  readonly scene: Scene;
}

export interface JourneyStep extends Scan {
  readonly at: Instant;
}

/** How many parcels of a hundred go wrong, as probabilities 0 to 1. The rest is delivered without a hitch. */
export interface JourneyMix {
  /** Ends in `failure`. */
  readonly failed: number;
  /** Ends in `return_to_sender`. */
  readonly returned: number;
  /** Has a `delayed` scan on the way, whatever its end. */
  readonly delayed: number;
}

export const USUAL_MIX: JourneyMix = { failed: 0.02, returned: 0.02, delayed: 0.05 };

const LABEL_CREATED: Scan = {
  status: "pre_transit",
  detail: "label_created",
  message: "Shipping Label Created, Awaiting Item",
  scene: "nowhere",
};
const ACCEPTED: Scan = {
  status: "in_transit",
  detail: "received_at_origin_facility",
  message: "Accepted at Origin Facility",
  scene: "origin",
};
const DEPARTED: Scan = {
  status: "in_transit",
  detail: "departed_facility",
  message: "Departed Regional Facility",
  scene: "hub",
};
const DELAYED: Scan = {
  status: "in_transit",
  detail: "delayed",
  message: "In Transit to Next Facility, Arriving Late",
  scene: "hub",
};
const ARRIVED: Scan = {
  status: "in_transit",
  detail: "received_at_destination_facility",
  message: "Arrived at Destination Facility",
  scene: "destination",
};
const OUT_FOR_DELIVERY: Scan = {
  status: "out_for_delivery",
  detail: "out_for_delivery",
  message: "Out for Delivery",
  scene: "destination",
};
const DELIVERED: Scan = {
  status: "delivered",
  detail: "arrived_at_destination",
  message: "Delivered, In/At Mailbox",
  scene: "destination",
};
const FAILED: Scan = {
  status: "failure",
  detail: "failure",
  message: "Delivery Failed, No Access to Delivery Location",
  scene: "destination",
};
const RETURNED: Scan = {
  status: "return_to_sender",
  detail: "return",
  message: "Return to Sender Processed",
  scene: "destination",
};

/**
 * The scans of one parcel. Draws exactly two numbers, so that a change of the mix moves no other draw; failure is looked
 * at before return.
 */
export function drawJourney(random: Random, mix: JourneyMix): readonly Scan[] {
  const fate = random.next();
  const late = random.next() < mix.delayed;
  const end = fate < mix.failed ? FAILED : fate < mix.failed + mix.returned ? RETURNED : DELIVERED;
  return [LABEL_CREATED, ACCEPTED, DEPARTED, ...(late ? [DELAYED] : []), ARRIVED, OUT_FOR_DELIVERY, end];
}

/** The scans at even distances after `from`: the first one `stepMs` later. */
export function schedule(scans: readonly Scan[], from: Instant, stepMs: DurationMs): JourneyStep[] {
  return scans.map((scan, index) => ({ ...scan, at: from + (index + 1) * stepMs }));
}

/** A scan for a status that someone forces by the control API. */
export function scanFor(status: TrackerStatus): Scan {
  const known = [LABEL_CREATED, ACCEPTED, OUT_FOR_DELIVERY, DELIVERED, FAILED, RETURNED];
  const scan = known.find((candidate) => candidate.status === status);
  return scan ?? { status, detail: "status_update", message: "Status Updated", scene: "destination" };
}

/**
 * The API's test tracking codes and the states they are stuck in. The first is recorded, the fourth is in EasyPost's own
 * webhook example; the others are its known series. `null` for any other code.
 */
export function testJourney(trackingCode: string, now: Instant): JourneyStep[] | null {
  const scans = TEST_JOURNEYS[trackingCode];
  return scans === undefined ? null : schedule(scans, now - 30 * DAY_MS, DAY_MS);
}

const TEST_JOURNEYS: Readonly<Record<string, readonly Scan[]>> = {
  EZ1000000001: [
    { ...LABEL_CREATED, detail: "status_update", message: "Pre-Shipment Info Sent to USPS" },
    { ...LABEL_CREATED, detail: "status_update", message: "Shipping Label Created", scene: "origin" },
  ],
  EZ2000000002: [LABEL_CREATED, ACCEPTED, DEPARTED],
  EZ3000000003: [LABEL_CREATED, ACCEPTED, ARRIVED, OUT_FOR_DELIVERY],
  EZ4000000004: [LABEL_CREATED, ACCEPTED, ARRIVED, OUT_FOR_DELIVERY, DELIVERED],
  EZ5000000005: [LABEL_CREATED, ACCEPTED, ARRIVED, RETURNED],
  EZ6000000006: [LABEL_CREATED, ACCEPTED, ARRIVED, FAILED],
  EZ7000000007: [],
};
