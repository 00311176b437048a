/** A fulfillment order that ships in several boxes, step by step; `life.property.test.ts` has what may come between. */
import { describe, expect, it } from "vitest";
import type { CustomsDeclaration } from "../../src/core/customs.ts";
import { type GuardsPolicy, NO_GUARDS } from "../../src/core/guards.ts";
import { HOUR_MS } from "../../src/core/time.ts";
import { aFulfillmentOrder, aHold, aLine, anAddress, aPolicy, aPreset, aRate, packingOf } from "../support/builders.ts";
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

  it.each([
    ["quote", { state: "planned", rates: [], ratesAt: null }],
    ["requote", { ratesAt: null }],
  ] as const)("cost nothing while one of them waits for a %s", (kind, behind) => {
    const life = inTwo();
    life.round();
    const shipments = life.record.shipments.map((it) => (it.parcelNumber === 2 ? { ...it, ...behind } : it));
    life.record = { ...life.record, shipments };
    expect(life.decide().actions.map((action) => action.kind)).toEqual([kind]);
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

describe("guards over two boxes, of which the first alone would pass", () => {
  const usd = (amountMinor: number) => ({ amountMinor, currency: "USD" });

  /** Both quoted: the first for 5.00, the second for 7.00 USD. */
  function quoted(guards: Partial<GuardsPolicy>, buys = "USPS *"): Life {
    const life = inTwo();
    life.round();
    const { services } = life.policy;
    const strategy = { kind: "preferred", services: [buys] } as const;
    life.policy = { ...life.policy, guards: { ...NO_GUARDS, ...guards }, services: { ...services, strategy } };
    const shipments = life.record.shipments.map((it) => ({
      ...it,
      rates: [aRate({ price: usd(it.parcelNumber === 1 ? 500 : 700), service: `Box${it.parcelNumber}` })],
    }));
    life.record = { ...life.record, shipments };
    return life;
  }

  const window = (max: number | null, labelsMax: number | null) => ({ max: max === null ? null : usd(max), labelsMax });

  it.each<[string, Partial<GuardsPolicy>]>([
    ["parked: label_over_cap", { labelMax: usd(600) }],
    ["parked: order_over_cap", { orderMax: usd(1_199) }],
    ["parked: order_over_paid", { paid: { percent: 0, plus: usd(1_199) } }],
    ["parked: order_over_cap", { day: window(1_199, null) }],
    ["parked: approval_needed", { approveFirstLabels: 1 }],
  ])("%s: nothing is paid", (wanted, guards) => {
    const life = quoted(guards);
    life.run();
    expect(standing(life)).toBe(wanted);
    expect(life.sold).toEqual([]);
  });

  it.each<[string, Partial<GuardsPolicy>]>([
    ["a cap that takes both", { orderMax: usd(1_200), paid: { percent: 0, plus: usd(1_200) } }],
    ["a day that takes both", { day: window(1_200, 2) }],
    ["a day of fewer labels than it has boxes", { day: window(null, 1) }],
  ])("%s lets them through", (_, guards) => {
    const life = quoted(guards);
    life.run();
    expect(life.sold).toEqual(["7001-1-1", "7001-2-1"]);
  });

  it("wait together for the day that has room for both", () => {
    const life = quoted({ day: window(null, 3) });
    life.spending = { ...life.spending, day: { ...life.spending.day, labels: 2 } };
    life.run();
    expect(standing(life)).toBe("waiting: labels_day");
    expect(life.sold).toEqual([]);
    life.spending = { ...life.spending, day: { ...life.spending.day, labels: 1 } };
    life.run();
    expect(life.sold).toEqual(["7001-1-1", "7001-2-1"]);
  });

  it("are told of box by box", () => {
    const { findings } = quoted({ labelMax: usd(600) }).decide();
    expect(findings.filter(({ check }) => check === "label price")).toMatchObject([
      { verdict: "pass", input: { parcel: "1 of 2", cost: "5.00 USD" } },
      { verdict: "park", input: { parcel: "2 of 2", cost: "7.00 USD" } },
    ]);
  });

  it("come after the service: where it is offered for one box only, nothing is paid", () => {
    const life = quoted({}, "Box1");
    life.run();
    expect(standing(life)).toBe("parked: no_rate_for_service");
    expect(life.sold).toEqual([]);
  });
});

describe("boxes that cross a customs border", () => {
  const destination = anAddress({ country: "DE", province: null, postalCode: "10115" });
  const duty = { hsCode: "691200", origin: "PT" };

  function declarations(unitMinor: number): readonly (CustomsDeclaration | null)[] {
    const lines = [
      aLine({ id: "a", quantityRemaining: 3, duty, unitPrice: { amountMinor: unitMinor, currency: "USD" } }),
      aLine({ id: "b", quantityRemaining: 2, duty: { ...duty, hsCode: "701300" }, weightGrams: 100 }),
    ];
    const life = new Life({
      policy: aPolicy({ packing: packingOf(aPreset({ maxWeightGrams: 900 })) }),
      order: { fulfillmentOrders: [aFulfillmentOrder({ destination, lines })] },
    });
    const { actions, judgement } = life.decide();
    expect(actions.length > 1 || judgement.reason === "customs_incomplete").toBe(true);
    return actions.flatMap((action) => (action.kind === "quote" ? [action.plan.customs] : []));
  }

  it("declare each what is in it, and together all that was ordered", () => {
    const declared = declarations(1_400);
    expect(declared.length).toBeGreaterThan(1);
    const items = declared.flatMap((one) => one?.items ?? []);
    const sum = (hsCode: string, of: (item: (typeof items)[number]) => number) =>
      items.filter((item) => item.hsCode === hsCode).reduce((total, item) => total + of(item), 0);
    expect([sum("691200", ({ quantity }) => quantity), sum("701300", ({ quantity }) => quantity)]).toEqual([3, 2]);
    expect(sum("691200", ({ value }) => value.amountMinor)).toBe(3 * 1_400);
    expect(sum("691200", ({ weightGrams }) => weightGrams)).toBe(3 * 400);
    expect(declared.map((one) => one?.eelPfc)).toEqual(declared.map(() => "NOEEI 30.37(a)"));
  });

  it("are not exempt from the export filing because the goods were split over boxes", () => {
    expect(declarations(100_000)).toEqual([]);
  });
});
