import { describe, expect, it } from "vitest";
import { CostBudget, PAUSE_MAX_MS, type Reservation } from "../../src/shopify/cost-budget.ts";
import type { CostReport } from "../../src/shopify/cost-report.ts";
import { ManualClock } from "../sandbox/shopify/shop-client.ts";

const QUERY = { name: "Poll", kind: "query" } as const;
const OTHER_QUERY = { name: "OtherPoll", kind: "query" } as const;
const MUTATION = { name: "Ship", kind: "mutation" } as const;

function report(
  requestedCost: number,
  currentlyAvailable: number,
  maximumAvailable = 100,
  restoreRate = 10,
): CostReport {
  return { requestedCost, throttleStatus: { maximumAvailable, currentlyAvailable, restoreRate } };
}

/** Lets everything that can go on without time go on. */
async function calm(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** A budget that knows its bucket: 100 points of at most 100, 10 a second; both queries cost 40 and the mutation 10. */
async function knownBudget() {
  const clock = new ManualClock();
  const budget = new CostBudget(clock);
  for (const [operation, cost] of [
    [QUERY, 40],
    [OTHER_QUERY, 40],
    [MUTATION, 10],
  ] as const) {
    (await budget.reserve(operation)).settle(report(cost, 100));
  }
  const granted: string[] = [];
  const reserve = (operation: typeof QUERY | typeof OTHER_QUERY | typeof MUTATION): Promise<Reservation> => {
    const reservation = budget.reserve(operation);
    void reservation.then(() => granted.push(operation.name));
    return reservation;
  };
  return { clock, budget, granted, reserve };
}

describe("the cost budget", () => {
  it("lets one call go at a time until an answer tells the bucket", async () => {
    const budget = new CostBudget(new ManualClock());
    const first = await budget.reserve(QUERY);
    let second: Reservation | null = null;
    void budget.reserve(QUERY).then((reservation) => {
      second = reservation;
    });
    await calm();
    expect(second).toBeNull();

    first.settle(null);
    await calm();
    expect(second).not.toBeNull();
  });

  it("counts what is in flight as spent and waits for the rest of the points", async () => {
    const { clock, granted, reserve } = await knownBudget();
    for (let call = 0; call < 3; call += 1) {
      void reserve(QUERY);
    }
    await calm();
    expect(granted).toEqual(["Poll", "Poll"]);

    // 20 of 40 points are left; the bucket is full and gets no fuller, so only an answer can help.
    clock.advance(1_999);
    await calm();
    expect(granted).toHaveLength(2);
  });

  it("lets the next call go the moment the points have come back", async () => {
    const { clock, granted, reserve } = await knownBudget();
    (await reserve(QUERY)).settle(report(40, 15));
    void reserve(QUERY);
    clock.advance(2_499);
    await calm();
    expect(granted).toHaveLength(1);
    clock.advance(1);
    await calm();
    expect(granted).toHaveLength(2);
  });

  it("looks again when an answer gives points back", async () => {
    const { granted, reserve } = await knownBudget();
    const first = await reserve(QUERY);
    await reserve(QUERY);
    void reserve(QUERY);
    await calm();
    expect(granted).toHaveLength(2);
    first.settle(report(40, 95));
    await calm();
    expect(granted).toHaveLength(3);
  });

  it("serves mutations before queries and each in the order of asking", async () => {
    const { clock, granted, reserve } = await knownBudget();
    (await reserve(QUERY)).settle(report(40, 0));
    granted.length = 0;
    void reserve(QUERY);
    void reserve(OTHER_QUERY);
    void reserve(MUTATION);
    for (let second = 0; second < 30; second += 1) {
      clock.advance(1_000);
      await calm();
    }
    expect(granted).toEqual(["Ship", "Poll", "OtherPoll"]);
  });

  it("takes a call without an answer for one that was charged", async () => {
    const { clock, granted, reserve } = await knownBudget();
    (await reserve(QUERY)).settle(null);
    (await reserve(QUERY)).settle(null);
    void reserve(QUERY);
    await calm();
    expect(granted).toHaveLength(2);
    clock.advance(2_000);
    await calm();
    expect(granted).toHaveLength(3);
  });

  it("sends a call that is dearer than the whole bucket once the bucket is full", async () => {
    const { clock, granted, reserve } = await knownBudget();
    (await reserve(QUERY)).settle(report(500, 90));
    void reserve(QUERY);
    await calm();
    expect(granted).toHaveLength(1);
    clock.advance(1_000);
    await calm();
    expect(granted).toHaveLength(2);
  });

  it("lets nothing go during a pause, and no pause is endless", async () => {
    const { clock, budget, granted, reserve } = await knownBudget();
    budget.pauseUntil(clock.now() + 1_000 * PAUSE_MAX_MS);
    void reserve(MUTATION);
    clock.advance(PAUSE_MAX_MS - 1);
    await calm();
    expect(granted).toHaveLength(0);
    clock.advance(1);
    await calm();
    expect(granted).toHaveLength(1);
  });

  it("goes on filling after the wall clock was set back", async () => {
    const { clock, granted, reserve } = await knownBudget();
    (await reserve(QUERY)).settle(report(40, 20));
    clock.advance(-3_600_000);
    void reserve(QUERY);
    await calm();
    clock.advance(2_000);
    await calm();
    expect(granted).toHaveLength(2);
  });

  it("refuses when absurdly many wait", async () => {
    const { budget, reserve } = await knownBudget();
    budget.pauseUntil(Number.MAX_SAFE_INTEGER);
    for (let call = 0; call < 1_000; call += 1) {
      void reserve(QUERY);
    }
    await expect(budget.reserve(QUERY)).rejects.toMatchObject({ kind: "throttled" });
  });
});
