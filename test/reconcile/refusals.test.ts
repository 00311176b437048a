/**
 * A credential, an account or a permission is refused: that is one trouble, not one per order. There is one alarm, the
 * orders wait where they are, nobody knocks again before the probe, and when it is mended all goes on by itself.
 */
import { describe, expect, test } from "vitest";
import { DEFAULT_SCOPES } from "../../src/sandbox/shopify/auth.ts";
import { type Shop, withShop } from "../support/shop-bench.ts";

const PROBE_MS = 30_000;
const ORDERS = 12;

interface Trouble {
  readonly name: string;
  readonly remote: "shopify" | "shipping";
  readonly start: (shop: Shop) => void;
  readonly end: (shop: Shop) => void;
  /** A word of what the operator is told to do. */
  readonly remedy: RegExp;
  readonly env?: Readonly<Record<string, string>>;
}

const without = (scope: string) => DEFAULT_SCOPES.filter((candidate) => candidate !== scope);

const TROUBLES: readonly Trouble[] = [
  {
    name: "the provider's account is empty",
    remote: "shipping",
    start: ({ sandbox }) => sandbox.easypost.setFunds(false),
    end: ({ sandbox }) => sandbox.easypost.setFunds(true),
    remedy: /Add funds/,
  },
  {
    name: "the provider's key is refused",
    remote: "shipping",
    start: ({ sandbox }) => sandbox.easypost.setKeyValid(false),
    end: ({ sandbox }) => sandbox.easypost.setKeyValid(true),
    remedy: /SHIPPING_API_KEY/,
  },
  {
    name: "the shop's token is revoked",
    remote: "shopify",
    start: ({ sandbox }) => sandbox.shopify.revokeToken(),
    end: ({ sandbox }) => sandbox.shopify.restoreToken(),
    remedy: /SHOPIFY_ACCESS_TOKEN/,
  },
  {
    name: "the shop is frozen",
    remote: "shopify",
    start: ({ sandbox }) => {
      sandbox.shopify.closedWith = 402;
    },
    end: ({ sandbox }) => {
      sandbox.shopify.closedWith = null;
    },
    remedy: /unpaid bill/,
  },
  {
    name: "the app may not read orders",
    remote: "shopify",
    start: ({ sandbox }) =>
      sandbox.shopify.setScopes(without("read_orders").filter((scope) => scope !== "write_orders")),
    end: ({ sandbox }) => sandbox.shopify.setScopes(DEFAULT_SCOPES),
    remedy: /read_orders/,
  },
  {
    name: "the app may not show the status",
    remote: "shopify",
    start: ({ sandbox }) => sandbox.shopify.setScopes(without("write_orders")),
    end: ({ sandbox }) => sandbox.shopify.setScopes(DEFAULT_SCOPES),
    remedy: /write_orders/,
  },
  {
    name: "the shop's policy wants status tags that the app may not write",
    remote: "shopify",
    env: { SHIPBOT_WRITEBACK_STATUS_TAG_PREFIX: "shipbot:" },
    start: ({ sandbox }) => sandbox.shopify.setScopes(without("write_orders")),
    end: ({ sandbox }) => sandbox.shopify.setScopes(DEFAULT_SCOPES),
    remedy: /write_orders/,
  },
];

/** Calls to the provider and the shop that the sandbox was asked, refused ones included. */
function countingCalls(shop: Shop): () => number {
  let calls = 0;
  const { faults } = shop.sandbox;
  const strikes = faults.strikes.bind(faults);
  faults.strikes = (fault, what) => {
    // Asked once per request, whatever comes of it.
    calls += fault === "latency" ? 1 : 0;
    return strikes(fault, what);
  };
  return () => calls;
}

