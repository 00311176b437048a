/** The Shopify adapter against the sandbox's shop, over HTTP: first what any shop must do, then what is Shopify's own. */
import { afterEach, describe, expect, it } from "vitest";
import { SILENT } from "../../src/base/log.ts";
import { Secret } from "../../src/base/secret.ts";
import { CALM, Faults } from "../../src/sandbox/faults.ts";
import { seededRandom } from "../../src/sandbox/random.ts";
import { serveSandbox } from "../../src/sandbox/serve.ts";
import { createFakeShopify, type FakeShopifyOptions } from "../../src/sandbox/shopify/fake-shopify.ts";
import { createShopifyClient } from "../../src/shopify/client.ts";
import { createShopifyShop, ORDERS_PER_READ } from "../../src/shopify/shop.ts";
import type { ShopifyAuth } from "../../src/shopify/token.ts";
import { WEBHOOK_TOPICS } from "../../src/shopify/webhook-topics.ts";
import { describeShop, type OrderToPlace, type ShopWorld } from "../conformance/shop.ts";
import { LeapingClock } from "./leaping-clock.ts";

async function openShop(options: Partial<FakeShopifyOptions> & { readonly auth?: ShopifyAuth } = {}) {
  const { auth, ...shopOptions } = options;
  const clock = new LeapingClock();
  const random = seededRandom(3);
  const faults = new Faults(CALM, random);
  const fake = createFakeShopify({ clock, random, faults, ...shopOptions });
  const server = await serveSandbox({ port: 0, routes: fake.routes(), faults, clock });
  const client = createShopifyClient({
    baseUrl: server.url,
    apiVersion: "2026-10",
    auth: auth ?? { kind: "token", token: new Secret(fake.credentials.accessToken) },
    clock,
    log: SILENT,
  });
  return {
    clock,
    faults,
    fake,
    shop: createShopifyShop({ client }),
    close: async () => {
      await fake.stop();
      await server.close();
    },
  };
}

async function openWorld(): Promise<ShopWorld> {
  const { shop, clock, faults, fake, close } = await openShop();
  return {
    shop,
    close,
    now: () => clock.now(),
    pass: (durationMs) => clock.move(durationMs),
    placeOrder: (order: OrderToPlace = {}) => {
      const { id, name } = fake.addOrder(order);
      return { id, name };
    },
    cancelOrder: (name) => fake.cancelOrder(name),
    holdOrder: (name) => fake.holdFulfillmentOrder(name),
    cancelFulfillment: (id) => fake.cancelFulfillment(id),
    shipped: () =>
      fake.ledger().fulfillments.map(({ orderId, lines, company, trackingNumbers, trackingUrls, notifyCustomer }) => ({
        ...{ orderId, lines, company, trackingNumbers, trackingUrls, notifyCustomer },
      })),
    loseAnswerToFulfil: () => faults.force("reset_after", (what) => what === "mutation FulfillmentCreate"),
    refuseCredential: () => fake.revokeToken(),
    absent: {
      order: "gid://shopify/Order/1",
      fulfillmentOrder: "gid://shopify/FulfillmentOrder/1",
      fulfillment: "gid://shopify/Fulfillment/1",
    },
    webhook: {
      topic: "ORDERS_UPDATED",
      uri: "https://shipbot.example/webhooks/shopify",
      refusedUri: "ftp://shipbot.example/",
    },
  };
}

describeShop("Shopify", openWorld);

