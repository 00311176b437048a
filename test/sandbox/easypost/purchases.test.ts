import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { code, createOne, type OpenSandbox, openSandbox, STEP_MS, shipmentInput, text } from "./support.ts";

let sandbox: OpenSandbox;

beforeEach(async () => {
  sandbox = await openSandbox();
});

afterEach(async () => {
  await sandbox.close();
});

function purchasesOf(shipmentId: string): number {
  return sandbox.fake.ledger().purchases.filter((purchase) => purchase.shipmentId === shipmentId).length;
}

describe("buying one shipment", () => {
  it("refuses the second purchase and charges once", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox);
    expect((await sandbox.call("POST", buyPath, buyBody)).status).toBe(200);
    const again = await sandbox.call("POST", buyPath, buyBody);
    expect([again.status, code(again)]).toEqual([422, "SHIPMENT.POSTAGE.EXISTS"]);
    expect(purchasesOf(id)).toBe(1);
  });

  it("charges once for ten purchases at the same time", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox);
    const answers = await Promise.all(Array.from({ length: 10 }, () => sandbox.call("POST", buyPath, buyBody)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(purchasesOf(id)).toBe(1);
  });

  it("says IN_PROGRESS while the carrier is being asked, and goes through after it", async () => {
    await sandbox.close();
    sandbox = await openSandbox({ purchaseMs: 5_000 });
    const { id, buyPath, buyBody } = await createOne(sandbox);
    const first = sandbox.call("POST", buyPath, buyBody);
    await sandbox.clock.sleeping(1);
    const second = await sandbox.call("POST", buyPath, buyBody);
    expect([second.status, code(second)]).toEqual([422, "SHIPMENT.PURCHASE.IN_PROGRESS"]);
    expect(purchasesOf(id)).toBe(0);
    sandbox.clock.advance(5_000);
    expect((await first).status).toBe(200);
    expect(purchasesOf(id)).toBe(1);
  });

  it("holds the purchase when the answer is lost, and a read shows it", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox);
    for (const fault of ["reset_after", "server_error_after", "truncated_after"] as const) {
      sandbox.faults.force(fault, (what) => what === "POST /v2/shipments/:id/buy");
      await sandbox.call("POST", buyPath, buyBody).catch(() => "lost");
    }
    expect(sandbox.faults.total()).toBe(3);
    expect(purchasesOf(id)).toBe(1);
    const read = await sandbox.call("GET", `/v2/shipments/${id}`);
    expect(read.body["tracking_code"]).toBe(sandbox.fake.ledger().purchases[0]?.trackingCode);
    expect(read.body["selected_rate"]).not.toBeNull();
    expect(read.body["postage_label"]).not.toBeNull();
  });

  it("buys nothing when the connection breaks before", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox);
    sandbox.faults.force("reset_before", (what) => what === "POST /v2/shipments/:id/buy");
    await expect(sandbox.call("POST", buyPath, buyBody)).rejects.toThrow();
    expect(purchasesOf(id)).toBe(0);
    expect((await sandbox.call("GET", `/v2/shipments/${id}`)).body["postage_label"]).toBeNull();
  });

  it("answers NO_RESPONSE with the purchase made or not, as set, and only as often as set", async () => {
    const made = await createOne(sandbox);
    sandbox.fake.setNoResponse("bought", 1);
    expect(code(await sandbox.call("POST", made.buyPath, made.buyBody))).toBe("SHIPMENT.POSTAGE.NO_RESPONSE");
    expect(purchasesOf(made.id)).toBe(1);
    expect(code(await sandbox.call("POST", made.buyPath, made.buyBody))).toBe("SHIPMENT.POSTAGE.EXISTS");

    const missed = await createOne(sandbox);
    sandbox.fake.setNoResponse("not_bought", 1);
    expect(code(await sandbox.call("POST", missed.buyPath, missed.buyBody))).toBe("SHIPMENT.POSTAGE.NO_RESPONSE");
    expect(purchasesOf(missed.id)).toBe(0);
    expect((await sandbox.call("POST", missed.buyPath, missed.buyBody)).status).toBe(200);
    expect(purchasesOf(missed.id)).toBe(1);
  });

  it("answers 402 without funds, 401 with a revoked key, and 422 for a rate of another shipment", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox);
    const other = await createOne(sandbox);
    sandbox.fake.setFunds(false);
    const unpaid = await sandbox.call("POST", buyPath, buyBody);
    expect([unpaid.status, code(unpaid)]).toEqual([402, "PAYMENT_REQUIRED"]);
    sandbox.fake.setFunds(true);
    sandbox.fake.setKeyValid(false);
    expect((await sandbox.call("POST", buyPath, buyBody)).status).toBe(401);
    sandbox.fake.setKeyValid(true);
    expect(code(await sandbox.call("POST", buyPath, other.buyBody))).toBe("SHIPMENT.MISSING_RATE");
    expect(code(await sandbox.call("POST", buyPath, {}))).toBe("PARAMETER.REQUIRED");
    expect(purchasesOf(id)).toBe(0);
  });
});

