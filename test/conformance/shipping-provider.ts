/**
 * What every shipping provider must do, whoever answers at the other end: the contract of `src/ports/shipping-provider.ts`
 * as tests. An adapter passes when `describeShippingProvider` does against a server that it speaks real HTTP with, and
 * whose own books say what was bought.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RemoteError } from "../../src/base/errors.ts";
import { insuranceCost, NO_OPTIONS } from "../../src/core/label-options.ts";
import type {
  ProviderShipment,
  Purchase,
  ShipmentRequest,
  ShippingProvider,
} from "../../src/ports/shipping-provider.ts";
import { cheapest } from "../support/cheapest.ts";
import { LOSSES, type ProviderBench } from "./provider-bench.ts";

const PERSONAL = /Ottilie|Brückner|Larkspur|83702|5550147|ottilie@/i;
const REFERENCE = "shipbot/shop.example/1001-1-1";
/** More rounds than any single loss needs. */
const ROUNDS_MAX = 5;

const FROM = {
  name: "Depot",
  company: "Acme Store",
  street1: "1 Market Street",
  street2: null,
  city: "San Francisco",
  province: "CA",
  postalCode: "94105",
  country: "US",
  phone: "4155550100",
  email: null,
};
const TO = {
  name: "Ottilie Brückner",
  company: null,
  street1: "77 Larkspur Terrace",
  street2: "Flat 9",
  city: "Boise",
  province: "ID",
  postalCode: "83702",
  country: "US",
  phone: "2085550147",
  email: "ottilie@shop.example",
};

function request(changes: Partial<ShipmentRequest> = {}): ShipmentRequest {
  return {
    reference: REFERENCE,
    from: FROM,
    to: TO,
    parcel: { preset: "box", lengthMm: 300, widthMm: 200, heightMm: 100, weightGrams: 700 },
    options: NO_OPTIONS,
    ...changes,
  };
}

