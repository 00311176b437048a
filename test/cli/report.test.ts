/** `report shadow` as a user types it. */
import { expect, it } from "vitest";
import { expectPlain, readJson, useFloor } from "./shop-floor.ts";

const floor = useFloor();
const SHADOW = { SHIPBOT_MODE: "shadow" };

it("says what shipbot would have done, what was done, and whether they agree", async () => {
  const { run, addOrder, sandbox } = floor();
  const order = addOrder({ name: "#1001" });
  await run(["sync", "--order", "1001"], SHADOW);
  const none = await run(["report", "shadow"]);
  expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining("No watched order") });
  sandbox.shopify.cancelOrder(order);
  await run(["sync", "--order", "1001"], SHADOW);
  const told = await run(["report", "shadow", "--since", "1d"]);
  expectPlain(told.stdout);
  expect(told.stdout).toMatch(/^#1001 +\S+ \S+ +\d+\.\d\d USD +cancelled +differ$/m);
  expect(told.stdout.replaceAll("\n", " ")).toContain("1 order: 0 agree, 1 differ, 0 cannot be told.");
  expect(readJson(await run(["report", "shadow", "--json"]))).toMatchObject({
    counts: { agree: 0, differ: 1, unknown: 0 },
    orders: [{ order: "#1001", did: "cancelled", price: { currency: "USD" } }],
  });
  expect(sandbox.easypost.ledger().purchases).toEqual([]);
});
