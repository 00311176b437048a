/**
 * What may happen to an order in any order of events: `Life` throws when a promise about money, goods or the customer is
 * broken, when an order does not come to rest, and when it rests without saying why.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EffectKind } from "../../src/core/effect.ts";
import { isLiveFulfillment } from "../../src/core/order.ts";
import { ONE_BOX } from "../../src/core/packing/preset.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/core/time.ts";
import { aHold, aLine, anAddress, aPolicy, aPreset, packingOf } from "../support/builders.ts";
import { PROPERTY } from "./generated.ts";
import { type Answer, Life } from "./life.ts";

type Event = (life: Life) => void;

/** One of the default order's mugs in a box, or all. */
const SMALL = aPreset({ name: "small", maxWeightGrams: 600 });
const LARGE = aPreset({ name: "large", heightMm: 200, maxWeightGrams: 5_000 });

/** Named, so that a counterexample reads as a story. */
const EVENTS: Readonly<Record<string, Event>> = {
  "it runs": (life) => life.run(),
  "a round is made": (life) => life.round(),
  "a minute passes": (life) => life.runFor(MINUTE_MS),
  "two hours pass": (life) => life.runFor(2 * HOUR_MS),
  "the tag is taken away": (life) => life.set({ tags: [] }),
  "the tag is given": (life) => life.set({ tags: ["ready_to_ship"] }),
  "the payment is pending": (life) => life.set({ financialStatus: "pending" }),
  "it is paid": (life) => life.set({ financialStatus: "paid" }),
  "the order is cancelled": (life) => life.set({ cancelledAt: life.now }),
  "staff hold it": (life) => life.hold(aHold()),
  "staff void its labels": (life) => life.hold(aHold({ voidLabels: true })),
  "staff release it": (life) => life.hold(null),
  "staff retry it": (life) => life.liftRefusals(),
  "the address changes": (life) => eachOpen(life, { destination: anAddress({ street1: `${life.now} New Street` }) }),
  "the address is lost": (life) => eachOpen(life, { destination: null }),
  "the shop holds the first": (life) => firstOpen(life, { status: "on_hold", canFulfil: false }),
  "the shop releases all": (life) => eachOpen(life, { status: "open", canFulfil: true }),
  "the quantity grows": (life) => firstOpen(life, { lines: [aLine({ quantityRemaining: 3 })] }),
  "the quantity shrinks": (life) => firstOpen(life, { lines: [aLine({ quantityRemaining: 1 })] }),
  "the first is for later": (life) =>
    firstOpen(life, { status: "scheduled", canFulfil: false, fulfillAt: life.now + HOUR_MS }),
  "units are put on the first after all": (life) => {
    if (life.order.fulfillmentOrders[0]?.status === "closed") {
      const lines = [aLine({ id: "gid://shopify/FulfillmentOrderLineItem/2", sku: "LATE-UNIT", quantityRemaining: 1 })];
      life.setFulfillmentOrder(0, { status: "open", canFulfil: true, lines });
    }
  },
  "the first is split": (life) => life.split(0),
  "the second is split": (life) => life.split(1),
  "a fulfillment is cancelled": (life) => {
    const live = life.order.fulfillments.find(isLiveFulfillment);
    if (live !== undefined) {
      life.cancelFulfillment(live.id);
    }
  },
  "staff ship the first themselves": (life) => life.fulfilElsewhere(0),
  "staff ship the second themselves": (life) => life.fulfilElsewhere(1),
  "the shop forgets the first": (life) => life.set({ fulfillmentOrders: life.order.fulfillmentOrders.slice(1) }),
  "the answer is cut off": (life) => life.set({ incomplete: ["fulfillments"] }),
  "the answer is whole": (life) => life.set({ incomplete: [] }),
  "the carrier has the first": (life) => trackFirst(life, "in_transit"),
  "the first is delivered": (life) => trackFirst(life, "delivered"),
  "the first comes back": (life) => trackFirst(life, "returning"),
  "the provider cancels the first": (life) => trackFirst(life, "cancelled"),
  "the carrier has the last": (life) => trackLast(life, "in_transit"),
  "the last is delivered": (life) => trackLast(life, "delivered"),
  "boxes get small": (life) => {
    life.policy = aPolicy({ packing: packingOf(SMALL) });
  },
  "boxes get large": (life) => {
    life.policy = aPolicy({ packing: packingOf(SMALL, LARGE) });
  },
};

function eachOpen(life: Life, change: Parameters<Life["setFulfillmentOrder"]>[1]): void {
  life.order.fulfillmentOrders.forEach(({ status }, index) => {
    if (status !== "closed" && status !== "cancelled") {
      life.setFulfillmentOrder(index, change);
    }
  });
}

/** The first of the shop's list, when it is open and its units are all there: its lines may be replaced. */
function firstOpen(life: Life, change: Parameters<Life["setFulfillmentOrder"]>[1]): void {
  const [first] = life.order.fulfillmentOrders;
  if (
    first !== undefined &&
    ["open", "on_hold", "scheduled"].includes(first.status) &&
    first.lines[0]?.id === aLine().id
  ) {
    life.setFulfillmentOrder(0, change);
  }
}

function trackLast(life: Life, status: Parameters<Life["track"]>[1] & string): void {
  const id = life.liveLabels().at(-1);
  if (id !== undefined) {
    life.track(id, status);
  }
}

function trackFirst(life: Life, status: Parameters<Life["track"]>[1] & string): void {
  const [id] = life.liveLabels();
  if (id !== undefined) {
    life.track(id, status);
  }
}

const answers = fc.dictionary(
  fc.constantFrom<EffectKind>("buy", "void", "fulfil", "update_tracking", "post_event"),
  fc.array(fc.constantFrom<Answer>("done", "refused", "throttled", "lost", "lost_done", "lost_late"), { maxLength: 3 }),
);

function live(life: Life, story: readonly string[]): void {
  for (const name of story) {
    EVENTS[name]?.(life);
  }
  life.runFor(2 * HOUR_MS);
}

describe("whatever happens to an order", () => {
  it("no unit is paid for twice, no parcel is voided on its way, and it always says why it rests", () => {
    const boxes = fc.constantFrom(ONE_BOX, packingOf(SMALL), packingOf(SMALL, LARGE));
    const story = fc.array(fc.constantFrom(...Object.keys(EVENTS)), { maxLength: 14 });
    fc.assert(
      fc.property(story, answers, boxes, (events, answered, packing) => {
        const life = new Life({ policy: aPolicy({ packing }) });
        for (const [kind, given] of Object.entries(answered)) {
          life.answers.set(kind as EffectKind, [...given]);
        }
        live(life, events);
        expect(new Set(life.sold).size).toBe(life.sold.length);
        expect(new Set(life.told).size).toBe(life.told.length);
      }),
      { ...PROPERTY, numRuns: 5_000 },
    );
  });
});
