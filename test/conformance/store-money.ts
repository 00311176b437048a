/** Suite: what guards money. The journal, the shipments, and what the database refuses whatever the program believes. */
import { expect, test } from "vitest";
import { AssertionError } from "../../src/base/errors.ts";
import type { EffectState } from "../../src/core/effect.ts";
import { isUnresolved } from "../../src/core/effect.ts";
import type { TrackingHistory } from "../../src/core/shipment.ts";
import type { Lease, Store } from "../../src/store/types.ts";
import type { StoreSetup } from "./store.ts";
import { aLabel, aShipment, claimed, FULFILLMENT_ORDER_ID, ORDER_ID } from "./store-records.ts";

const FIRST = aShipment();
const SECOND = aShipment({ generation: 2 });
const BUY = {
  key: `buy:${FIRST.id}`,
  kind: "buy",
  shipmentId: FIRST.id,
  input: { rate: "rate_1", cents: 607 },
} as const;
const BUY_SECOND = { ...BUY, key: `buy:${SECOND.id}`, shipmentId: SECOND.id } as const;
const FAILURE = { kind: "rejected", message: "no money" };

export function moneySuite(setup: StoreSetup): void {
  journal(setup);
  purchases(setup);
  records(setup);
  tracking(setup);
}

async function planned(setup: StoreSetup): Promise<{ readonly store: Store; readonly lease: Lease }> {
  const store = await setup.open();
  const lease = await claimed(store);
  await store.fenced(lease, (tx) => tx.planShipment(FIRST));
  return { store, lease };
}

function journal(setup: StoreSetup): void {
  test("an effect is begun with its input before anything is sent", async () => {
    const { store, lease } = await planned(setup);
    const begun = await store.fenced(lease, (tx) => tx.beginEffect(BUY, 3_000));
    expect(begun).toEqual({
      ...BUY,
      orderId: ORDER_ID,
      state: "begun",
      attempt: 1,
      failure: null,
      begunAt: 3_000,
      settledAt: null,
      lookups: 0,
      lookedUpAt: null,
    });
    expect(await store.effects.ofOrder(ORDER_ID)).toEqual([begun]);
  });

  for (const state of ["begun", "unknown", "done"] as const) {
    test(`an effect that is ${state} is never begun again`, async () => {
      const { store, lease } = await planned(setup);
      await store.fenced(lease, async (tx) => {
        await tx.beginEffect(BUY, 3_000);
        if (state !== "begun") {
          await tx.settleEffect(BUY.key, state, null, 3_500);
        }
      });
      await expect(store.fenced(lease, (tx) => tx.beginEffect(BUY, 4_000))).rejects.toBeInstanceOf(AssertionError);
      expect(await store.effects.ofOrder(ORDER_ID)).toMatchObject([{ state, attempt: 1 }]);
    });
  }

  for (const state of ["refused", "absent"] as const) {
    test(`an effect that is ${state} may be begun again as the next attempt`, async () => {
      const { store, lease } = await planned(setup);
      await store.fenced(lease, async (tx) => {
        await tx.beginEffect(BUY, 3_000);
        await tx.countLookup(BUY.key, 3_100);
        await tx.settleEffect(BUY.key, state, FAILURE, 3_500);
      });
      expect(await store.effects.ofOrder(ORDER_ID)).toMatchObject([
        { state, failure: FAILURE, settledAt: 3_500, lookups: 1 },
      ]);
      const again = await store.fenced(lease, (tx) => tx.beginEffect({ ...BUY, input: { rate: "rate_2" } }, 4_000));
      expect(again).toMatchObject({
        attempt: 2,
        failure: null,
        settledAt: null,
        lookups: 0,
        input: { rate: "rate_2" },
      });
      expect(await store.effects.ofOrder(ORDER_ID)).toEqual([again]);
    });
  }

  test("an unknown outcome is settled by reading and counts how often that was tried", async () => {
    const { store, lease } = await planned(setup);
    await store.fenced(lease, async (tx) => {
      await tx.beginEffect(BUY, 3_000);
      await tx.settleEffect(BUY.key, "unknown", { kind: "outcome_unknown", message: "no answer" }, 3_100);
    });
    await store.fenced(lease, (tx) => tx.countLookup(BUY.key, 3_200));
    await store.fenced(lease, (tx) => tx.countLookup(BUY.key, 3_300));
    expect(await store.effects.ofOrder(ORDER_ID)).toMatchObject([{ state: "unknown", lookups: 2 }]);
    await store.fenced(lease, (tx) => tx.settleEffect(BUY.key, "done", null, 3_400));
    expect(await store.effects.ofOrder(ORDER_ID)).toMatchObject([{ state: "done", failure: null, settledAt: 3_400 }]);
  });

  test("what is settled stays settled, and what was not begun cannot be settled", async () => {
    const { store, lease } = await planned(setup);
    const settle = (key: string, state: Extract<EffectState, "done" | "absent">) =>
      store.fenced(lease, (tx) => tx.settleEffect(key, state, null, 1));
    await expect(settle("buy:nothing", "done")).rejects.toBeInstanceOf(AssertionError);
    await store.fenced(lease, (tx) => tx.beginEffect(BUY, 3_000));
    await settle(BUY.key, "done");
    await expect(settle(BUY.key, "absent")).rejects.toBeInstanceOf(AssertionError);
    expect(await store.effects.ofOrder(ORDER_ID)).toMatchObject([{ state: "done" }]);
  });

  test("retry lifts what was refused and has the parcel quoted anew, and touches nothing else", async () => {
    const { store, lease } = await planned(setup);
    const refusal = { cause: "address", code: "ADDRESS.VERIFY.FAILURE", message: "not found", at: 9 } as const;
    const event = {
      key: `post_event:${FIRST.id}:delivered`,
      kind: "post_event",
      shipmentId: FIRST.id,
      input: {},
    } as const;
    await store.fenced(lease, async (tx) => {
      await tx.updateShipment(FIRST.id, { state: "quoted", refusal, ratesAt: 3_000 });
      await tx.beginEffect(BUY, 3_000);
      await tx.settleEffect(BUY.key, "refused", FAILURE, 3_100);
      await tx.beginEffect(event, 3_200);
    });
    await store.orders.release(lease, 4_000, { dueAt: null, attempts: 7, lastError: null });
    expect(await store.orders.liftRefusals(ORDER_ID, 5_000)).toBe(2);
    expect(await store.shipments.get(FIRST.id)).toMatchObject({ refusal: null, ratesAt: null, state: "quoted" });
    expect((await store.effects.ofOrder(ORDER_ID)).map((effect) => effect.state)).toEqual(["lifted", "begun"]);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ attempts: 0, dueAt: null });
    expect(await store.orders.liftRefusals(ORDER_ID, 6_000)).toBe(0);
    const again = await store.orders.claim(ORDER_ID, "worker-1", 7_000, 1_000);
    const begun = await store.fenced(again ?? lease, (tx) => tx.beginEffect(BUY, 7_000));
    expect(begun.attempt).toBe(2);
  });
}

