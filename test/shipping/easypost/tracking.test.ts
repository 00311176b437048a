import { describe, expect, it } from "vitest";
import { toCheckpoints, toTrackingStatus } from "../../../src/shipping/easypost/tracking.ts";

/** Every cell of the EasyPost column: [status, detail, ours]. */
const CELLS: readonly (readonly [string, string | null, string])[] = [
  ["pre_transit", null, "pre_transit"],
  ["pre_transit", "status_update", "pre_transit"],
  ["pre_transit", "label_created", "pre_transit"],
  ["in_transit", "received_at_origin_facility", "accepted"],
  ["in_transit", null, "in_transit"],
  ["in_transit", "arrived_at_facility", "in_transit"],
  ["in_transit", "departed_facility", "in_transit"],
  ["in_transit", "departed_origin_facility", "in_transit"],
  ["in_transit", "received_at_destination_facility", "in_transit"],
  ["in_transit", "transferred_to_destination_carrier", "in_transit"],
  ["in_transit", "in_transit", "in_transit"],
  ["in_transit", "unknown", "in_transit"],
  ["in_transit", "damaged", "in_transit"],
  ["in_transit", "delayed", "delayed"],
  ["in_transit", "weather_delay", "delayed"],
  ["in_transit", "transit_exception", "delayed"],
  ["in_transit", "held", "delayed"],
  ["in_transit", "missorted", "delayed"],
  ["in_transit", "address_correction", "delayed"],
  ["in_transit", "awaiting_information", "delayed"],
  ["in_transit", "delivery_exception", "delayed"],
  ["out_for_delivery", null, "out_for_delivery"],
  ["out_for_delivery", "out_for_delivery", "out_for_delivery"],
  ["available_for_pickup", null, "ready_for_pickup"],
  ["available_for_pickup", "arrived_at_destination", "ready_for_pickup"],
  ["in_transit", "arrived_at_pickup_location", "ready_for_pickup"],
  ["out_for_delivery", "arrived_at_pickup_location", "ready_for_pickup"],
  ["pre_transit", "arrived_at_pickup_location", "ready_for_pickup"],
  ["delivered", null, "delivered"],
  ["delivered", "arrived_at_destination", "delivered"],
  ["delivered", "arrived_at_pickup_location", "delivered"],
  ["return_to_sender", null, "returning"],
  ["return_to_sender", "return", "returning"],
  ["return_to_sender", "refused", "returning"],
  ["failure", null, "failed"],
  ["failure", "damaged", "failed"],
  ["failure", "lost", "failed"],
  ["in_transit", "lost", "failed"],
  ["out_for_delivery", "lost", "failed"],
  ["cancelled", null, "cancelled"],
  ["cancelled", "cancelled", "cancelled"],
  ["unknown", null, "unknown"],
  ["unknown", "unknown", "unknown"],
  ["error", null, "unknown"],
  ["error", "lost", "unknown"],
  ["teleported", null, "unknown"],
  ["teleported", "delivered", "unknown"],
  ["constructor", "constructor", "unknown"],
  ["in_transit", "constructor", "in_transit"],
  ["in_transit", "a_word_of_next_year", "in_transit"],
];

describe("toTrackingStatus", () => {
  it.each(CELLS)("maps %s with detail %s to %s", (status, detail, ours) => {
    expect(toTrackingStatus(status, detail)).toBe(ours);
  });
});

const scan = (datetime: string | null, status: string, detail: string | null = null) => ({
  object: "TrackingDetail",
  status,
  status_detail: detail,
  datetime,
});

function tracker(details: readonly unknown[], changes: Readonly<Record<string, unknown>> = {}) {
  return { id: "trk_1", status: "unknown", updated_at: "2026-11-05T00:00:00Z", tracking_details: details, ...changes };
}

const statuses = (answer: Readonly<Record<string, unknown>>) => toCheckpoints(answer)?.map(({ status }) => status);

describe("toCheckpoints", () => {
  it("tells a whole journey, oldest first", () => {
    const details = [
      scan("2026-11-04T09:00:00Z", "delivered", "arrived_at_destination"),
      scan("2026-11-01T09:00:00Z", "pre_transit", "label_created"),
      scan("2026-11-02T09:00:00+00:00", "in_transit", "received_at_origin_facility"),
      scan("2026-11-03T09:00:00Z", "in_transit", "weather_delay"),
      scan("2026-11-04T06:00:00Z", "out_for_delivery"),
    ];
    expect(toCheckpoints(tracker(details, { status: "delivered" }))).toEqual([
      { status: "pre_transit", at: Date.parse("2026-11-01T09:00:00Z") },
      { status: "accepted", at: Date.parse("2026-11-02T09:00:00Z") },
      { status: "delayed", at: Date.parse("2026-11-03T09:00:00Z") },
      { status: "out_for_delivery", at: Date.parse("2026-11-04T06:00:00Z") },
      { status: "delivered", at: Date.parse("2026-11-04T09:00:00Z") },
    ]);
  });

  it("counts only the first scan as the acceptance", () => {
    const origin = "received_at_origin_facility";
    expect(
      statuses(
        tracker([
          scan("2026-11-01T09:00:00Z", "in_transit", origin),
          scan("2026-11-02T09:00:00Z", "in_transit", "arrived_at_facility"),
          scan("2026-11-03T09:00:00Z", "in_transit", origin),
        ]),
      ),
    ).toEqual(["accepted", "in_transit", "in_transit"]);
  });

  it("says nothing for unknown, error, unheard-of words and scans without a time", () => {
    const details = [
      scan("2026-11-01T09:00:00Z", "unknown"),
      scan("2026-11-01T10:00:00Z", "error"),
      scan("2026-11-01T11:00:00Z", "teleported"),
      scan(null, "delivered"),
      scan("yesterday", "delivered"),
      null,
      "delivered",
    ];
    expect(toCheckpoints(tracker(details))).toEqual([]);
    expect(toCheckpoints(tracker([], { status: "error" }))).toEqual([]);
  });

  it("keeps the scans of a tracker whose look-up fails at the moment", () => {
    const details = [scan("2026-11-02T09:00:00Z", "in_transit", "departed_facility")];
    expect(statuses(tracker(details, { status: "error" }))).toEqual(["in_transit"]);
  });

  it("takes the tracker's own status when its scans do not say it", () => {
    const details = [scan("2026-11-02T09:00:00Z", "in_transit", "departed_facility")];
    expect(toCheckpoints(tracker(details, { status: "delivered" }))?.at(-1)).toEqual({
      status: "delivered",
      at: Date.parse("2026-11-05T00:00:00Z"),
    });
  });

  it("reads a time without a zone as UTC", () => {
    expect(toCheckpoints(tracker([scan("2026-11-02T09:00:00", "in_transit")]))?.[0]?.at).toBe(
      Date.parse("2026-11-02T09:00:00Z"),
    );
  });

  it("says nothing about the parcel for the tracker of a return", () => {
    const details = [scan("2026-11-02T09:00:00Z", "delivered")];
    expect(toCheckpoints(tracker(details, { is_return: true, status: "delivered" }))).toEqual([]);
  });

  it("gives null for what is no tracker", () => {
    expect(toCheckpoints({ object: "Tracker" })).toBeNull();
  });

  it("copes with a tracker without a list of scans", () => {
    expect(toCheckpoints({ id: "trk_1", status: "in_transit", updated_at: "2026-11-05T00:00:00Z" })).toHaveLength(1);
  });
});