/** Declares the suite. `setup` opens a fresh server with an empty, funded test account for every test. */
export function describeShippingProvider(name: string, setup: () => Promise<ProviderBench>): void {
  describe(`shipping provider ${name}`, () => {
    let bench: ProviderBench;
    let provider: ShippingProvider;
    beforeEach(async () => {
      bench = await setup();
      provider = bench.provider;
    });
    afterEach(() => bench.close());

    describe("when all goes well", () => {
      it("proves a test credential", async () => {
        await create(provider);
        expect(await provider.verify()).toEqual({ mode: "test" });
      });

      it("creates for free, with our reference and rates in one currency", async () => {
        const shipment = await create(provider);
        expect(shipment.reference).toBe(REFERENCE);
        expect(shipment.purchase).toBeNull();
        expect(shipment.rates.length).toBeGreaterThan(0);
        for (const rate of shipment.rates) {
          expect(rate.price.amountMinor).toBeGreaterThan(0);
          expect(rate.price.currency).toBe("USD");
        }
        expect(bench.purchases()).toEqual([]);
      });

      it("buys the chosen rate, and a read shows the same purchase", async () => {
        const shipment = await create(provider);
        const rate = shipment.rates.at(-1);
        const bought = await done(provider.buy(shipment.id, rate?.id ?? ""));
        expect(bought).toMatchObject({ rate: { carrier: rate?.carrier, price: rate?.price }, refunded: false });
        expect(bought.trackingNumber).not.toBe("");
        expect((await provider.readShipment(shipment.id)).purchase).toEqual(bought);
        expect((await provider.findShipment(REFERENCE))?.purchase).toEqual(bought);
        expect(bench.purchases()).toEqual([shipment.id]);
      });

      it.each(["pdf", "png", "zpl"] as const)("gives the label as %s, twice the same", async (format) => {
        const { shipment } = await buyOne(provider, { options: { ...NO_OPTIONS, format } });
        const label = await provider.downloadLabel(shipment.id, format);
        expect(label.format).toBe(format);
        expect(label.bytes.length).toBeGreaterThan(20);
        expect(await provider.downloadLabel(shipment.id, format)).toEqual(label);
      });

      it("says what a label is when it is not what was asked for", async () => {
        const { shipment } = await buyOne(provider, { options: { ...NO_OPTIONS, format: "zpl" } });
        const label = await provider.downloadLabel(shipment.id, "png");
        const isPng = Buffer.from(label.bytes.subarray(1, 4)).toString("latin1") === "PNG";
        expect(label.format === "png").toBe(isPng);
      });

      it("insures what it sells, and says what that cost: no more than its terms", async () => {
        const terms = provider.insurance ?? expect.fail("it sells no insurance");
        for (const amountMinor of [100, 10_000, 24_999]) {
          const insured = { amountMinor, currency: terms.currency };
          const { id, rates } = await create(provider);
          const bought = await done(provider.buy(id, cheapest(rates)?.id ?? "", insured));
          const atMost = insuranceCost(insured, terms)?.amountMinor ?? 0;
          expect(bought.insured).toEqual(insured);
          expect(bought.insuranceCost?.amountMinor).toBeGreaterThan(0);
          expect(bought.insuranceCost?.amountMinor).toBeLessThanOrEqual(atMost);
          expect((await provider.readShipment(id)).purchase).toEqual(bought);
        }
        const { bought } = await buyOne(provider);
        expect(bought).toMatchObject({ insured: null, insuranceCost: null });
      });

      it("follows the parcel to the door, by tracker or by number", async () => {
        const { bought } = await buyOne(provider);
        const parcel = { ...bought, carrier: bought.rate.carrier };
        expect((await provider.track(parcel)).every(({ status }) => status === "pre_transit")).toBe(true);
        bench.deliver();
        const checkpoints = await provider.track(parcel);
        expect(checkpoints.map(({ status }) => status)).toEqual(expect.arrayContaining(["in_transit", "delivered"]));
        expect(checkpoints.every(({ at }) => at <= bench.now())).toBe(true);
        expect(await provider.track({ ...parcel, trackerId: null })).toEqual(checkpoints);
      });

      it("voids, and a read shows it", async () => {
        const { shipment } = await buyOne(provider);
        await done(provider.void(shipment.id));
        expect((await provider.readShipment(shipment.id)).purchase?.refunded).toBe(true);
        expect(bench.refunds()).toEqual([shipment.id]);
      });

      it("counts a void that was asked for before as done", async () => {
        const { shipment } = await buyOne(provider);
        await done(provider.void(shipment.id));
        await done(provider.void(shipment.id));
        expect(bench.refunds()).toEqual([shipment.id]);
      });

      it("gives fresh rates that can be bought", async () => {
        const { id } = await create(provider);
        const fresh = await provider.refreshRates(id);
        expect(fresh.id).toBe(id);
        await done(provider.buy(id, cheapest(fresh.rates)?.id ?? ""));
      });

      it("shows the purchase when fresh rates are asked for after it", async () => {
        const { shipment, bought } = await buyOne(provider);
        expect((await provider.refreshRates(shipment.id)).purchase).toEqual(bought);
      });

      it("has a name for every carrier", () => {
        expect(provider.shopCarrierName("USPS")).toBe("USPS");
        expect(provider.shopCarrierName("Pigeon Post")).toBe("Pigeon Post");
        expect(provider.trackingPage("Pigeon Post", "1")).toBeNull();
      });
    });

    describe("when an answer gets lost", () => {
      it.each(LOSSES)("creates again without harm (%s)", async (loss) => {
        bench.lose("create", loss);
        expect((await provider.createShipment(request())).outcome).toBe("unknown");
        const found = await provider.findShipment(REFERENCE);
        expect(found !== null).toBe(loss.endsWith("_after"));
        const shipment = found ?? (await create(provider));
        await done(provider.buy(shipment.id, shipment.rates[0]?.id ?? ""));
        expect((await provider.findShipment(REFERENCE))?.id).toBe(shipment.id);
        expect(bench.purchases()).toEqual([shipment.id]);
      });

      it.each(LOSSES)("never buys a second label after a read (%s)", async (loss) => {
        const shipment = await create(provider);
        bench.lose("buy", loss);
        const outcome = await provider.buy(shipment.id, shipment.rates[0]?.id ?? "");
        expect(outcome).toMatchObject({ outcome: "unknown", failure: { kind: "outcome_unknown" } });
        expect(bench.purchases()).toHaveLength(loss.endsWith("_after") ? 1 : 0);
        const bought = await settle(provider, shipment);
        expect((await provider.readShipment(shipment.id)).purchase).toEqual(bought);
        expect(bench.purchases()).toEqual(bought === null ? [] : [shipment.id]);
      });

      it.each(LOSSES)("never buys a second label even when it is bought again blindly (%s)", async (loss) => {
        if (!provider.purchaseIsGuarded) {
          return;
        }
        const shipment = await create(provider);
        const rateId = shipment.rates[0]?.id ?? "";
        bench.lose("buy", loss);
        await provider.buy(shipment.id, rateId);
        const bought = await done(provider.buy(shipment.id, rateId));
        expect((await provider.readShipment(shipment.id)).purchase).toEqual(bought);
        expect(bench.purchases()).toEqual([shipment.id]);
      });

      it.each(LOSSES)("voids once (%s)", async (loss) => {
        const { shipment } = await buyOne(provider);
        bench.lose("void", loss);
        expect((await provider.void(shipment.id)).outcome).toBe("unknown");
        const seen = (await provider.readShipment(shipment.id)).purchase;
        expect(seen?.refunded).toBe(loss.endsWith("_after"));
        await done(provider.void(shipment.id));
        expect(bench.refunds()).toEqual([shipment.id]);
      });

      it("reads again by itself", async () => {
        const { id } = await create(provider);
        bench.loseAnyRead();
        expect((await provider.readShipment(id)).id).toBe(id);
      });

      it("buys once when two buy at the same moment", async () => {
        const shipment = await create(provider);
        const rateId = shipment.rates[0]?.id ?? "";
        bench.overlap();
        const outcomes = await Promise.all([provider.buy(shipment.id, rateId), provider.buy(shipment.id, rateId)]);
        expect(outcomes.map(({ outcome }) => outcome)).not.toContain("refused");
        const bought = await settle(provider, shipment);
        for (const outcome of outcomes) {
          expect(outcome.outcome === "done" ? outcome.value : bought).toEqual(bought);
        }
        expect(bench.purchases()).toEqual([shipment.id]);
      });
    });

    describe("when it is refused", () => {
      it("names an address that is not accepted, without the address", async () => {
        const outcome = await provider.createShipment(request({ to: { ...TO, street1: null } }));
        expect(outcome).toMatchObject({
          outcome: "refused",
          failure: { kind: "rejected", code: expect.stringMatching(/^ADDRESS\./) },
        });
        expect(JSON.stringify(outcome)).not.toMatch(PERSONAL);
      });

      it("says why there are no rates", async () => {
        bench.setRates(false);
        const shipment = await create(provider);
        expect(shipment.rates).toEqual([]);
        expect(shipment.messages.length).toBeGreaterThan(0);
        expect(shipment.messages.join()).not.toMatch(PERSONAL);
      });

      it("does not buy a rate of another shipment", async () => {
        const mine = await create(provider);
        const other = await create(provider, { reference: `${REFERENCE}-other` });
        const outcome = await provider.buy(mine.id, other.rates[0]?.id ?? "");
        expect(outcome).toMatchObject({
          outcome: "refused",
          failure: { kind: expect.stringMatching(/rejected|stale/) },
        });
        expect(bench.purchases()).toEqual([]);
      });

      it("knows what is missing", async () => {
        expect(await provider.findShipment("shipbot/shop.example/never")).toBeNull();
        expect(await failureOf(provider.readShipment("shp_never"))).toMatchObject({ kind: "missing" });
        expect((await provider.buy("shp_never", "rate_never")).outcome).toBe("refused");
        const { id } = await create(provider);
        expect(await failureOf(provider.downloadLabel(id, "pdf"))).toMatchObject({ kind: "missing" });
      });

      it("finds the newest of several shipments with one reference", async () => {
        await create(provider);
        const newest = await create(provider);
        expect((await provider.findShipment(REFERENCE))?.id).toBe(newest.id);
      });

      it("does not void what was never bought or is on its way", async () => {
        const { id } = await create(provider);
        expect((await provider.void(id)).outcome).toBe("refused");
        const { shipment } = await buyOne(provider);
        bench.deliver();
        expect(await provider.void(shipment.id)).toMatchObject({ outcome: "refused", failure: { kind: "rejected" } });
        expect((await provider.readShipment(shipment.id)).purchase?.refunded).toBe(false);
        expect(bench.refunds()).toEqual([]);
      });

      it("asks for money when there is none, and buys when there is", async () => {
        const shipment = await create(provider);
        const rateId = shipment.rates[0]?.id ?? "";
        bench.setFunds(false);
        expect(await provider.buy(shipment.id, rateId)).toMatchObject({
          outcome: "refused",
          failure: { kind: "unauthorized" },
        });
        expect(bench.purchases()).toEqual([]);
        bench.setFunds(true);
        await done(provider.buy(shipment.id, rateId));
      });

      it("calls every call unauthorized with a credential that is not accepted", async () => {
        const { shipment, bought } = await buyOne(provider);
        const free = await create(provider);
        bench.setCredential(false);
        const { trackerId, trackingNumber } = bought;
        const reads = [
          provider.verify(),
          provider.findShipment(REFERENCE),
          provider.readShipment(shipment.id),
          provider.refreshRates(free.id),
          provider.downloadLabel(shipment.id, "pdf"),
          provider.track({ trackerId, trackingNumber, carrier: bought.rate.carrier }),
        ];
        for (const failure of await Promise.all(reads.map(failureOf))) {
          expect(failure).toMatchObject({ kind: "unauthorized", remedy: expect.stringContaining("SHIPPING_API_KEY") });
        }
        const writes = await Promise.all([
          provider.createShipment(request()),
          provider.buy(free.id, free.rates[0]?.id ?? ""),
          provider.void(shipment.id),
        ]);
        for (const outcome of writes) {
          expect(outcome).toMatchObject({ outcome: "refused", failure: { kind: "unauthorized" } });
          expect(JSON.stringify(outcome)).not.toMatch(PERSONAL);
        }
        expect(bench.purchases()).toEqual([shipment.id]);
      });

      it("says when to come back, having done nothing", async () => {
        const shipment = await create(provider);
        const throttled = { kind: "throttled", retryAt: expect.any(Number) };
        const rateId = shipment.rates[0]?.id ?? "";
        bench.throttle();
        const outcome = await provider.buy(shipment.id, rateId);
        expect(outcome).toMatchObject({ outcome: "refused", failure: throttled });
        expect(outcome.outcome === "refused" ? outcome.failure.retryAt : 0).toBeGreaterThan(bench.now());
        expect(bench.purchases()).toEqual([]);
        bench.throttle();
        expect(await provider.createShipment(request())).toMatchObject({ outcome: "refused", failure: throttled });
        bench.throttle();
        expect(await failureOf(provider.readShipment(shipment.id))).toMatchObject(throttled);
        await done(provider.buy(shipment.id, rateId));
        bench.throttle();
        expect(await provider.void(shipment.id)).toMatchObject({ outcome: "refused", failure: throttled });
        expect(bench.refunds()).toEqual([]);
      });
    });
  });
}

