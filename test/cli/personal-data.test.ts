/** `personal-data erase` where an order cannot be erased yet: why not, in true words. */
import { describe, expect, test } from "vitest";
import { expectPlain, readJson, useFloor } from "./shop-floor.ts";

describe("personal-data erase", () => {
  const floor = useFloor();

  test("an order that is worked on is told as busy, and one that moves as waiting", async () => {
    const { run, withStore } = floor();
    const [moving, busy] = ["#1001", "#1002"].map((name) => floor().addOrder({ name }));
    await run(["sync", "--order", "1001", "1002"]);
    expect(moving).toBeDefined();
    await withStore(async (store) => {
      const lease = await store.orders.claim(busy ?? "", "somebody", Date.now(), 600_000);
      expect(lease).not.toBeNull();
    });
    for (const dryRun of [["--dry-run"], []]) {
      const args = ["personal-data", "erase", "--order", "1001", "1002", "--yes", ...dryRun];
      const { code, stdout } = await run(args);
      expect(code).toBe(1);
      expectPlain(stdout);
      expect(stdout).toMatch(/#1001 +waits +it is pending_pickup/);
      expect(stdout).toMatch(/#1002 +busy +it is being worked on/);
      expect(readJson(await run([...args, "--json"]))).toMatchObject({
        orders: [{ outcome: "waiting" }, { outcome: "busy" }],
      });
    }
  });
});
