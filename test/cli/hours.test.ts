/** Hours on the built program: what `why`, the dry run and `status` tell of an order that waits for them. */
import { describe, expect, it } from "vitest";
import { wallClock } from "../../src/core/rules/wall-clock.ts";
import { DAY_NAMES } from "../../src/core/rules/words.ts";
import { expectPlain, readJson, useFloor } from "./shop-floor.ts";

/** No day on which this test can run: neither today nor tomorrow, in the zone that is ahead of all. */
function otherDays(): string {
  const { weekday } = wallClock(Date.now(), "UTC");
  return DAY_NAMES.filter((_, day) => (day - weekday + 8) % 7 > 2).join(",");
}

describe("hours", () => {
  const floor = useFloor();
  const env = { SHIPBOT_HOURS_DAYS: otherDays(), SHIPBOT_HOURS_OPENING: "08:00" };

  it("are told before anything is asked", async () => {
    floor().addOrder({ name: "#1001" });
    const { stdout } = await floor().run(["sync", "--order", "1001", "--dry-run"], env);
    expectPlain(stdout);
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/wait until [A-Z][a-z]{2} 08:00 \(UTC\), buy the cheapest/);
  });

  it("let nothing be bought, and `why` names the time", async () => {
    await floor().run(["sync"], env);
    expect(floor().sandbox.easypost.ledger().purchases).toEqual([]);
    const { stdout } = await floor().run(["why", "--order", "1001"], env);
    expectPlain(stdout);
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
      /is waiting: it waits until [A-Z][a-z]{2} 08:00 \(UTC\): nothing leaves on/,
    );
    expect(stdout).toMatch(/\nwait {2}labels are bought now +until: /);
  });

  it("count as waiting and not as parked", async () => {
    const status = readJson(await floor().run(["status", "--json"], env));
    expect(status).toMatchObject({ orders: { waiting: 1 }, parked: [] });
  });

  it("hold nothing up once they are over", async () => {
    await floor().run(["sync", "--order", "1001"]);
    expect(floor().sandbox.easypost.ledger().purchases).toHaveLength(1);
  });
});
