import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advanceTracking,
  currentTracking,
  hasLeft,
  isLive,
  isUnbought,
  type ShipmentState,
  shipmentId,
  type TrackingCheckpoint,
} from "../../src/core/shipment.ts";
import { isForward, isTerminalTracking, TRACKING_STATUSES, type TrackingStatus } from "../../src/core/status.ts";
import { aJourney, aShipment } from "../support/builders.ts";
import { PROPERTY } from "./generated.ts";

function report(status: TrackingStatus, at: number): TrackingCheckpoint {
  return { status, at };
}

function statusesAfter(
  reports: readonly TrackingCheckpoint[],
  history: readonly TrackingCheckpoint[] = [],
): readonly string[] {
  return advanceTracking(history, reports).map(({ status }) => status);
}

/** How far along: the place among the states that nobody leaves backwards. Restated, not taken from the code. */
const STAGE: Readonly<Record<TrackingStatus, number>> = {
  ...{ unknown: 0, pre_transit: 1, accepted: 2, in_transit: 3, delayed: 3, out_for_delivery: 4, attempted: 4 },
  ...{ ready_for_pickup: 4, delivered: 5, returning: 5, failed: 5, cancelled: 5 },
};

describe("the history of a parcel", () => {
  it.each<[string, readonly TrackingCheckpoint[], readonly string[]]>([
    ["is empty without reports", [], []],
    [
      "keeps reports in the order of their time",
      [report("in_transit", 2), report("pre_transit", 1)],
      ["pre_transit", "in_transit"],
    ],
    ["has each state once", [report("in_transit", 1), report("in_transit", 2)], ["in_transit"]],
    ["leaves out what lies behind", [report("out_for_delivery", 1), report("in_transit", 2)], ["out_for_delivery"]],
    ["leaves out what says nothing", [report("unknown", 1)], []],
    ["ends at the end", [report("delivered", 1), report("returning", 2)], ["delivered"]],
    [
      "tells a delay between two moves once",
      [report("in_transit", 1), report("delayed", 2), report("in_transit", 3)],
      ["in_transit", "delayed"],
    ],
    [
      "puts the earlier state first at one time",
      [report("delivered", 1), report("accepted", 1)],
      ["accepted", "delivered"],
    ],
    ["takes the delivery of two ends at one time", [report("failed", 1), report("delivered", 1)], ["delivered"]],
    ["may skip states", [report("pre_transit", 1), report("delivered", 2)], ["pre_transit", "delivered"]],
  ])("%s", (_sentence, reports, statuses) => {
    expect(statusesAfter(reports)).toEqual(statuses);
  });

  it("goes on from what is known, and takes nothing of it back", () => {
    const history = [report("in_transit", 10)];
    expect(statusesAfter([report("pre_transit", 1), report("delivered", 20)], history)).toEqual([
      "in_transit",
      "delivered",
    ]);
    expect(history).toEqual([report("in_transit", 10)]);
  });

  const reports = fc.array(
    fc.record({ status: fc.constantFrom(...TRACKING_STATUSES), at: fc.integer({ min: 0, max: 6 }) }),
    { maxLength: 9 },
  );

  it("is the same for the same reports in any order and number", () => {
    const shuffled = reports.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray([...given, ...given], { minLength: given.length * 2 })),
    );
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        expect(advanceTracking([], other)).toEqual(advanceTracking([], given));
      }),
      PROPERTY,
    );
  });

  it("goes only forward, has no state twice, and is as far along as any report, however the reports are cut up", () => {
    fc.assert(
      fc.property(reports, fc.array(fc.nat({ max: 8 }), { maxLength: 3 }), (given, cuts) => {
        const edges = [0, ...cuts.filter((cut) => cut <= given.length).sort((a, b) => a - b), given.length];
        const history = edges
          .slice(1)
          .reduce<readonly TrackingCheckpoint[]>(
            (known, edge, index) => advanceTracking(known, given.slice(edges[index], edge)),
            [],
          );
        const statuses = history.map(({ status }) => status);
        expect(new Set(statuses).size).toBe(statuses.length);
        expect(
          statuses.filter((status, index) => index > 0 && !isForward(statuses[index - 1] ?? "unknown", status)),
        ).toEqual([]);
        const furthest = Math.max(0, ...given.map(({ status }) => STAGE[status]));
        expect(STAGE[statuses.at(-1) ?? "unknown"]).toBe(furthest);
        expect(statuses.slice(0, -1).filter(isTerminalTracking)).toEqual([]);
        expect(history.filter((entry) => !given.includes(entry))).toEqual([]);
      }),
      PROPERTY,
    );
  });

  it("does not change when it is told again what it knows", () => {
    fc.assert(
      fc.property(reports, (given) => {
        const history = advanceTracking([], given);
        expect(advanceTracking(history, history)).toEqual(history);
        expect(advanceTracking(history, given)).toEqual(history);
      }),
      PROPERTY,
    );
  });
});

describe("a shipment", () => {
  it.each<[ShipmentState, boolean, boolean]>([
    ["planned", false, true],
    ["quoted", false, true],
    ["bought", true, false],
    ["voided", false, false],
    ["abandoned", false, false],
  ])("that is %s is live: %s, and unbought: %s", (state, live, unbought) => {
    expect(isLive(aShipment({ state }))).toBe(live);
    expect(isUnbought(aShipment({ state }))).toBe(unbought);
  });

  it("is named after its fulfillment order, parcel and generation", () => {
    expect(shipmentId("gid://shopify/FulfillmentOrder/820982911946154508", 1, 2)).toBe("820982911946154508-1-2");
  });

  it("is where the last news says", () => {
    expect(currentTracking(aShipment())).toBeNull();
    expect(currentTracking(aShipment({ tracking: aJourney("accepted", "delivered") }))?.status).toBe("delivered");
  });

  it.each<[boolean, readonly TrackingStatus[]]>([
    [false, []],
    [false, ["unknown"]],
    [false, ["pre_transit"]],
    [false, ["pre_transit", "cancelled"]],
    [true, ["accepted"]],
    [true, ["pre_transit", "in_transit"]],
    [true, ["in_transit", "cancelled"]],
    [true, ["delivered"]],
    [true, ["returning"]],
    [true, ["failed"]],
  ])("has left: %s, after %j", (left, statuses) => {
    expect(hasLeft(aShipment({ tracking: aJourney(...statuses) }))).toBe(left);
  });
});
