/** Calls whose answer was lost: looked up, never sent again, and nothing else is done before they are settled. */
import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import { LATE_PURCHASE_MS } from "../../src/core/decide-unbought.ts";
import type { DecisionInput } from "../../src/core/decision.ts";
import type { EffectKind, EffectRecord } from "../../src/core/effect.ts";
import { BACKOFF_CEILING_MS } from "../../src/core/failure.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/time.ts";
import {
  aClosedFulfillmentOrder,
  aFulfillment,
  aFulfillmentOrder,
  aHold,
  aJourney,
  aLine,
  anEffect,
  anInput,
  FULFILLMENT_ID,
  NOW,
} from "../support/builders.ts";
import { type Answer, Life } from "./life.ts";
import { kindsOf, plannedFor } from "./planned.ts";

const SHOWN = { fulfillmentOrders: [aClosedFulfillmentOrder()], fulfillments: [aFulfillment()] };

/** An order in which that call is open and in which there would be something else to do. */
function open(kind: EffectKind, effect: Partial<EffectRecord> = {}, now = NOW): DecisionInput {
  const state = kind === "buy" ? "quoted" : "bought";
  const part = kind === "post_event" ? { part: "IN_TRANSIT" } : {};
  const isTold = kind === "post_event" || kind === "void";
  const shipment = plannedFor(anInput(), {
    state,
    ...(isTold ? { tracking: aJourney("in_transit"), fulfillmentId: FULFILLMENT_ID } : {}),
    ...(kind === "void" ? { tracking: [] } : {}),
  });
  return anInput({
    now,
    order: isTold ? SHOWN : {},
    record: {
      shipments: [shipment],
      effects: [anEffect(kind, "unknown", { ...part, ...effect })],
      hold: kind === "void" ? aHold({ voidLabels: true }) : null,
    },
  });
}

const KINDS: readonly EffectKind[] = ["buy", "void", "fulfil", "update_tracking", "post_event"];

