import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import { type DecisionInput, IRREVERSIBLE } from "../../src/core/decision.ts";
import { DEFAULT_HANDLERS, findHandlerProblems, type HandlersPolicy, STEP_PLACES } from "../../src/core/handlers.ts";
import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import { ORDER_STATUSES } from "../../src/core/status.ts";
import {
  aClosedFulfillmentOrder,
  aFulfillment,
  aJourney,
  anInput,
  aPolicy,
  FULFILLMENT_ID,
  NOW,
} from "../support/builders.ts";
import { inputs, PROPERTY } from "./generated.ts";
import { kindsOf, withShipment } from "./planned.ts";

type Shipment = Parameters<typeof withShipment>[1];

function handled(handlers: Partial<HandlersPolicy>): DecisionInput["policy"] {
  return aPolicy({ handlers: { ...DEFAULT_HANDLERS, ...handlers } });
}

function bought(handlers: Partial<HandlersPolicy>, shipment: Shipment = {}, order: object = {}): DecisionInput {
  return withShipment(anInput(), { state: "bought", ...shipment }, (input) => ({
    ...input,
    policy: handled(handlers),
    order: { ...input.order, ...order },
  }));
}

const SHOWN = { fulfillmentOrders: [aClosedFulfillmentOrder()], fulfillments: [aFulfillment()] };

describe("the handlers that are built in", () => {
  it("are what the program has always done", () => {
    expect(DEFAULT_POLICY.handlers).toBe(DEFAULT_HANDLERS);
    expect(DEFAULT_HANDLERS.ready_to_ship).toEqual([
      { kind: "create_shipment" },
      { kind: "set_status", status: "pending_pickup" },
    ]);
    expect(findHandlerProblems(DEFAULT_HANDLERS)).toEqual([]);
    expect(kindsOf(decide(anInput()))).toEqual(["quote"]);
    expect(kindsOf(decide(bought({})))).toEqual(["fulfil"]);
  });

  it("show every status in the shop, and pending_pickup because ready_to_ship sets it", () => {
    const shown = (handlers: Partial<HandlersPolicy>) =>
      decide(bought(handlers, { fulfillmentId: FULFILLMENT_ID }, SHOWN)).actions.find(({ kind }) => kind === "mirror");
    expect(shown({})).toMatchObject({ status: "pending_pickup" });
    expect(shown({ ready_to_ship: [{ kind: "create_shipment" }] })).toBeUndefined();
    expect(shown({ pending_pickup: [{ kind: "set_status", status: "in_transit" }] })).toMatchObject({
      status: "in_transit",
    });
  });
});

describe("a step that is left out is not done", () => {
  it("create_shipment: nothing is asked for, and the order says so", () => {
    const { actions, judgement } = decide(anInput({ policy: handled({ ready_to_ship: [] }) }));
    expect(actions).toEqual([]);
    expect(judgement).toMatchObject({ status: "ready_to_ship", reason: "no_shipment_step" });
    const quoted = withShipment(anInput(), { state: "quoted", ratesAt: NOW });
    expect(kindsOf(decide(quoted))).toEqual(["buy"]);
    expect(kindsOf(decide({ ...quoted, policy: handled({ ready_to_ship: [] }) }))).toEqual([]);
  });

  it("fulfil: the shop is told where another status asks for it, or never", () => {
    const late: Partial<HandlersPolicy> = { pending_pickup: [], in_transit: [{ kind: "fulfil" }] };
    expect(kindsOf(decide(bought(late)))).not.toContain("fulfil");
    expect(kindsOf(decide(bought(late, { tracking: aJourney("in_transit") })))).toContain("fulfil");
    // A parcel that nobody scanned on its way has passed there all the same.
    expect(kindsOf(decide(bought(late, { tracking: aJourney("delivered") })))).toContain("fulfil");
    expect(kindsOf(decide(bought({ pending_pickup: [] }, { tracking: aJourney("delivered") })))).not.toContain(
      "fulfil",
    );
  });

  it("post_event: that news is not told, other news is", () => {
    const journey = { fulfillmentId: FULFILLMENT_ID, tracking: aJourney("in_transit", "out_for_delivery") };
    const told = (handlers: Partial<HandlersPolicy>) =>
      decide(bought(handlers, journey, SHOWN)).actions.flatMap((action) =>
        action.kind === "post_events" ? action.checkpoints.map(({ status }) => status) : [],
      );
    expect(told({})).toEqual(["in_transit", "out_for_delivery"]);
    expect(told({ in_transit: [] })).toEqual(["out_for_delivery"]);
  });

  it("void_label: the label of a cancelled order is parked for somebody, who may void it", () => {
    const cancelled = bought({ cancelled: [] }, {}, { cancelledAt: NOW });
    expect(kindsOf(decide(bought({}, {}, { cancelledAt: NOW })))).toContain("void");
    expect(decide(cancelled).judgement).toMatchObject({ status: "parked", reason: "cancelled_with_label" });
    const hold = { who: "ada", why: "void", at: NOW, voidLabels: true };
    expect(kindsOf(decide({ ...cancelled, record: { ...cancelled.record, hold } }))).toEqual(["void"]);
  });

  it("set_status: nothing is written to the shop", () => {
    const waiting = anInput({ order: { tags: [], mirroredStatus: { value: "parked", digest: "d" } } });
    expect(kindsOf(decide(waiting))).toEqual(["mirror"]);
    expect(kindsOf(decide({ ...waiting, policy: handled({ waiting: [] }) }))).toEqual([]);
  });
});

