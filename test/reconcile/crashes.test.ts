/**
 * The process dies. `Mortal` wraps everything that a run touches outside itself (database, shop, provider, label folder)
 * and counts; at the chosen count it throws, before the call or after it, and from then on every call throws, as for a
 * process that is gone. Then another process opens the same database and goes on. Done for every count there is.
 *
 * Between "the call was sent" and "it came back" nothing else can be seen from outside than one of the two: the
 * sandbox has done it or not.
 */
import { describe, expect, test } from "vitest";
import { instanceService } from "../../src/daemon/instance.ts";
import type { ReconcileContext } from "../../src/reconcile/context.ts";
import { seededRandom } from "../../src/sandbox/random.ts";
import { type Shop, useShop } from "../support/shop-bench.ts";

/** Some two hundred lives of a process, on a machine that may have other things to do. */
const PATIENCE = { timeout: 180_000 };

class Crash extends Error {}

/** Nobody can die in a call that is over at once. */
const WITHOUT_AWAIT: ReadonlySet<string | symbol> = new Set(["trackingPage", "shopCarrierName"]);

class Mortal {
  points = 0;
  readonly #diesAt: number;

  constructor(diesAt: number) {
    this.#diesAt = diesAt;
  }

  isDead(): boolean {
    return this.points >= this.#diesAt;
  }

  /** One point in the life of the process. */
  #live(): void {
    this.points += 1;
    if (this.points >= this.#diesAt) {
      throw new Crash(`died at point ${this.#diesAt}`);
    }
  }

  /** `parts` with a point before and after every call. What is handed to a callback is mortal too. */
  wrap<T extends object>(parts: T): T {
    return new Proxy(parts, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === "function" && !WITHOUT_AWAIT.has(name)) {
          return (...args: readonly unknown[]) => this.#call(value.bind(target), args);
        }
        return typeof value === "object" && value !== null ? this.wrap(value) : value;
      },
    });
  }

  async #call(method: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): Promise<unknown> {
    const wrapped = args.map((arg) =>
      typeof arg === "function" ? (...given: readonly object[]) => arg(...given.map((part) => this.wrap(part))) : arg,
    );
    if (this.isDead()) {
      throw new Crash("it is dead already");
    }
    this.#live();
    const value = await method(...wrapped);
    this.#live();
    return value;
  }

  context(context: ReconcileContext): ReconcileContext {
    return {
      ...context,
      store: this.wrap(context.store),
      shop: this.wrap(context.shop),
      provider: this.wrap(context.provider),
      labels: this.wrap(context.labels),
    };
  }
}

const shared = useShop();
let processes = 0;

/** Lets a process work on the order until it dies or has nothing to do; `true`: it died. */
async function liveUntil(shop: Shop, order: string, diesAt: number, reopen: boolean): Promise<boolean> {
  const mortal = new Mortal(diesAt);
  const instanceId = await startProcess(shop);
  const worker = reopen ? await shop.anotherWorker() : shop;
  try {
    await shop.settle(order, mortal.context({ ...worker.context, instanceId }));
    return false;
  } catch (error) {
    if (!(error instanceof Crash)) {
      throw error;
    }
    return true;
  } finally {
    await (reopen ? worker.die() : undefined);
  }
}

/** What every start of the daemon does first: it frees what dead predecessors held, and writes itself down. */
async function startProcess(shop: Shop): Promise<string> {
  const { store, clock, context } = shop;
  processes += 1;
  const id = `process-${processes}`;
  const service = instanceService({ store, clock, log: context.log, id, pid: 1, host: "here", version: "0" });
  await service.start();
  // Its heartbeat is not what is looked at here; its row has to stay, as after a crash.
  const self = (await store.instances.list()).find((instance) => instance.id === id) ?? expect.fail();
  await service.stop(AbortSignal.abort());
  await store.instances.register(self);
  return id;
}

interface Scene {
  readonly name: string;
  /** Whether each process has its own connection. The others share one, whose open transaction dies with the process. */
  readonly reopen: boolean;
  /** Brings an order to where the run under test begins, and asks for it. */
  readonly prepare: (shop: Shop) => Promise<string>;
  readonly expectDone: (shop: Shop, order: string) => Promise<void>;
}

