import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { drawJourney, USUAL_MIX } from "../../../src/sandbox/easypost/journeys.ts";
import { seededRandom } from "../../../src/sandbox/random.ts";
import { code, createOne, type OpenSandbox, openSandbox, STEP_MS, text } from "./support.ts";

let sandbox: OpenSandbox;

beforeEach(async () => {
  sandbox = await openSandbox();
});

afterEach(async () => {
  await sandbox.close();
});

async function buyOne(): Promise<string> {
  const { buyPath, buyBody } = await createOne(sandbox);
  const bought = await sandbox.call("POST", buyPath, buyBody);
  return text(bought.body["tracker"], "id");
}

async function readTracker(id: string): Promise<Record<string, unknown>> {
  return (await sandbox.call("GET", `/v2/trackers/${id}`)).body;
}

describe("the way of a parcel", () => {
  it("follows the clock, a step at a time, from unknown to delivered", async () => {
    const id = await buyOne();
    const seen: string[] = [];
    for (let step = 0; step <= 7; step += 1) {
      const tracker = await readTracker(id);
      seen.push(`${tracker["status"]}/${tracker["status_detail"]}`);
      expect(tracker["tracking_details"]).toHaveLength(Math.min(step, 6));
      sandbox.clock.advance(STEP_MS);
    }
    expect(seen).toEqual([
      "unknown/unknown",
      "pre_transit/label_created",
      "in_transit/received_at_origin_facility",
      "in_transit/departed_facility",
      "in_transit/received_at_destination_facility",
      "out_for_delivery/out_for_delivery",
      "delivered/arrived_at_destination",
      "delivered/arrived_at_destination",
    ]);
  });

  it("shows in the shipment too, and every scan has its time", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox);
    await sandbox.call("POST", buyPath, buyBody);
    sandbox.clock.advance(5 * STEP_MS);
    const shipment = (await sandbox.call("GET", `/v2/shipments/${id}`)).body;
    expect(shipment["status"]).toBe("out_for_delivery");
    const details = (shipment["tracker"] as Record<string, unknown>)["tracking_details"] as Record<string, unknown>[];
    expect(details.map((detail) => detail["datetime"])).toEqual([
      "2026-11-22T08:00:01Z",
      "2026-11-22T08:00:02Z",
      "2026-11-22T08:00:03Z",
      "2026-11-22T08:00:04Z",
      "2026-11-22T08:00:05Z",
    ]);
    expect(details.at(-1)?.["tracking_location"]).toMatchObject({ city: "Redondo Beach", zip: "90277" });
  });

  it("goes wrong as often as the mix says", () => {
    const random = seededRandom(3);
    const journeys = Array.from({ length: 5_000 }, () => drawJourney(random, USUAL_MIX));
    const share = (matches: (statuses: readonly string[]) => boolean): number =>
      journeys.filter((scans) => matches(scans.map((scan) => `${scan.status}/${scan.detail}`))).length /
      journeys.length;
    expect(share((scans) => scans.at(-1) === "delivered/arrived_at_destination")).toBeCloseTo(0.96, 1);
    expect(share((scans) => scans.at(-1) === "failure/failure")).toBeCloseTo(0.02, 2);
    expect(share((scans) => scans.at(-1) === "return_to_sender/return")).toBeCloseTo(0.02, 2);
    expect(share((scans) => scans.includes("in_transit/delayed"))).toBeCloseTo(0.05, 2);
  });

  it.each([
    [{ failed: 1 }, "failure"],
    [{ returned: 1 }, "return_to_sender"],
  ])("ends as a mix of %j demands", async (journeyMix, status) => {
    await sandbox.close();
    sandbox = await openSandbox({ journeyMix: { failed: 0, returned: 0, delayed: 1, ...journeyMix } });
    const id = await buyOne();
    sandbox.clock.advance(4 * STEP_MS);
    expect((await readTracker(id))["status_detail"]).toBe("delayed");
    sandbox.clock.advance(3 * STEP_MS);
    expect((await readTracker(id))["status"]).toBe(status);
  });

  it("is the same for the same seed", async () => {
    const mix = { failed: 0.3, returned: 0.3, delayed: 0.5 };
    const runs: string[] = [];
    for (let run = 0; run < 2; run += 1) {
      await sandbox.close();
      sandbox = await openSandbox({ random: seededRandom(11), journeyMix: mix });
      const ids = [await buyOne(), await buyOne(), await buyOne(), await buyOne()];
      sandbox.clock.advance(20 * STEP_MS);
      const ends = await Promise.all(ids.map(readTracker));
      runs.push(JSON.stringify(ends.map((tracker) => [tracker["id"], tracker["tracking_code"], tracker["status"]])));
    }
    expect(runs[0]).toBe(runs[1]);
  });

  it("can be forced by hand, which ends its own journey", async () => {
    const id = await buyOne();
    sandbox.fake.advanceTracker(id, "available_for_pickup");
    sandbox.clock.advance(100 * STEP_MS);
    const forced = await readTracker(id);
    expect(forced["status"]).toBe("available_for_pickup");
    expect(forced["tracking_details"]).toHaveLength(1);
    sandbox.fake.advanceTracker(id, "delivered");
    expect((await readTracker(id))["status"]).toBe("delivered");
    expect(() => sandbox.fake.advanceTracker("trk_0", "delivered")).toThrow();
  });
});