function purchases(setup: StoreSetup): void {
  test("the database refuses a second bought label of one parcel", async () => {
    const { store, lease } = await planned(setup);
    await store.fenced(lease, async (tx) => {
      await tx.updateShipment(FIRST.id, { state: "bought", label: aLabel() });
      await tx.planShipment(SECOND);
    });
    await expect(
      store.fenced(lease, (tx) => tx.updateShipment(SECOND.id, { state: "bought", label: aLabel() })),
    ).rejects.toBeInstanceOf(AssertionError);
    await store.fenced(lease, (tx) => tx.updateShipment(FIRST.id, { state: "voided", voidedAt: 9_000 }));
    await store.fenced(lease, (tx) => tx.updateShipment(SECOND.id, { state: "bought", label: aLabel() }));
    const records = await store.shipments.ofOrder(ORDER_ID);
    expect(records.map((record) => record.state)).toEqual(["voided", "bought"]);
  });

  for (const [situation, state] of [
    ["is bought", "done"],
    ["may be bought, because the answer was lost", "unknown"],
    ["may be bought, because the run died", "begun"],
  ] as const) {
    test(`a purchase is not begun while another generation of the parcel ${situation}`, async () => {
      const { store, lease } = await planned(setup);
      await store.fenced(lease, async (tx) => {
        await tx.planShipment(SECOND);
        await tx.beginEffect(BUY, 3_000);
        if (state !== "begun") {
          await tx.settleEffect(BUY.key, state, null, 3_100);
        }
      });
      await expect(store.fenced(lease, (tx) => tx.beginEffect(BUY_SECOND, 4_000))).rejects.toBeInstanceOf(
        AssertionError,
      );
      expect(await store.effects.ofOrder(ORDER_ID)).toHaveLength(1);
    });
  }

  test("a purchase may be begun when the other generation was refused, or bought and voided", async () => {
    const { store, lease } = await planned(setup);
    await store.fenced(lease, async (tx) => {
      await tx.planShipment(SECOND);
      await tx.beginEffect(BUY, 3_000);
      await tx.settleEffect(BUY.key, "refused", FAILURE, 3_100);
      await tx.beginEffect(BUY_SECOND, 3_200);
      await tx.settleEffect(BUY_SECOND.key, "done", null, 3_300);
      await tx.updateShipment(SECOND.id, { state: "bought", label: aLabel() });
    });
    await store.fenced(lease, async (tx) => {
      await tx.updateShipment(SECOND.id, { state: "voided", voidedAt: 4_000 });
      await tx.beginEffect(BUY, 4_100);
    });
    expect((await store.effects.ofOrder(ORDER_ID)).filter(isUnresolved)).toMatchObject([{ key: BUY.key, attempt: 2 }]);
  });

  test("two parcels of one fulfillment order are bought side by side", async () => {
    const { store, lease } = await planned(setup);
    const box = aShipment({ parcelNumber: 2 });
    await store.fenced(lease, async (tx) => {
      await tx.planShipment(box);
      await tx.beginEffect(BUY, 3_000);
      await tx.beginEffect({ ...BUY, key: `buy:${box.id}`, shipmentId: box.id }, 3_000);
    });
    expect((await store.effects.ofOrder(ORDER_ID)).filter(isUnresolved)).toHaveLength(2);
  });

  test("a label without its price and number is refused", async () => {
    const { store, lease } = await planned(setup);
    await expect(
      store.fenced(lease, (tx) => tx.updateShipment(FIRST.id, { state: "bought", label: null })),
    ).rejects.toBeInstanceOf(AssertionError);
  });

  test("spend is summed per currency from an instant on, voided labels included", async () => {
    const { store, lease } = await planned(setup);
    const box = (parcelNumber: number) => aShipment({ parcelNumber });
    const cost = (amountMinor: number, currency: string) => ({ cost: { amountMinor, currency } });
    await store.fenced(lease, async (tx) => {
      await tx.updateShipment(FIRST.id, { state: "bought", label: aLabel({ boughtAt: 999, ...cost(5_000, "USD") }) });
      for (const [number, label] of [
        [2, aLabel({ boughtAt: 1_000, ...cost(607, "USD") })],
        [3, aLabel({ boughtAt: 2_000, ...cost(100, "USD") })],
        [4, aLabel({ boughtAt: 2_000, ...cost(1_200, "JPY") })],
      ] as const) {
        await tx.planShipment(box(number));
        await tx.updateShipment(box(number).id, { state: "bought", label });
      }
      await tx.updateShipment(box(3).id, { state: "voided", voidedAt: 2_500 });
    });
    expect(await store.shipments.spendSince(1_000)).toEqual([
      { amountMinor: 1_200, currency: "JPY" },
      { amountMinor: 707, currency: "USD" },
    ]);
    expect(await store.shipments.spendSince(9_000)).toEqual([]);
  });
}

