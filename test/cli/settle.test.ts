/** `settle`: the one command that can make a label be bought twice if it believes the wrong answer. */
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/system.ts";
import { LATE_PURCHASE_MS } from "../../src/core/decide-unbought.ts";
import { effectKey } from "../../src/core/effect.ts";
import { MINUTE_MS } from "../../src/core/time.ts";
import { expectTwoLines, type Floor, useFloor } from "./shop-floor.ts";

describe("a purchase without an answer", () => {
  const floor = useFloor();

  /**
   * A quoted order whose purchase is journalled as unknown, as a run leaves it when the provider does not answer and
   * cannot be asked either.
   */
  async function leaveUnknown(name: string, ageMs = LATE_PURCHASE_MS): Promise<string> {
    const { easypost } = floor().sandbox;
    const id = floor().addOrder({ name });
    easypost.setFunds(false);
    await floor().run(["sync", "--order", name]);
    easypost.setFunds(true);
    await floor().withStore(async (store) => {
      const [shipment] = await store.shipments.ofOrder(id);
      const rate = shipment?.rates[0];
      const now = systemClock.now();
      const lease = await store.orders.claim(id, "test", now + MINUTE_MS, MINUTE_MS);
      if (shipment === undefined || rate === undefined || lease === null) {
        throw new Error(`${name} is not quoted`);
      }
      const key = effectKey("buy", shipment.id);
      const { carrier, service, price } = rate;
      const input = { rate: rate.id, carrier, service, ...price };
      await store.fenced(lease, async (tx) => {
        await tx.beginEffect({ key, kind: "buy", shipmentId: shipment.id, input }, now - ageMs);
        await tx.settleEffect(key, "unknown", { kind: "outcome_unknown", message: "no answer" }, now - ageMs);
        await tx.saveJudgement({
          ...{ status: "parked", reason: "purchase_outcome_unknown", reasonInput: { lookups: 5 }, decision: null },
          at: now,
        });
      });
      await store.orders.release(lease, now, { dueAt: null, attempts: 0, lastError: null });
    });
    return id;
  }

  const purchasesOf = ({ sandbox }: Floor) => sandbox.easypost.ledger().purchases.length;

  it("is what the overview sends the reader to", async () => {
    await leaveUnknown("#1001");
    const { code, stdout } = await floor().run(["status"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/#1001 {2}purchase_outcome_unknown {2}\d+s {2}shipbot settle --order 1001\n$/);
    const order = await floor().run(["status", "--order", "1001"]);
    expect(order.code).toBe(1);
    expect(order.stdout).toMatch(/\nopen {5}buy:\S+ unknown, asked [\s\S]*not\s+sent again, looked up 0x\n/);
  });

  it("is not settled without an answer, and says where to look", async () => {
    const { code, stderr } = await floor().run(["settle", "--order", "1001"]);
    expect(code).toBe(2);
    expectTwoLines(
      stderr,
      /Look for shipbot\S127\S+ at EasyPost/,
      /--bought, or shipbot settle --order 1001 --not-bought/,
    );
    expect(purchasesOf(floor())).toBe(0);
  });

  it("is not believed to be bought when the provider shows no label; nothing is bought", async () => {
    const { code, stdout, stderr } = await floor().run(["settle", "--order", "1001", "--bought"]);
    expect(code).toBe(1);
    expect(stdout).toBe("0 settled. Bought 0 labels.\n");
    expect(stderr).toMatch(/EasyPost shows no label for shipbot\S127[\s\S]*shipbot settle --order 1001 --not-bought/);
    expect(purchasesOf(floor())).toBe(0);
  });

  it("needs --yes where nobody can be asked, and is only shown by a dry run", async () => {
    const unasked = await floor().run(["settle", "--order", "1001", "--not-bought"]);
    expect(unasked.code).toBe(2);
    expectTwoLines(unasked.stderr, /close \w+ \w+ \d+\.\d\d USD of #1001 as not bought/, /--yes/);
    const dry = await floor().run(["settle", "--order", "1001", "--not-bought", "--dry-run"]);
    expect(dry.stdout).toMatch(/^Would close .*Nothing was sent\.\n$/);
    expect(purchasesOf(floor())).toBe(0);
  });

  it("is closed by --not-bought, journalled with who, and then bought once", async () => {
    const { code, stdout } = await floor().run(["settle", "--order", "1001", "--not-bought", "--yes"]);
    expect(stdout).toMatch(/#1001 {2}\w+ -> pending_pickup {2}USPS[\s\S]*Bought 1 label/);
    expect(code).toBe(0);
    expect(purchasesOf(floor())).toBe(1);
    expect((await floor().run(["status", "--order", "1001"])).stdout).toMatch(/settle +ada says that/);
    const again = await floor().run(["settle", "--order", "1001", "--not-bought", "--yes"]);
    expect(again).toMatchObject({ code: 0, stdout: "#1001 has no purchase without an outcome: nothing to settle.\n" });
  });

  it("is not closed while the provider shows a label: that one is taken over instead", async () => {
    const id = await leaveUnknown("#1002");
    const before = purchasesOf(floor());
    await floor().withStore(async (store) => {
      const [shipment] = await store.shipments.ofOrder(id);
      // What the lost call has done.
      const url = `${floor().sandbox.url}/v2/shipments/${shipment?.providerShipmentId}/buy`;
      const key = Buffer.from(`${floor().env["SHIPPING_API_KEY"]}:`).toString("base64");
      const headers = { authorization: `Basic ${key}`, "content-type": "application/json" };
      const body = JSON.stringify({ rate: { id: shipment?.rates[0]?.id } });
      expect((await fetch(url, { method: "POST", headers, body })).status).toBe(200);
    });
    const refused = await floor().run(["settle", "--order", "1002", "--not-bought", "--yes"]);
    expect(refused.code).toBe(2);
    expectTwoLines(refused.stderr, /EasyPost shows a label for shipbot\S127.*it was bought/, /--bought/);
    const { code, stdout } = await floor().run(["settle", "--order", "1002", "--bought"]);
    expect(stdout).toMatch(/#1002 {2}parked -> pending_pickup/);
    expect(code).toBe(0);
    expect(purchasesOf(floor())).toBe(before + 1);
  });

  it("is not closed while it may still arrive, and says when to come again", async () => {
    await leaveUnknown("#1004", 0);
    for (const flag of ["--yes", "--dry-run"]) {
      const { code, stderr } = await floor().run(["settle", "--order", "1004", "--not-bought", flag]);
      expect(code).toBe(2);
      expectTwoLines(stderr, /#1004 may still arrive/, /^in [45]m.*: shipbot settle --order 1004 --not-bought/);
    }
  });

  it("is left alone while the provider cannot be asked", async () => {
    await leaveUnknown("#1003");
    const before = purchasesOf(floor());
    const env = { SHIPPING_API_URL: "http://127.0.0.1:1/v2" };
    const { code, stderr } = await floor().run(["settle", "--order", "1003", "--not-bought", "--yes"], env);
    expect(code).toBe(69);
    expectTwoLines(stderr, /provider does not answer/, /wait and run it again/);
    expect(purchasesOf(floor())).toBe(before);
  });
});