describe("trackers by code", () => {
  it.each([
    ["EZ1000000001", "pre_transit"],
    ["EZ2000000002", "in_transit"],
    ["EZ3000000003", "out_for_delivery"],
    ["EZ4000000004", "delivered"],
    ["EZ5000000005", "return_to_sender"],
    ["EZ6000000006", "failure"],
    ["EZ7000000007", "unknown"],
  ])("are stuck in the state of test code %s", async (trackingCode, status) => {
    const first = await sandbox.call("POST", "/v2/trackers", { tracker: { tracking_code: trackingCode } });
    expect([first.status, first.body["status"], first.body["carrier"]]).toEqual([201, status, "USPS"]);
    sandbox.clock.advance(1_000 * STEP_MS);
    const again = await sandbox.call("POST", "/v2/trackers", {
      tracker: { tracking_code: trackingCode, carrier: "USPS" },
    });
    expect([again.status, again.body["status"], again.body["id"]]).toEqual([200, status, first.body["id"]]);
  });

  it("are new for another carrier and after three months", async () => {
    const register = async (carrier: string): Promise<unknown> =>
      (await sandbox.call("POST", "/v2/trackers", { tracker: { tracking_code: "EZ2000000002", carrier } })).body["id"];
    const first = await register("USPS");
    expect(await register("UPS")).not.toBe(first);
    sandbox.clock.advance(91 * 86_400_000);
    expect(await register("USPS")).not.toBe(first);
  });

  it("give the tracker of a bought label and refuse what test mode does not know", async () => {
    const id = await buyOne();
    const trackingCode = (await readTracker(id))["tracking_code"];
    const own = await sandbox.call("POST", "/v2/trackers", { tracker: { tracking_code: trackingCode } });
    expect([own.status, own.body["id"]]).toEqual([200, id]);
    const foreign = { tracker: { tracking_code: "1Z999AA10123456784" } };
    expect(code(await sandbox.call("POST", "/v2/trackers", foreign))).toBe("TRACKER.INVALID_TEST_CODE");
    const odd = { tracker: { tracking_code: "whatever" } };
    expect(code(await sandbox.call("POST", "/v2/trackers", odd))).toBe("TRACKER.NO_CARRIER_FOR_CODE");
    expect(code(await sandbox.call("POST", "/v2/trackers", {}))).toBe("PARAMETER.REQUIRED");
    await sandbox.close();
    sandbox = await openSandbox({ mode: "production" });
    const live = await sandbox.call("POST", "/v2/trackers", foreign);
    expect([live.status, live.body["carrier"], live.body["mode"]]).toEqual([201, "UPS", "production"]);
  });
});
