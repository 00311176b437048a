/** Following parcels: trackers that a purchase made, and trackers that someone asks for by code. */
import { DAY_MS } from "../../core/time.ts";
import { type JsonObject, objectAt, textAt } from "./body.ts";
import { ApiRefusal, notFound, parameterRequired } from "./errors.ts";
import { detectCarrier } from "./ids.ts";
import { scanFor, type TrackerStatus, testJourney } from "./journeys.ts";
import { stopTracker, type Tracker, type World } from "./state.ts";

/** Within this, the same code and carrier give the original tracker (EasyPost docs/trackers, read 2026-11-22). */
const SAME_TRACKER_MS = 90 * DAY_MS;

/** Registers a tracker; its creation and each later step are told to webhooks. */
export function addTracker(world: World, tracker: Tracker): void {
  world.trackers.set(tracker.id, tracker);
  world.trackerIdByCode.set(codeKey(tracker.carrier, tracker.trackingCode), tracker.id);
  world.travelling.add(tracker.id);
}

/**
 * POST /v2/trackers: the existing tracker of that code and carrier, or a new one. In test mode only the API's test codes
 * and codes bought here are known. Throws `ApiRefusal` 422.
 */
export function createTracker(
  world: World,
  body: JsonObject,
): { readonly tracker: Tracker; readonly created: boolean } {
  const input = objectAt(body, "tracker") ?? {};
  const trackingCode = textAt(input, "tracking_code");
  if (trackingCode === null) {
    throw parameterRequired("tracking_code");
  }
  const carrier = textAt(input, "carrier") ?? detectCarrier(trackingCode);
  if (carrier === null) {
    throw new ApiRefusal(422, "TRACKER.NO_CARRIER_FOR_CODE", "No carrier could be found for this tracking code.");
  }
  const now = world.clock.now();
  const known = world.trackers.get(world.trackerIdByCode.get(codeKey(carrier, trackingCode)) ?? "");
  if (known !== undefined && now - known.createdAt <= SAME_TRACKER_MS) {
    return { tracker: known, created: false };
  }
  const steps = testJourney(trackingCode, now);
  if (steps === null && world.mode === "test") {
    throw new ApiRefusal(422, "TRACKER.INVALID_TEST_CODE", "The tracking code is not one of the test codes.");
  }
  const tracker: Tracker = {
    id: world.ids.next("trk"),
    createdAt: now,
    trackingCode,
    carrier,
    service: null,
    shipmentId: null,
    isReturn: false,
    weightOunces: null,
    origin: null,
    destination: null,
    steps: steps ?? [],
    createdAnnounced: false,
    // What happened before the tracker existed is in its first event and gets none of its own.
    announced: steps?.length ?? 0,
  };
  addTracker(world, tracker);
  return { tracker, created: true };
}

/** Throws `ApiRefusal` 404. */
export function findTracker(world: World, id: string): Tracker {
  const tracker = world.trackers.get(id);
  if (tracker === undefined) {
    throw notFound();
  }
  return tracker;
}

/** Puts a parcel into `status` now; what its journey still held is dropped. For tests that want to drive by hand. */
export function forceStatus(world: World, tracker: Tracker, status: TrackerStatus): void {
  const now = world.clock.now();
  stopTracker(tracker, now);
  tracker.steps.push({ ...scanFor(status), at: now });
  world.travelling.add(tracker.id);
}

function codeKey(carrier: string, trackingCode: string): string {
  return `${carrier.toLowerCase()}/${trackingCode}`;
}