describe("the Shopify adapter", () => {
  let shopOpen: { close(): Promise<void> } | null = null;
  afterEach(() => shopOpen?.close());

  async function opened(options: Parameters<typeof openShop>[0] = {}) {
    const shop = await openShop(options);
    shopOpen = shop;
    return shop;
  }

  it("reads orders of one moment in as few requests as the limit allows", async () => {
    const { fake, shop } = await opened();
    const ids = Array.from({ length: 2 * ORDERS_PER_READ + 1 }, () => fake.addOrder().id);
    await Promise.all(ids.map((id) => shop.readOrder(id)));
    expect(fake.ledger().requests).toEqual({ "query OrdersByIds": 3 });
  });

  it("keeps within the rate limit without once being told to slow down", async () => {
    const { fake, shop, clock } = await opened({ bucket: { maximum: 400, restorePerSecond: 20 } });
    const orders = Array.from({ length: 60 }, () => fake.addOrder());
    const startedAt = clock.now();
    await Promise.all(
      orders.map(async ({ id }) => {
        const order = await shop.readOrder(id);
        await shop.changeTags(id, ["seen"], []);
        return order;
      }),
    );
    const ledger = fake.ledger();
    expect(ledger.throttled).toBe(0);
    expect(ledger.tags).toHaveLength(60);
    // Points could only be spent as they came back: 400 at first and 20 a second.
    expect(ledger.pointsSpent).toBeGreaterThan(400);
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(((ledger.pointsSpent - 400) / 20) * 1_000);
  });

  it("gets over being throttled and having its token expire", async () => {
    const clientSecret = "sandbox-client-secret";
    const auth = {
      kind: "client_credentials",
      clientId: "sandbox-client",
      clientSecret: new Secret(clientSecret),
    } as const;
    const { fake, shop, faults } = await opened({ auth });
    const { id } = fake.addOrder();
    await shop.readOrder(id);
    faults.force("throttled", (what) => what === "mutation TagsAdd");
    faults.force("token_expired", (what) => what === "mutation TagsAdd");
    expect((await shop.changeTags(id, ["seen"], [])).outcome).toBe("done");
    expect(fake.ledger()).toMatchObject({ throttled: 1, unauthorized: 1, tokensIssued: 2 });
    expect(fake.ledger().tags).toHaveLength(1);
  });

  it("names the scope that is missing for a fulfilment", async () => {
    const { fake, shop } = await opened();
    const { id } = fake.addOrder();
    const order = await shop.readOrder(id);
    const [fulfillmentOrder] = order?.fulfillmentOrders ?? [];
    fake.setScopes(["read_orders", "read_merchant_managed_fulfillment_orders", "read_fulfillments", "read_locations"]);
    const outcome = await shop.fulfil({
      fulfillmentOrderId: fulfillmentOrder?.id ?? "",
      lines: [{ id: fulfillmentOrder?.lines[0]?.id ?? "", quantity: 1 }],
      tracking: { company: "USPS", number: "1", url: null },
      notifyCustomer: false,
    });
    expect(outcome).toMatchObject({
      outcome: "refused",
      failure: { kind: "unauthorized", remedy: expect.stringContaining("write_merchant_managed_fulfillment_orders") },
    });
    const tagged = await shop.changeTags(id, ["x"], []);
    expect(tagged).toMatchObject({
      outcome: "refused",
      failure: { kind: "unauthorized", remedy: expect.stringContaining("write_orders") },
    });
  });

  it("keeps ids beyond 2^53 whole", async () => {
    const { fake, shop } = await opened();
    const ids = Array.from({ length: 12 }, () => fake.addOrder().id);
    const beyond = ids.filter((id) => BigInt(id.split("/").at(-1) ?? 0) > 2n ** 53n);
    expect(beyond.length).toBeGreaterThan(0);
    const orders = await Promise.all(beyond.map((id) => shop.readOrder(id)));
    expect(orders.map((order) => order?.id)).toEqual(beyond);
  });

  it("can subscribe every topic that we take", async () => {
    const { shop } = await opened();
    for (const { topic } of WEBHOOK_TOPICS) {
      const outcome = await shop.createWebhook(topic, "https://shipbot.example/webhooks/shopify");
      expect([topic, outcome.outcome]).toEqual([topic, "done"]);
    }
    expect(await shop.listWebhooks()).toHaveLength(WEBHOOK_TOPICS.length);
  });
});
