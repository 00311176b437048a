/** A fulfillment order that ships in several boxes, step by step; `life.property.test.ts` has what may come between. */
import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../src/core/time.ts";
import { aHold, aLine, anAddress, aPolicy, aPreset, packingOf } from "../support/builders.ts";
import { Life } from "./life.ts";
import { standing, VOID } from "./lives.ts";

/** One of the default order's mugs in a box. */
const MUG_BOX = aPreset({ name: "mug box", maxWeightGrams: 600 });
const POLICY = aPolicy({ packing: packingOf(MUG_BOX) });

function inTwo(): Life {
  return new Life({ policy: POLICY });
}

/** The first label is paid for, the second is not. */
function halfBought(): Life {
  const life = inTwo();
  life.round();
  life.round();
  return life;
}

describe("two boxes of one fulfillment order", () => {
  it("are quoted together, bought one by one, and then told, each as a fulfillment of its own", () => {
    const life = inTwo();
    expect(life.run()).toEqual([
      "quote+quote",
      "buy",
      "buy+download_label",
      "fulfil+download_label",
      "fulfil",
      "mirror",
    ]);
    expect(life.sold).toEqual(["7001-1-1", "7001-2-1"]);
    expect(life.order.fulfillments.map(({ tracking }) => tracking[0]?.number)).toEqual([
      "TRACK-7001-1-1",
      "TRACK-7001-2-1",
    ]);
    expect(life.record.shipments.map(({ lines, parcelCount }) => [lines[0]?.quantity, parcelCount])).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(standing(life)).toBe("pending_pickup");
  });

  it("are as far along as the one that is least far", () => {
    const life = inTwo();
    life.run();
    life.track("7001-1-1", "delivered");
    expect(standing(life)).toBe("pending_pickup");
    life.track("7001-2-1", "in_transit");
    expect(standing(life)).toBe("in_transit");
    life.track("7001-2-1", "delivered");
    expect(standing(life)).toBe("delivered");
    life.run();
    expect([...life.told].sort()).toEqual(["7001-1-1 DELIVERED", "7001-2-1 DELIVERED", "7001-2-1 IN_TRANSIT"]);
  });

  it("cost nothing when one of them is refused before the first is paid for", () => {
    const life = inTwo();
    life.round();
    const refusal = { cause: "no_rate", code: null, message: "too heavy", at: life.now } as const;
    const shipments = life.record.shipments.map((it) => (it.parcelNumber === 2 ? { ...it, refusal } : it));
    life.record = { ...life.record, shipments };
    life.run();
    expect(life.sold).toEqual([]);
    expect(standing(life)).toBe("parked: no_rate");
  });

  it("stay as they were planned when the boxes change after the first is paid for", () => {
    const life = halfBought();
    expect(life.sold).toEqual(["7001-1-1"]);
    life.policy = aPolicy();
    life.run();
    expect(life.sold).toEqual(["7001-1-1", "7001-2-1"]);
  });

  it("are planned anew when the boxes change before the first is paid for", () => {
    const life = inTwo();
    life.round();
    life.policy = aPolicy();
    life.run();
    expect(life.sold).toEqual(["7001-1-2"]);
    expect(life.record.shipments.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "7001-1-1 abandoned",
      "7001-2-1 abandoned",
      "7001-1-2 bought",
    ]);
  });

  it.each([
    ["grow", 3],
    ["shrink below what is planned", 0],
  ])("are not bought further, and not told, when the contents %s", (_, quantityRemaining) => {
    const life = halfBought();
    life.setFulfillmentOrder(0, { lines: [aLine({ quantityRemaining })] });
    life.run();
    expect(life.sold).toEqual(["7001-1-1"]);
    expect(life.order.fulfillments).toEqual([]);
    expect(standing(life)).toBe("parked: changed_after_label");
    life.setFulfillmentOrder(0, { lines: [aLine()] });
    life.run();
    expect(life.sold).toEqual(["7001-1-1", "7001-2-1"]);
    expect(life.order.fulfillments).toHaveLength(2);
  });

  it("are told without the second when its units are no longer ordered", () => {
    const life = halfBought();
    life.setFulfillmentOrder(0, { lines: [aLine({ quantityRemaining: 1 })] });
    life.run();
    expect(life.sold).toEqual(["7001-1-1"]);
    expect(life.order.fulfillments).toHaveLength(1);
    expect(life.shipment("7001-2-1").state).toBe("abandoned");
  });

  it("are not bought further when they go elsewhere", () => {
    const life = halfBought();
    life.setFulfillmentOrder(0, { destination: anAddress({ street1: "1 New Street" }) });
    life.run();
    expect(life.sold).toEqual(["7001-1-1"]);
    expect(standing(life)).toBe("parked: changed_after_label");
  });

  it("are both voided, and bought anew, while neither has left", () => {
    const life = inTwo();
    life.run();
    life.hold(VOID);
    life.run();
    expect(life.liveLabels()).toEqual([]);
    life.hold(null);
    life.run();
    expect(life.liveLabels()).toEqual(["7001-1-2", "7001-2-2"]);
    expect(life.order.fulfillments.map(({ tracking }) => tracking[0]?.number)).toEqual([
      "TRACK-7001-1-2",
      "TRACK-7001-2-2",
    ]);
  });

  it("lose one that has not left, which alone is bought anew with the units that were in it", () => {
    const life = inTwo();
    life.run();
    life.track("7001-1-1", "in_transit");
    life.hold(VOID);
    life.run();
    life.hold(null);
    life.run();
    expect(life.liveLabels()).toEqual(["7001-1-1", "7001-2-2"]);
    expect(life.order.fulfillments.map(({ tracking }) => tracking[0]?.number)).toEqual([
      "TRACK-7001-1-1",
      "TRACK-7001-2-2",
    ]);
  });

  it("wait for a purchase of one whose answer was lost before the other is bought", () => {
    const life = inTwo();
    life.answers.set("buy", ["lost_done"]);
    life.round();
    life.round();
    expect(life.decide().actions.map(({ kind }) => kind)).toEqual(["resolve"]);
    life.runFor(HOUR_MS);
    expect(life.sold).toEqual(["7001-1-1", "7001-2-1"]);
  });

  it("are held together", () => {
    const life = halfBought();
    life.hold(aHold());
    life.run();
    expect(life.sold).toEqual(["7001-1-1"]);
    expect(standing(life)).toBe("waiting: held_by_staff");
  });
});

describe("a split after two labels of one line", () => {
  it("leaves no unit to be bought for twice", () => {
    const life = inTwo();
    life.setFulfillmentOrder(0, { lines: [aLine({ quantityRemaining: 2 })] });
    life.round();
    life.round();
    life.round();
    expect(life.sold).toHaveLength(2);
    life.split(0);
    life.run();
    expect(life.sold).toHaveLength(2);
    expect(standing(life)).toMatch(/^parked: /);
  });
});