describe.each(TROUBLES)("$name", ({ start, end, remote, remedy, env }) => {
  test("one alarm, no order parked, and no more than a probe now and then", async () => {
    await withShop({ probeMs: PROBE_MS, ...(env === undefined ? {} : { env }) }, async (shop) => {
      const orders = Array.from({ length: ORDERS }, () => shop.addOrder());
      start(shop);
      for (const order of orders) {
        await shop.request(order);
      }
      await shop.drain();
      const states = await shop.store.remotes.list();
      expect(states.find((state) => state.remote === remote)).toMatchObject({ state: "refused" });
      expect(shop.logged("alarm")).toHaveLength(1);
      expect(shop.logged("alarm")[0]?.fields["remedy"]).toMatch(remedy);
      expect((await shop.store.orders.counts()).parked).toBe(0);

      const calls = countingCalls(shop);
      await shop.drain();
      expect(calls()).toBe(0);
      for (let probes = 0; probes < 3; probes += 1) {
        shop.clock.move(PROBE_MS);
        await shop.drain();
      }
      expect(shop.logged("alarm")).toHaveLength(1);
      expect(shop.logged("alarm resolved")).toHaveLength(0);
      expect((await shop.store.orders.counts()).parked).toBe(0);

      end(shop);
      for (let rounds = 0; rounds < 3; rounds += 1) {
        shop.clock.move(PROBE_MS);
        await shop.drain();
      }
      for (const order of orders) {
        expect(await shop.row(order)).toMatchObject({ status: "pending_pickup", dueAt: null });
        expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}] });
      }
      expect(shop.logged("alarm")).toHaveLength(1);
      expect(shop.logged("alarm resolved")).toHaveLength(1);
      expect(await shop.store.remotes.list()).toMatchObject([
        { remote: "shipping", state: "ok" },
        { remote: "shopify", state: "ok" },
      ]);
      expect(shop.broken()).toEqual([]);
    });
  });
});

test("while the whole shop is shut, a probe is one read for all orders", async () => {
  await withShop({ probeMs: PROBE_MS }, async (shop) => {
    const orders = Array.from({ length: ORDERS }, () => shop.addOrder());
    shop.sandbox.shopify.revokeToken();
    for (const order of orders) {
      await shop.request(order);
    }
    await shop.drain();
    const calls = countingCalls(shop);
    shop.clock.move(PROBE_MS);
    await shop.drain();
    expect(calls()).toBe(1);
  });
});

test("being unreachable parks nobody, raises nothing and is shown", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    await shop.request(order);
    shop.sandbox.faults.setPlan({ rates: { server_error_before: 1 }, delayMaxMs: 0 });
    for (let runs = 0; runs < 5; runs += 1) {
      shop.clock.moveTo(Math.max(shop.clock.now(), (await shop.row(order)).dueAt ?? 0));
      expect(await shop.runOnce(order)).toBe("deferred");
    }
    expect(await shop.row(order)).toMatchObject({ status: "waiting", attempts: 5, lastError: { kind: "unavailable" } });
    expect(await shop.store.remotes.list()).toMatchObject([{ remote: "shopify", state: "unreachable" }]);
    expect(shop.logged("alarm")).toEqual([]);
    expect(shop.logged("remote unreachable")).toHaveLength(1);
    shop.sandbox.faults.setPlan({ rates: {}, delayMaxMs: 0 });
    expect(await shop.settle(order)).toMatchObject({ status: "pending_pickup", attempts: 0, lastError: null });
    expect(await shop.store.remotes.list()).toMatchObject([{ state: "ok" }, { state: "ok" }]);
  });
});

test("the back-off doubles, is spread, and ends at a quarter of an hour", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    await shop.request(order);
    shop.sandbox.faults.setPlan({ rates: { server_error_before: 1 }, delayMaxMs: 0 });
    const waits: number[] = [];
    for (let runs = 0; runs < 13; runs += 1) {
      await shop.runOnce(order, { ...shop.context, random: { next: () => (runs % 2 === 0 ? 0 : 0.999) } });
      const { dueAt } = await shop.row(order);
      waits.push((dueAt ?? 0) - shop.clock.now());
      shop.clock.moveTo(dueAt ?? 0);
    }
    expect(waits.slice(0, 4)).toEqual([1_000, 3_998, 4_000, 15_992]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(15 * 60_000);
    expect(waits.at(-1)).toBe(7.5 * 60_000);
  });
});

test("a void that succeeds proves the provider's key as well as a purchase does", async () => {
  await withShop({ probeMs: PROBE_MS }, async (shop) => {
    const order = shop.addOrder();
    await shop.reconcile(order);
    await shop.store.orders.setHold(order, { who: "ada", why: "wrong box", at: shop.clock.now(), voidLabels: true });
    shop.sandbox.easypost.setKeyValid(false);
    await shop.request(order);
    await shop.runOnce(order);
    expect(shop.logged("alarm")).toHaveLength(1);
    shop.sandbox.easypost.setKeyValid(true);
    shop.clock.move(PROBE_MS);
    await shop.drain();
    expect(shop.ledger(order).refunds).toHaveLength(1);
    expect(shop.logged("alarm resolved")).toHaveLength(1);
  });
});
