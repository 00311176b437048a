/** Trackers as the API writes them, as they stood at an instant. */
import { formatInstant, type Instant } from "../../core/time.ts";
import type { JourneyStep } from "./journeys.ts";
import { type Address, reachedSteps, type Tracker, type World } from "./state.ts";

/** Seconds, as nearly all times of the API: `2025-05-09T20:40:08Z`. */
export function formatSeconds(at: Instant): string {
  return formatInstant(at).replace(/\.\d+Z$/, "Z");
}

/** The tracker as it stood at `at`, in the form that shipments carry. */
export function serializeTracker(tracker: Tracker, world: World, at: Instant): Record<string, unknown> {
  const steps = reachedSteps(tracker, at);
  const last = steps.at(-1);
  const { status, detail } = trackerStatus(tracker, at);
  const travels = status !== "unknown" && status !== "pre_transit";
  return {
    id: tracker.id,
    object: "Tracker",
    mode: world.mode,
    tracking_code: tracker.trackingCode,
    status,
    status_detail: detail,
    created_at: formatSeconds(tracker.createdAt),
    updated_at: formatSeconds(Math.max(tracker.createdAt, last?.at ?? 0)),
    signed_by: null,
    weight: travels ? tracker.weightOunces : null,
    est_delivery_date: last === undefined ? null : formatSeconds(tracker.steps.at(-1)?.at ?? last.at),
    shipment_id: tracker.shipmentId,
    carrier: tracker.carrier,
    tracking_details: steps.map((step) => serializeStep(step, tracker)),
    fees: [],
    carrier_detail: last === undefined ? null : serializeCarrierDetail(tracker),
    public_url: `https://track.easypost.com/${Buffer.from(`v1:${tracker.id}`).toString("base64url")}`,
  };
}

/** The tracker as the tracker endpoints and webhooks send it: three keys more than inside a shipment. */
export function serializeWholeTracker(tracker: Tracker, world: World, at: Instant): Record<string, unknown> {
  const { status } = trackerStatus(tracker, at);
  return {
    ...serializeTracker(tracker, world, at),
    finalized: tracker.shipmentId === null || ["delivered", "return_to_sender", "failure"].includes(status),
    is_return: tracker.isReturn,
    delivery_evidence: [],
  };
}

/** Where the parcel is at `at`: `unknown` before its first step. */
export function trackerStatus(tracker: Tracker, at: Instant): { readonly status: string; readonly detail: string } {
  const last = reachedSteps(tracker, at).at(-1);
  return { status: last?.status ?? "unknown", detail: last?.detail ?? "unknown" };
}

function serializeStep(step: JourneyStep, tracker: Tracker): Record<string, unknown> {
  return {
    object: "TrackingDetail",
    message: step.message,
    description: null,
    status: step.status,
    status_detail: step.detail,
    datetime: formatSeconds(step.at),
    source: tracker.carrier,
    carrier_code: null,
    tracking_location: serializePlace(placeOf(step, tracker)),
    est_delivery_date: null,
  };
}

function placeOf(step: JourneyStep, tracker: Tracker): Address | null {
  switch (step.scene) {
    case "nowhere":
      return null;
    case "origin":
    case "hub":
      return tracker.origin;
    case "destination":
      return tracker.destination;
  }
}

function serializePlace(place: Address | null): Record<string, unknown> {
  return {
    object: "TrackingLocation",
    city: place?.city ?? null,
    state: place?.state ?? null,
    country: place?.country ?? null,
    zip: place?.zip ?? null,
  };
}

function serializeCarrierDetail(tracker: Tracker): Record<string, unknown> {
  return {
    object: "CarrierDetail",
    service: tracker.service,
    container_type: null,
    est_delivery_date_local: null,
    est_delivery_time_local: null,
    origin_location: formatPlace(tracker.origin),
    origin_tracking_location: serializePlace(tracker.origin),
    destination_location: formatPlace(tracker.destination),
    destination_tracking_location: null,
    guaranteed_delivery_date: null,
    alternate_identifier: null,
    initial_delivery_attempt: null,
  };
}

/** `HOUSTON TX, 77001`. */
function formatPlace(place: Address | null): string | null {
  return place === null ? null : `${place.city ?? ""} ${place.state ?? ""}, ${place.zip ?? ""}`;
}