describe("a one-call buy", () => {
  it("creates and buys at once, and stands in the ledger like any other", async () => {
    const answer = await sandbox.call("POST", "/v2/shipments", { shipment: shipmentInput({ service: "Priority" }) });
    expect(answer.status).toBe(201);
    expect(sandbox.fake.ledger().purchases).toMatchObject([
      { service: "Priority", trackingCode: answer.body["tracking_code"] },
    ]);
    const none = await sandbox.call("POST", "/v2/shipments", { shipment: shipmentInput({ service: "Slow" }) });
    expect([none.status, code(none)]).toEqual([422, "SHIPMENT.RATES.UNAVAILABLE"]);
    expect(sandbox.fake.ledger().purchases).toHaveLength(1);
  });
});

describe("the ledger", () => {
  it("cannot be changed by who reads it", async () => {
    const { buyPath, buyBody } = await createOne(sandbox);
    await sandbox.call("POST", buyPath, buyBody);
    (sandbox.fake.ledger().purchases as unknown[]).length = 0;
    expect(sandbox.fake.ledger().purchases).toHaveLength(1);
    expect(Object.isFrozen(sandbox.fake.ledger().purchases[0])).toBe(true);
  });

  it("is served to other processes, never struck by faults and without a key", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox, { reference: "shipbot/acme/1/1" });
    await sandbox.call("POST", buyPath, buyBody);
    sandbox.faults.setPlan({ rates: { reset_before: 1 }, delayMaxMs: 0 });
    const response = await fetch(`${sandbox.url}/sandbox/easypost/ledger`);
    const ledger = (await response.json()) as { purchases: unknown[] };
    expect(ledger.purchases).toMatchObject([{ shipmentId: id, reference: "shipbot/acme/1/1" }]);
  });
});

describe("refunding", () => {
  it("rejects once the parcel was scanned, and may be asked again", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox);
    await sandbox.call("POST", buyPath, buyBody);
    sandbox.clock.advance(2 * STEP_MS);
    for (let round = 0; round < 2; round += 1) {
      const answer = await sandbox.call("POST", `/v2/shipments/${id}/refund`, {});
      expect([answer.status, answer.body["refund_status"]]).toEqual([200, "rejected"]);
    }
    expect(sandbox.fake.ledger().refunds.map((refund) => refund.status)).toEqual(["rejected", "rejected"]);
  });

  it("refuses without postage and a second time, and a refunded label travels no further", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox);
    const path = `/v2/shipments/${id}/refund`;
    expect(code(await sandbox.call("POST", path, {}))).toBe("SHIPMENT.REFUND.UNAVAILABLE");
    await sandbox.call("POST", buyPath, buyBody);
    sandbox.clock.advance(STEP_MS);
    expect((await sandbox.call("POST", path, {})).body["refund_status"]).toBe("submitted");
    expect(code(await sandbox.call("POST", path, {}))).toBe("SHIPMENT.REFUND.UNAVAILABLE");
    sandbox.clock.advance(100 * STEP_MS);
    const read = await sandbox.call("GET", `/v2/shipments/${id}`);
    expect(text(read.body["tracker"], "status")).toBe("pre_transit");
    expect(read.body["refund_status"]).toBe("refunded");
  });
});