async function create(provider: ShippingProvider, changes: Partial<ShipmentRequest> = {}): Promise<ProviderShipment> {
  return done(provider.createShipment(request(changes)));
}

async function buyOne(
  provider: ShippingProvider,
  changes: Partial<ShipmentRequest> = {},
): Promise<{ readonly shipment: ProviderShipment; readonly bought: Purchase }> {
  const shipment = await create(provider, changes);
  return { shipment, bought: await done(provider.buy(shipment.id, shipment.rates[0]?.id ?? "")) };
}

/** What the daemon does after an unknown purchase: read, and buy the same object again only where that is guarded. */
async function settle(provider: ShippingProvider, shipment: ProviderShipment): Promise<Purchase | null> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const { purchase, rates } = await provider.readShipment(shipment.id);
    if (purchase !== null || !provider.purchaseIsGuarded) {
      return purchase;
    }
    const outcome = await provider.buy(shipment.id, rates[0]?.id ?? "");
    if (outcome.outcome === "done") {
      return outcome.value;
    }
  }
  throw new Error("the purchase did not settle");
}

async function done<T>(call: Promise<{ readonly outcome: string; readonly value?: T }>): Promise<T> {
  const outcome = await call;
  if (outcome.outcome !== "done") {
    throw new Error(`expected done: ${JSON.stringify(outcome)}`);
  }
  return outcome.value as T;
}

async function failureOf(call: Promise<unknown>): Promise<RemoteError> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RemoteError)) {
    throw new Error("expected a RemoteError", { cause: error });
  }
  return error;
}
