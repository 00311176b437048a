/** `approve`: one purchase is let through, once, and the next asks again. */
import { describe, expect, it } from "vitest";
import { expectPlain, expectTwoLines, readJson, useFloor } from "./shop-floor.ts";

describe("an order that a guard stops", () => {
  const floor = useFloor();
  const CAP = { SHIPBOT_GUARDS_LABEL_MAX: "1.00 USD", SHIPBOT_GUARDS_DAY_MAX: "100.00 USD" };
  const bought = () => floor().sandbox.easypost.ledger().purchases.length;

  it("is parked with the numbers and the command that lets it through", async () => {
    floor().addOrder({ name: "#1001" });
    const { code, stdout } = await floor().run(["sync", "--order", "1001"], CAP);
    expect(code).toBe(1);
    expect(stdout).toMatch(/the label costs \S+ USD, over the\s+1\.00 USD allowed/);
    expect((await floor().run(["status"], CAP)).stdout).toMatch(
      /label_over_cap {2}\S+ {2}shipbot approve --order 1001/,
    );
    const why = await floor().run(["why", "--order", "1001"], CAP);
    expectPlain(why.stdout);
    expect(why.stdout).toMatch(/FAIL +label price +cost: \S+ USD, cap: 1\.00 USD +<- decides/);
    expect(why.stdout).toMatch(/ok +money of the day +spent: 0\.00 USD/);
    expect(bought()).toBe(0);
  });

  it("is not approved when nobody is there to ask", async () => {
    const { code, stderr } = await floor().run(["approve", "--order", "1001"], CAP);
    expect(code).toBe(2);
    expectTwoLines(
      stderr,
      /nobody is here to answer: buy USPS GroundAdvantage \S+ USD for #1001, although the label costs/,
      /add --yes/,
    );
    expect(bought()).toBe(0);
  });

  it("shows on a dry run what would be bought and for how much", async () => {
    const { code, stdout } = await floor().run(["approve", "--order", "1001", "--dry-run"], CAP);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /would buy USPS GroundAdvantage \S+ USD[\s\S]*Would buy 1 label, \S+ USD\. Nothing was sent\.\n$/,
    );
    expect(bought()).toBe(0);
  });

  it("is bought when it is approved, and the timeline says by whom and why", async () => {
    const exit = await floor().run(["approve", "--order", "1001", "--yes", "--why", "agreed", "--json"], CAP);
    expect(exit.code).toBe(0);
    expect(readJson(exit)).toMatchObject({ orders: [{ after: { status: "pending_pickup" } }] });
    expect(bought()).toBe(1);
    const { stdout } = await floor().run(["status", "--order", "1001"], CAP);
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/ada approved USPS GroundAdvantage for up to \S+ USD: agreed/);
    const why = await floor().run(["why", "--order", "1001"], CAP);
    expectPlain(why.stdout);
    expect(why.stdout.replaceAll(/\s+/g, " ")).toMatch(
      /guards label price: cost \S+ USD, cap 1\.00 USD, approvedBy ada; money of the day/,
    );
  });

  it("asks again for the label that replaces it", async () => {
    await floor().run(["void", "--order", "1001", "--yes"], CAP);
    await floor().run(["release", "--order", "1001"], CAP);
    expect((await floor().run(["status", "--order", "1001", "--json"], CAP)).stdout).toContain("label_over_cap");
    expect(bought()).toBe(1);
  });

  it("is the only kind that there is something to approve of", async () => {
    floor().addOrder({ name: "#1002", tags: [] });
    const { code, stdout, stderr } = await floor().run(["approve", "--order", "1002", "--yes"], CAP);
    expect([code, stdout]).toEqual([1, "0 approved. Bought 0 labels.\n"]);
    expect(stderr).toMatch(/#1002 has no purchase that waits for approval[\s\S]*shipbot why --order 1002/);
  });
});