describe.each(KINDS)("an open %s", (kind) => {
  it.each(["begun", "unknown"] as const)("that is %s is looked up at once, and nothing else is done", (state) => {
    const decision = decide(open(kind, { state }));
    expect(decision.actions).toEqual([{ kind: "resolve", effectKey: open(kind).record.effects[0]?.key }]);
    expect(decision.lookAgainAt).toBeNull();
    expect(decision.judgement.reason === null || kind === "void").toBe(true);
  });

  it("waits longer after each look-up in vain, counted from the last one", () => {
    const waits = [1, 2, 3, 4, 5, 9, 10, 30].map((lookups) => {
      const decision = decide(open(kind, { lookups, lookedUpAt: NOW }));
      expect(kindsOf(decision).filter((action) => action !== "mirror")).toEqual([]);
      return (decision.lookAgainAt ?? NOW) - NOW;
    });
    expect(waits).toEqual([1_500, 3_000, 6_000, 12_000, 24_000, 384_000, 675_000, 675_000]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(BACKOFF_CEILING_MS);
  });

  it("is looked up again to the millisecond, however long ago it was begun", () => {
    const effect = { begunAt: NOW - DAY_MS, settledAt: NOW - DAY_MS, lookups: 3, lookedUpAt: NOW };
    expect(kindsOf(decide(open(kind, effect, NOW + 5_999)))).toEqual([]);
    expect(kindsOf(decide(open(kind, effect, NOW + 6_000)))).toEqual(["resolve"]);
  });

  it("is looked up at once when the clock has jumped back", () => {
    expect(kindsOf(decide(open(kind, { lookups: 9, lookedUpAt: NOW + DAY_MS })))).toEqual(["resolve"]);
  });

  it("parks the order after the fifth look-up, and is still looked up", () => {
    const fourth = decide(open(kind, { lookups: 4, lookedUpAt: NOW - HOUR_MS }));
    expect(fourth.judgement.status).not.toBe("parked");
    const fifth = decide(open(kind, { lookups: 5, lookedUpAt: NOW - HOUR_MS }));
    expect(fifth.judgement).toMatchObject({ status: "parked", input: { lookups: 5 } });
    expect(kindsOf(fifth)).toEqual(["resolve"]);
    const waiting = decide(open(kind, { lookups: 5, lookedUpAt: NOW }));
    expect(kindsOf(waiting)).toEqual(["mirror"]);
    expect(waiting.lookAgainAt).toBe(NOW + 24_000);
  });

  it("leaves the status in the shop alone while it is only being looked up", () => {
    expect(kindsOf(decide(open(kind, { lookups: 1, lookedUpAt: NOW })))).toEqual([]);
  });
});

describe("an open call", () => {
  it("leaves the order where it stood", () => {
    const standing = (kind: EffectKind) => decide(open(kind)).judgement.status;
    expect(standing("buy")).toBe("ready_to_ship");
    expect(standing("fulfil")).toBe("pending_pickup");
    expect(standing("post_event")).toBe("in_transit");
  });

  it("of a shipment that is not in the record is looked up all the same", () => {
    const effects = [anEffect("buy", "unknown", { shipmentId: "7999-1-1" })];
    expect(kindsOf(decide(anInput({ record: { effects } })))).toEqual(["resolve"]);
  });

  it("holds up the other parts of its order, which are still judged", () => {
    const other = aFulfillmentOrder({
      id: "gid://shopify/FulfillmentOrder/7002",
      lines: [aLine({ id: "2", weightGrams: null })],
    });
    const input = open("fulfil");
    const both = { ...input, order: { ...input.order, fulfillmentOrders: [...input.order.fulfillmentOrders, other] } };
    const decision = decide(both);
    expect(kindsOf(decision)).toEqual(["resolve"]);
    expect(decision.judgement).toMatchObject({ status: "parked", reason: "no_weight" });
    expect(decision.findings.some(({ reason }) => reason === "no_weight")).toBe(true);
  });

  it("does not let an order look further than its other parcels", () => {
    const delivered = open("post_event");
    const other = aFulfillmentOrder({ id: "gid://shopify/FulfillmentOrder/7002" });
    const input = {
      ...delivered,
      order: { ...delivered.order, fulfillmentOrders: [...SHOWN.fulfillmentOrders, other] },
    };
    expect(decide(input).judgement.status).toBe("ready_to_ship");
  });

  it("is one of several: all are looked up, the oldest first, and the earliest wait counts", () => {
    const input = open("fulfil", { begunAt: NOW - 1 });
    const event = anEffect("post_event", "begun", { part: "IN_TRANSIT", begunAt: NOW - 2 });
    const twin = anEffect("post_event", "begun", { part: "DELIVERED", begunAt: NOW - 2 });
    const all = { ...input, record: { ...input.record, effects: [...input.record.effects, event, twin] } };
    expect(decide(all).actions).toEqual([
      { kind: "resolve", effectKey: "post_event:7001-1-1:DELIVERED" },
      { kind: "resolve", effectKey: "post_event:7001-1-1:IN_TRANSIT" },
      { kind: "resolve", effectKey: "fulfil:7001-1-1" },
    ]);
    const lookedUp = all.record.effects.map((effect, index) => ({ ...effect, lookups: index + 1, lookedUpAt: NOW }));
    expect(decide({ ...all, record: { ...all.record, effects: lookedUp } }).lookAgainAt).toBe(NOW + 1_500);
  });

  it("is looked up also when the order was cancelled, and only then is the label voided", () => {
    const life = new Life();
    life.answers.set("buy", ["lost_done"]);
    life.round();
    life.round();
    life.set({ cancelledAt: life.now });
    expect(life.run()).toEqual(["resolve", "void", "mirror"]);
    expect(life.liveLabels()).toEqual([]);
    expect(life.order.mirroredStatus?.value).toBe("cancelled");
  });
});

describe("a lost answer", () => {
  const lost = (kind: EffectKind, ...answers: readonly Answer[]): Life => {
    const life = new Life();
    life.answers.set(kind, [...answers]);
    return life;
  };

  it.each<readonly Answer[]>([
    ["lost"],
    ["lost_done"],
    ["lost", "lost", "lost_done"],
    ["lost_late"],
    ["throttled", "lost"],
  ])("of the purchase (%s, %s, %s) buys one label", (...answers) => {
    const life = lost("buy", ...answers);
    life.runFor(HOUR_MS);
    expect(life.sold).toEqual(["7001-1-1"]);
    expect(life.decide().judgement.status).toBe("pending_pickup");
  });

  it.each<readonly Answer[]>([
    ["lost"],
    ["lost_done"],
    ["lost", "lost_done"],
    ["throttled"],
  ])("of the fulfillment (%s, %s) makes one fulfillment", (...answers) => {
    const life = lost("fulfil", ...answers);
    life.runFor(HOUR_MS);
    expect(life.order.fulfillments).toHaveLength(1);
  });

  it.each<readonly Answer[]>([
    ["lost"],
    ["lost_done"],
    ["done", "lost_done", "lost"],
    ["throttled"],
  ])("of an event (%s, %s, %s) tells each once and in order", (...answers) => {
    const life = lost("post_event", ...answers);
    life.run();
    life.track("7001-1-1", "in_transit", "out_for_delivery", "delivered");
    life.run();
    expect(life.told).toEqual(["7001-1-1 IN_TRANSIT", "7001-1-1 OUT_FOR_DELIVERY", "7001-1-1 DELIVERED"]);
  });

  it("of a purchase keeps its object until the purchase can no longer arrive", () => {
    const life = lost("buy", "lost_late");
    life.round();
    life.round();
    life.round();
    life.setFulfillmentOrder(0, { lines: [aLine({ quantityRemaining: 1 })] });
    const decision = life.decide();
    expect(kindsOf(decision)).toEqual(["mirror"]);
    expect(decision.lookAgainAt).toBe(NOW + 5 * MINUTE_MS);
    life.run();
    life.now = NOW + 5 * MINUTE_MS - 1;
    expect(life.run()).toEqual([]);
    life.now = NOW + 5 * MINUTE_MS;
    // The label that came late is found, and is not what has to be shipped by now: a human decides.
    expect(life.run()[0]).toBe("abandon");
    expect(life.sold).toEqual(["7001-1-1"]);
    expect(life.decide().judgement.reason).toBe("changed_after_label");
  });

  it("of an earlier attempt counts when a later one was refused", () => {
    const buy = anEffect("buy", "refused", { attempt: 2, begunAt: NOW - 1 });
    const shipment = plannedFor(anInput(), { state: "quoted" });
    const input = anInput({ order: { cancelledAt: NOW }, record: { shipments: [shipment], effects: [buy] } });
    expect(decide(input)).toMatchObject({ lookAgainAt: NOW - 1 + 5 * MINUTE_MS });
    expect(kindsOf(decide(input))).toEqual(["mirror"]);
    const first = { ...input, record: { ...input.record, effects: [{ ...buy, attempt: 1 }] } };
    expect(kindsOf(decide(first))).toEqual(["abandon"]);
  });

  it("that a look-up did not find is bought on the same object where that cannot pay twice, and is not elsewhere", () => {
    const shipments = [plannedFor(anInput(), { state: "quoted" })];
    const record = { shipments, effects: [anEffect("buy", "absent")] };
    expect(kindsOf(decide(anInput({ record })))).toEqual(["buy"]);
    const provider = { name: "easypost", purchaseIsGuarded: false, keyKind: "unknown" as const };
    expect(decide(anInput({ record, provider })).judgement.reason).toBe("purchase_outcome_unknown");
    // Also when the address changed since: dropping it would be the way to a second label.
    const changed = anInput({
      record,
      provider,
      order: { fulfillmentOrders: [aFulfillmentOrder({ lines: [aLine({ quantityRemaining: 1 })] })] },
    });
    expect(decide(changed).judgement.reason).toBe("purchase_outcome_unknown");
    const other = { name: "shippo", purchaseIsGuarded: false, keyKind: "unknown" as const };
    expect(decide(anInput({ record, provider: other }))).toMatchObject({
      lookAgainAt: (record.effects[0]?.settledAt ?? 0) + LATE_PURCHASE_MS,
    });
  });

  it("is waited for from its look-up on: a clock that was set forward during the call proves no time", () => {
    const shipments = [plannedFor(anInput(), { state: "quoted" })];
    const lost = anEffect("buy", "absent", { begunAt: NOW - HOUR_MS, settledAt: NOW });
    const moved = anInput({
      record: { shipments, effects: [lost] },
      order: { fulfillmentOrders: [aFulfillmentOrder({ lines: [aLine({ quantityRemaining: 1 })] })] },
    });
    expect(kindsOf(decide(moved))).not.toContain("abandon");
    expect(decide(moved)).toMatchObject({ lookAgainAt: NOW + LATE_PURCHASE_MS });
  });
});

describe("a refusal", () => {
  it.each([
    "buy",
    "fulfil",
    "void",
  ] as const)("of %s that is about the order is not sent again before a human lifts it", (kind) => {
    const life = new Life();
    if (kind === "void") {
      life.run();
      life.hold(aHold({ voidLabels: true }));
    }
    life.answers.set(kind, ["refused"]);
    life.runFor(DAY_MS);
    expect(life.decide().judgement.status).toBe("parked");
    expect(life.runFor(DAY_MS)).toEqual([]);
    life.liftRefusals();
    expect(life.run()).toContain(kind === "fulfil" ? "fulfil" : kind);
    expect(life.decide().judgement.status).not.toBe("parked");
  });

  it.each([
    "throttled",
    "unauthorized",
    "unavailable",
    "stale",
  ])("of kind %s is tried again and parks nothing", (kind) => {
    const refused = (what: EffectKind) => anEffect(what, "refused", { failure: { kind, message: "later" } });
    const quoted = plannedFor(anInput(), { state: "quoted" });
    expect(kindsOf(decide(anInput({ record: { shipments: [quoted], effects: [refused("buy")] } })))).toEqual(["buy"]);
    const bought = plannedFor(anInput(), { state: "bought" });
    const record = { shipments: [bought], effects: [refused("fulfil"), refused("void")] };
    expect(kindsOf(decide(anInput({ record })))).toEqual(["fulfil"]);
    expect(kindsOf(decide(anInput({ record: { ...record, hold: aHold({ voidLabels: true }) } })))).toEqual(["void"]);
  });

  it("of one event does not keep the later ones from the customer", () => {
    const life = new Life();
    life.run();
    life.answers.set("post_event", ["refused"]);
    life.track("7001-1-1", "in_transit", "delivered");
    life.run();
    expect(life.told).toEqual(["7001-1-1 DELIVERED"]);
    expect(life.decide().judgement.status).toBe("delivered");
  });
});