describe("what makes no sense", () => {
  const problems = (handlers: Partial<HandlersPolicy>): readonly string[] =>
    findHandlerProblems({ ...DEFAULT_HANDLERS, ...handlers }).map(
      ({ status, step, message }) => `${status}.${step} ${message}`,
    );

  it("is found where it stands", () => {
    expect(problems({ parked: [{ kind: "create_shipment" }] })).toEqual([
      "parked.0 create_shipment has no place at parked: it belongs to ready_to_ship",
    ]);
    expect(problems({ in_transit: [{ kind: "post_event" }, { kind: "post_event" }] })).toEqual([
      "in_transit.1 post_event stands twice in the list",
    ]);
    expect(problems({ ready_to_ship: [{ kind: "set_status", status: "pending_pickup" }] })).toEqual([
      "ready_to_ship.0 set_status: pending_pickup needs create_shipment before it: nothing else brings the order there",
    ]);
    expect(problems({ ready_to_ship: [{ kind: "set_status", status: "delivered" }] })).toEqual([
      "ready_to_ship.0 set_status: delivered is nothing that an order becomes at ready_to_ship: write pending_pickup",
    ]);
  });

  it("is a circle of any length, and no chain", () => {
    const set = (status: HandlersPolicy[keyof HandlersPolicy][number]["kind"] | string) =>
      [{ kind: "set_status", status }] as HandlersPolicy["parked"];
    expect(problems({ parked: set("waiting"), waiting: set("parked") })).toEqual([
      "waiting.0 set_status goes round in a circle: waiting sets parked sets waiting",
      "parked.0 set_status goes round in a circle: parked sets waiting sets parked",
    ]);
    expect(problems({ parked: set("waiting"), waiting: set("skipped"), skipped: set("parked") })).toHaveLength(3);
    expect(problems({ pending_pickup: set("ready_to_ship") })).toHaveLength(2);
    expect(problems({ out_for_delivery: set("in_transit"), in_transit: set("pending_pickup") })).toEqual([]);
  });
});

/** Any subset of the steps that have a place at each status. */
const handlers = fc
  .record(
    Object.fromEntries(
      ORDER_STATUSES.map((status) => [
        status,
        fc.subarray(Object.entries(STEP_PLACES).flatMap(([kind, places]) => (places.includes(status) ? [kind] : []))),
      ]),
    ),
  )
  .map(
    (chosen) =>
      Object.fromEntries(
        ORDER_STATUSES.map((status) => {
          const after = status === "ready_to_ship" ? "pending_pickup" : status;
          return [
            status,
            (chosen[status] ?? []).map((kind) => (kind === "set_status" ? { kind, status: after } : { kind })),
          ];
        }),
      ) as unknown as HandlersPolicy,
  );

describe("whatever the handlers say", () => {
  it("nothing is bought, voided or fulfilled that the built-in ones would not", () => {
    let differed = 0;
    fc.assert(
      fc.property(inputs, handlers, (input, own) => {
        const one = (policy: DecisionInput["policy"], order = input.order) => {
          const { actions } = decide({ ...input, policy, order });
          return actions.filter(({ kind }) => IRREVERSIBLE.has(kind));
        };
        const policy = { ...input.policy, handlers: own };
        const [mine, ...more] = one(policy);
        expect(more).toEqual([]);
        const [builtIn] = one(input.policy);
        differed += Number(JSON.stringify(mine) !== JSON.stringify(builtIn));
        if (mine === undefined || JSON.stringify(mine) === JSON.stringify(builtIn)) {
          return;
        }
        // Of several it is another's turn when the first is left out: alone, the built-in ones would do it too.
        const home = input.record.shipments.find(({ id }) => "shipmentId" in mine && id === mine.shipmentId);
        const alone = input.order.fulfillmentOrders.filter(({ id }) => id === home?.fulfillmentOrderId);
        expect(alone.length).toBeGreaterThan(0);
        const left = decide({
          ...input,
          order: { ...input.order, fulfillmentOrders: alone },
          record: {
            ...input.record,
            shipments: input.record.shipments.filter(({ fulfillmentOrderId }) => fulfillmentOrderId === alone[0]?.id),
          },
        }).actions;
        expect(left.map((action) => JSON.stringify(action))).toContain(JSON.stringify(mine));
      }),
      PROPERTY,
    );
    expect(differed).toBeGreaterThan(20);
  });
});