function records(setup: StoreSetup): void {
  test("a shipment comes back exactly as it was planned and changed", async () => {
    const { store, lease } = await planned(setup);
    expect(await store.shipments.get(FIRST.id)).toEqual(FIRST);
    const patch = {
      state: "bought",
      providerShipmentId: "shp_1",
      rates: [
        {
          id: "rate_1",
          carrier: "USPS",
          service: "Priority",
          price: { amountMinor: 845, currency: "USD" },
          deliveryDays: null,
          accountId: null,
        },
      ],
      ratesAt: 2_500,
      refusal: null,
      label: aLabel({ path: "7001-1-1.pdf" }),
      fulfillmentId: "gid://shopify/Fulfillment/1",
    } as const;
    await store.fenced(lease, (tx) => tx.updateShipment(FIRST.id, patch));
    expect(await store.shipments.get(FIRST.id)).toEqual({ ...FIRST, ...patch });
    await store.fenced(lease, (tx) => tx.updateShipment(FIRST.id, {}));
    expect(await store.shipments.ofOrder(ORDER_ID)).toEqual([{ ...FIRST, ...patch }]);
  });

  test("a shipment is planned once, for the order of the lease, and only such a one is changed", async () => {
    const { store, lease } = await planned(setup);
    for (const write of [
      () => store.fenced(lease, (tx) => tx.planShipment(FIRST)),
      () => store.fenced(lease, (tx) => tx.planShipment({ ...FIRST, id: "other" })),
      () => store.fenced(lease, (tx) => tx.planShipment(aShipment({ orderId: "another", parcelNumber: 3 }))),
      () => store.fenced(lease, (tx) => tx.updateShipment("unknown", { fingerprint: "f2" })),
    ]) {
      await expect(write()).rejects.toBeInstanceOf(AssertionError);
    }
    expect(await store.shipments.ofOrder(ORDER_ID)).toEqual([FIRST]);
  });

  test("a judgement is news when status or reason change", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    const save = (status: "waiting" | "parked", reason: string | null, at: number) =>
      store.fenced(lease, (tx) =>
        tx.saveJudgement({ status, reason, reasonInput: { blank: "lines", n: 2 }, decision: [{ check: "paid" }], at }),
      );
    expect(await save("waiting", null, 2_000)).toBe(false);
    expect(await save("parked", "no_weight", 3_000)).toBe(true);
    expect(await save("parked", "no_weight", 4_000)).toBe(false);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({
      status: "parked",
      reason: "no_weight",
      reasonInput: { blank: "lines", n: 2 },
      statusSince: 3_000,
      decision: [{ check: "paid" }],
    });
    expect(await save("parked", "no_rate", 5_000)).toBe(true);
  });
}

