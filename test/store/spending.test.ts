/** P7 in the database: whoever begins purchases at once, together they stay under the limit. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DAY_MS } from "../../src/core/time.ts";
import type { Store } from "../../src/store/types.ts";
import { aLabel, aShipment, orderId } from "../conformance/store-records.ts";
import { aRate } from "../support/builders.ts";
import { startChild } from "../support/child.ts";
import { useDatabases } from "../support/database.ts";

const databases = useDatabases();
const LEASE_MS = 60_000;

/** A quoted order whose label costs `amountMinor`. */
async function addQuoted(store: Store, number: number, amountMinor: number): Promise<string> {
  const id = orderId(number);
  await store.orders.request([{ id, name: `#${number}` }], 1);
  const lease = (await store.orders.claim(id, "setup", 1, LEASE_MS)) ?? expect.fail();
  const rates = [aRate({ price: { amountMinor, currency: "USD" } })];
  const fulfillmentOrderId = `gid://shopify/FulfillmentOrder/${number}`;
  const record = aShipment({ orderId: id, fulfillmentOrderId, reference: `r${number}`, state: "quoted", rates });
  await store.fenced(lease, (tx) => tx.planShipment(record));
  await store.orders.release(lease, 1, { dueAt: null, attempts: 0, lastError: null });
  return id;
}

test("two processes with 50 orders at once never begin more than a day allows, and leave no room for one more", async () => {
  let mixed = 0;
  for (let round = 1; round <= 6; round += 1) {
    const url = databases.fileUrl();
    const store = await databases.open({ url });
    const prices = Array.from({ length: 50 }, (_, index) => 100 + ((index * 37 * round) % 900));
    const ids = await Promise.all(prices.map((price, index) => addQuoted(store, 1_000 + index, price)));
    const capMinor = 9_000;
    const halves = [ids.filter((_, index) => index % 2 === 0), ids.filter((_, index) => index % 2 === 1)];
    const script = join(import.meta.dirname, "children", "spend.ts");
    const children = halves.map((half, index) =>
      startChild(process.execPath, [script, url, `p${index}`, String(capMinor), ...half]),
    );
    await Promise.all(children.map((child) => child.waitForLine(/^ready$/)));
    await writeFile(`${url.slice("sqlite:".length)}.go`, "");
    const exits = await Promise.all(children.map((child) => child.exited));
    expect(exits.map(({ stderr }) => stderr)).toEqual(["", ""]);
    const begun = exits.flatMap(({ stdout }) =>
      [...stdout.matchAll(/^begun (\d+)$/gm)].map((match) => Number(match[1])),
    );
    const spent = begun.reduce((sum, price) => sum + price, 0);
    expect(spent).toBeLessThanOrEqual(capMinor);
    // Every price that was turned away would not have fitted at the end either.
    expect(spent + Math.max(...prices)).toBeGreaterThan(capMinor);
    mixed += exits.every(({ stdout }) => stdout.includes("begun")) ? 1 : 0;
  }
  // A round in which one process takes everything shows nothing: not all may be so.
  expect(mixed).toBeGreaterThan(0);
}, 60_000);

test("what counts is begun, unknown or bought, at its own price, and no more once it is voided, refused or not there", async () => {
  const store = await databases.open({ url: databases.fileUrl() });
  const windows = { hour: { sinceAt: DAY_MS, untilAt: 2 * DAY_MS }, day: { sinceAt: DAY_MS, untilAt: 2 * DAY_MS } };
  const query = { windows, counts: true, firstLabels: 3, installation: true };
  const usd = (amountMinor: number, labels: number) => ({ labels, amounts: [{ amountMinor, currency: "USD" }] });
  const id = await addQuoted(store, 1, 500);
  const lease = (await store.orders.claim(id, "test", 2, LEASE_MS)) ?? expect.fail();
  const effect = { key: "buy:1-1-1", kind: "buy", shipmentId: "1-1-1" } as const;
  const day = async () => (await store.readSpending(id, query)).day;
  expect(await day()).toMatchObject({ labels: 0, amounts: [] });
  const begin = () =>
    store.fenced(lease, (tx) => tx.beginEffect({ ...effect, input: { amountMinor: 500, currency: "USD" } }, DAY_MS));
  await begin();
  expect(await day()).toMatchObject(usd(500, 1));
  for (const state of ["absent", "refused"] as const) {
    await store.fenced(lease, (tx) => tx.settleEffect(effect.key, state, { kind: "x", message: "x" }, DAY_MS + 1));
    expect(await day()).toMatchObject({ labels: 0, amounts: [] });
    await begin();
  }
  await store.fenced(lease, (tx) => tx.settleEffect(effect.key, "unknown", { kind: "x", message: "x" }, DAY_MS + 1));
  expect(await day()).toMatchObject(usd(500, 1));
  // Charged otherwise than asked: what was charged counts, in the day in which it was begun.
  const label = aLabel({ cost: { amountMinor: 507, currency: "USD" }, boughtAt: 2 * DAY_MS + 5 });
  await store.fenced(lease, async (tx) => {
    await tx.settleEffect(effect.key, "done", null, 2 * DAY_MS + 5);
    await tx.updateShipment("1-1-1", { state: "bought", label });
  });
  expect(await day()).toMatchObject(usd(507, 1));
  const spending = await store.readSpending(id, query);
  expect(spending).toMatchObject({ order: [{ amountMinor: 507, currency: "USD" }], labelsEver: 1 });
  expect(spending.installedAt).not.toBeNull();
  const tomorrow = { ...query, windows: { ...windows, day: { sinceAt: 2 * DAY_MS, untilAt: 3 * DAY_MS } } };
  expect((await store.readSpending(id, tomorrow)).day).toMatchObject({ labels: 0 });
  await store.fenced(lease, (tx) =>
    tx.beginEffect({ key: "void:1-1-1", kind: "void", shipmentId: "1-1-1", input: {} }, 3 * DAY_MS),
  );
  expect(await day()).toMatchObject(usd(507, 1));
  await store.fenced(lease, (tx) => tx.updateShipment("1-1-1", { state: "voided", voidedAt: 3 * DAY_MS }));
  expect(await day()).toMatchObject({ labels: 0, amounts: [] });
});

test("a cursor is advanced by one of several callers", async () => {
  const store = await databases.open({ url: databases.fileUrl() });
  const told = await Promise.all(Array.from({ length: 5 }, () => store.cursors.advance("alarm", "monday", 1)));
  expect(told.filter((isNews) => isNews)).toHaveLength(1);
  expect(await store.cursors.advance("alarm", "tuesday", 2)).toBe(true);
});
