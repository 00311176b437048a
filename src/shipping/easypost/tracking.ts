/**
 * What EasyPost says about a parcel, in our words: one table from (status, detail) to `TrackingStatus`. Pure.
 * Words of the API: `TTrackerStatus` and `TTrackerStatusDetail` of @easypost/api 8.9.0, read 2026-11-22.
 */
import type { TrackingCheckpoint } from "../../core/shipment.ts";
import type { TrackingStatus } from "../../core/status.ts";
import { type Instant, parseInstant } from "../../core/time.ts";
import { type Fields, listAt, textAt } from "./fields.ts";

/** By status alone. `error` is trouble of EasyPost's look-up, not of the parcel. */
const BY_STATUS: Readonly<Record<string, TrackingStatus>> = {
  unknown: "unknown",
  error: "unknown",
  pre_transit: "pre_transit",
  in_transit: "in_transit",
  out_for_delivery: "out_for_delivery",
  available_for_pickup: "ready_for_pickup",
  delivered: "delivered",
  return_to_sender: "returning",
  failure: "failed",
  cancelled: "cancelled",
};

/** Details that say more than `in_transit`. `received_at_origin_facility` only as the first such scan, see below. */
const IN_TRANSIT_DETAILS: Readonly<Record<string, TrackingStatus>> = {
  received_at_origin_facility: "accepted",
  delayed: "delayed",
  weather_delay: "delayed",
  transit_exception: "delayed",
  held: "delayed",
  missorted: "delayed",
  address_correction: "delayed",
  awaiting_information: "delayed",
  delivery_exception: "delayed",
};

/** Details that outweigh any status of a parcel that is still on its way. An end that the status states stays the end. */
const DETAILS_OF_ANY_STATUS: Readonly<Record<string, TrackingStatus>> = {
  arrived_at_pickup_location: "ready_for_pickup",
  lost: "failed",
};
const ON_ITS_WAY: ReadonlySet<TrackingStatus> = new Set([
  "pre_transit",
  "in_transit",
  "out_for_delivery",
  "ready_for_pickup",
]);

/** One report of a carrier. Words that we do not know are `unknown` (status) or say nothing more (detail). */
export function toTrackingStatus(status: string, detail: string | null): TrackingStatus {
  const byStatus = own(BY_STATUS, status) ?? "unknown";
  if (detail === null || !ON_ITS_WAY.has(byStatus)) {
    return byStatus;
  }
  const byDetail = byStatus === "in_transit" ? own(IN_TRANSIT_DETAILS, detail) : null;
  return own(DETAILS_OF_ANY_STATUS, detail) ?? byDetail ?? byStatus;
}

/** A table's own entry: `constructor` is a word that a carrier could send as well. */
function own(table: Readonly<Record<string, TrackingStatus>>, word: string): TrackingStatus | null {
  return Object.hasOwn(table, word) ? (table[word] ?? null) : null;
}

/**
 * Everything a tracker knows, oldest first, without what says nothing (`unknown`, `error`) and what has no time. A later
 * `accepted` is an ordinary scan on the way. When the tracker itself is further than its details (some carriers send
 * none), its own status counts, at its last change. Trackers of return labels say nothing about the parcel that we sent:
 * empty. `null` when the answer is no tracker.
 */
export function toCheckpoints(tracker: Fields): readonly TrackingCheckpoint[] | null {
  if (textAt(tracker, "id") === null) {
    return null;
  }
  if (tracker["is_return"] === true) {
    return [];
  }
  const scans = listAt(tracker, "tracking_details")
    .flatMap((entry) => toCheckpoint(entry, "datetime"))
    .sort((a, b) => a.at - b.at);
  const current = toCheckpoint(tracker, "updated_at").filter(
    ({ status }) => !scans.some((scan) => scan.status === status),
  );
  return firstAcceptance([...scans, ...current]);
}

function toCheckpoint(entry: Fields, timeField: string): readonly TrackingCheckpoint[] {
  const status = toTrackingStatus(textAt(entry, "status") ?? "unknown", textAt(entry, "status_detail"));
  const at = readInstant(textAt(entry, timeField));
  return status === "unknown" || at === null ? [] : [{ status, at }];
}

/** A parcel is handed over once: only a scan with nothing but the label's announcement before it is the acceptance. */
function firstAcceptance(checkpoints: readonly TrackingCheckpoint[]): readonly TrackingCheckpoint[] {
  const firstScan = checkpoints.findIndex(({ status }) => status !== "pre_transit");
  return checkpoints.map((checkpoint, index) =>
    checkpoint.status === "accepted" && index !== firstScan ? { ...checkpoint, status: "in_transit" } : checkpoint,
  );
}

/** EasyPost's times carry a zone (`Z`); one without is taken as UTC and never as the zone of this machine. */
function readInstant(text: string | null): Instant | null {
  const hasTimeWithoutZone = text !== null && /T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text);
  return parseInstant(hasTimeWithoutZone ? `${text}Z` : text);
}