const MOVED: TrackingHistory = [{ status: "accepted", at: 1 }];
const ARRIVED: TrackingHistory = [...MOVED, { status: "delivered", at: 2 }];

function tracking(setup: StoreSetup): void {
  async function bought(): Promise<{ readonly store: Store; readonly lease: Lease }> {
    const { store, lease } = await planned(setup);
    await store.fenced(lease, (tx) => tx.updateShipment(FIRST.id, { state: "bought", label: aLabel() }));
    return { store, lease };
  }

  test("a parcel is followed from its purchase until it is voided", async () => {
    const { store, lease } = await bought();
    expect(await store.shipments.dueForTracking(4_999, 10)).toEqual([]);
    expect(await store.shipments.dueForTracking(5_000, 10)).toEqual([FIRST.id]);
    await store.shipments.setNextTrackAt(FIRST.id, 8_000);
    expect(await store.shipments.dueForTracking(7_999, 10)).toEqual([]);
    expect(await store.shipments.dueForTracking(8_000, 10)).toEqual([FIRST.id]);
    await store.fenced(lease, (tx) => tx.updateShipment(FIRST.id, { state: "voided", voidedAt: 8_100 }));
    expect(await store.shipments.dueForTracking(99_000, 10)).toEqual([]);
  });

  test("news of a parcel are stored and make its order due, in one step", async () => {
    const { store, lease } = await bought();
    await store.orders.release(lease, 2_000, { dueAt: null, attempts: 0, lastError: null });
    expect(await store.shipments.recordTracking(FIRST.id, ARRIVED, null)).toBe(true);
    expect((await store.shipments.get(FIRST.id))?.tracking).toEqual(ARRIVED);
    expect(await store.orders.get(ORDER_ID)).toMatchObject({ requestedSeq: 2, dueAt: 1_000_000 });
    expect(await store.shipments.dueForTracking(9_999_999, 10)).toEqual([]);
  });

  test("no news, old news and news made from an older history change nothing but the next look", async () => {
    const { store } = await bought();
    await store.shipments.recordTracking(FIRST.id, ARRIVED, 6_000);
    const other: TrackingHistory = [{ status: "in_transit", at: 1 }, ...ARRIVED];
    for (const history of [ARRIVED, MOVED, [], other]) {
      expect(await store.shipments.recordTracking(FIRST.id, history, 7_000)).toBe(false);
    }
    expect((await store.shipments.get(FIRST.id))?.tracking).toEqual(ARRIVED);
    expect((await store.orders.get(ORDER_ID))?.requestedSeq).toBe(2);
    expect(await store.shipments.dueForTracking(6_999, 10)).toEqual([]);
    expect(await store.shipments.recordTracking("unknown", ARRIVED, 7_000)).toBe(false);
  });

  test("a look that was asked for while the poll waited for an answer is not put off", async () => {
    const { store } = await bought();
    await store.shipments.setNextTrackAt(FIRST.id, 50_000);
    await store.shipments.setNextTrackAt(FIRST.id, 6_000);
    expect(await store.shipments.recordTracking(FIRST.id, MOVED, 90_000, 50_000)).toBe(true);
    expect(await store.shipments.dueForTracking(6_000, 10)).toEqual([FIRST.id]);
    await store.shipments.recordTracking(FIRST.id, MOVED, 90_000, 6_000);
    expect(await store.shipments.dueForTracking(89_999, 10)).toEqual([]);
  });

  test("a run that read the parcel before the poll does not undo what the poll stored", async () => {
    const { store, lease } = await bought();
    await store.shipments.recordTracking(FIRST.id, ARRIVED, null);
    await store.fenced(lease, (tx) => tx.updateShipment(FIRST.id, { tracking: MOVED, fulfillmentId: "f-1" }));
    expect(await store.shipments.get(FIRST.id)).toMatchObject({ tracking: ARRIVED, fulfillmentId: "f-1" });
  });

  test("shipments of a fulfillment order are listed by parcel and generation", async () => {
    const { store, lease } = await planned(setup);
    const box = aShipment({ parcelNumber: 2 });
    await store.fenced(lease, async (tx) => {
      await tx.planShipment(box);
      await tx.planShipment(SECOND);
    });
    const records = await store.shipments.ofOrder(ORDER_ID);
    expect(records.map((record) => record.id)).toEqual([FIRST.id, SECOND.id, box.id]);
    expect(records.every((record) => record.fulfillmentOrderId === FULFILLMENT_ORDER_ID)).toBe(true);
  });
}