const SCENES: readonly Scene[] = [
  {
    name: "from a new order to the label and the fulfillment",
    reopen: true,
    prepare: async (shop) => {
      const order = shop.addOrder();
      await shop.request(order);
      return order;
    },
    expectDone: async (shop, order) => {
      expect(await shop.row(order)).toMatchObject({ status: "pending_pickup", leaseOwner: null });
      expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}], refunds: [] });
      const [shipment] = await shop.store.shipments.ofOrder(order);
      expect(shipment?.label?.path).toBe(`${shipment?.id}.pdf`);
    },
  },
  {
    name: "passing on the carrier's news",
    reopen: false,
    prepare: async (shop) => {
      const order = shop.addOrder();
      await shop.reconcile(order);
      const [shipment] = await shop.store.shipments.ofOrder(order);
      const at = shop.clock.now();
      await shop.store.shipments.recordTracking(
        shipment?.id ?? "",
        [
          { status: "pre_transit", at },
          { status: "in_transit", at: at + 1_000 },
          { status: "delivered", at: at + 2_000 },
        ],
        null,
      );
      return order;
    },
    expectDone: async (shop, order) => {
      expect(await shop.row(order)).toMatchObject({ status: "delivered", leaseOwner: null });
      expect(shop.ledger(order).events).toEqual(["CONFIRMED", "IN_TRANSIT", "DELIVERED"]);
      expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}] });
    },
  },
  {
    name: "voiding after a cancellation",
    reopen: false,
    prepare: async (shop) => {
      const order = shop.addOrder();
      await shop.reconcile(order);
      shop.sandbox.shopify.cancelFulfillment(shop.ledger(order).fulfillments[0]?.id ?? "");
      shop.sandbox.shopify.cancelOrder(order);
      await shop.request(order);
      return order;
    },
    expectDone: async (shop, order) => {
      expect(await shop.row(order)).toMatchObject({ status: "cancelled", leaseOwner: null });
      expect(shop.ledger(order)).toMatchObject({ purchases: [{}], refunds: [{}], fulfillments: [{}] });
    },
  },
  {
    name: "buying anew and changing the number",
    reopen: false,
    prepare: async (shop) => {
      const order = shop.addOrder();
      await shop.reconcile(order);
      const hold = { who: "ada", why: "wrong box", at: shop.clock.now(), voidLabels: true };
      await shop.store.orders.setHold(order, hold);
      await shop.reconcile(order);
      await shop.store.orders.setHold(order, null);
      await shop.request(order);
      return order;
    },
    expectDone: async (shop, order) => {
      expect(await shop.row(order)).toMatchObject({ status: "pending_pickup", leaseOwner: null });
      const { purchases, refunds, fulfillments, trackingUpdates } = shop.ledger(order);
      expect([purchases.length, refunds.length, fulfillments.length]).toEqual([2, 1, 1]);
      expect(trackingUpdates.at(-1)?.trackingNumbers).toEqual([purchases[1]?.trackingCode]);
      const shown = shop.sandbox.shopify.orders().find(({ id }) => id === order)?.fulfillments[0]?.tracking;
      expect(shown?.map(({ number }) => number)).toEqual([purchases[1]?.trackingCode]);
    },
  },
];

describe.each(SCENES)("$name", ({ prepare, expectDone, reopen }) => {
  test("a crash at every single point leaves nothing that the next process does not finish", PATIENCE, async () => {
    const shop = shared();
    let crashes = 0;
    for (let point = 1; ; point += 1) {
      const order = await prepare(shop);
      const died = await liveUntil(shop, order, point, reopen);
      crashes += died ? 1 : 0;
      await liveUntil(shop, order, Number.POSITIVE_INFINITY, false);
      await expectDone(shop, order).catch((error: unknown) => {
        throw new Error(`after a crash at point ${point}`, { cause: error });
      });
      if (!died) {
        break;
      }
    }
    expect(crashes).toBeGreaterThan(20);
  });

  test("nor does one crash after another", PATIENCE, async () => {
    const shop = shared();
    const random = seededRandom(20_261_122);
    for (let history = 0; history < 8; history += 1) {
      const order = await prepare(shop);
      const points: number[] = [];
      for (let died = true; died && points.length < 12; ) {
        points.push(1 + Math.floor(random.next() * 50));
        died = await liveUntil(shop, order, points.at(-1) ?? 1, reopen);
      }
      await liveUntil(shop, order, Number.POSITIVE_INFINITY, false);
      await expectDone(shop, order).catch((error: unknown) => {
        throw new Error(`after crashes at the points ${points.join(", ")}`, { cause: error });
      });
    }
  });
});
