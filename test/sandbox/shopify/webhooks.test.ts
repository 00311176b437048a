import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SECOND_MS } from "../../../src/core/time.ts";
import { ordersByIds } from "../../../src/shopify/operations.ts";
import {
  webhookSubscriptionCreate,
  webhookSubscriptionDelete,
  webhookSubscriptions,
} from "../../../src/shopify/webhook-operations.ts";
import { fulfillmentCreate } from "../../../src/shopify/write-operations.ts";
import { webhookSubscriptionUpdate } from "./merchant-operations.ts";
import { startShop, type TestShop } from "./shop-client.ts";

interface Delivery {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A real receiver; `status` decides what it answers. */
class Receiver {
  readonly deliveries: Delivery[] = [];
  status: (attempt: number) => number = () => 200;
  readonly #server: Server;
  readonly #waiting: { readonly count: number; resolve: () => void }[] = [];

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) {
        chunks.push(chunk);
      }
      this.deliveries.push({ headers: request.headers, body: Buffer.concat(chunks) });
      // Whoever follows a redirect comes back here and is counted.
      response.writeHead(this.status(this.deliveries.length), { location: "/" }).end();
      for (const waiter of this.#waiting.filter(({ count }) => this.deliveries.length >= count)) {
        waiter.resolve();
      }
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhooks/shopify`;
  }

  /** Resolves when `count` requests have come in since the start. */
  received(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.deliveries.length >= count) {
        resolve();
      } else {
        this.#waiting.push({ count, resolve });
      }
    });
  }

  topics(): string[] {
    return this.deliveries.map((delivery) => String(delivery.headers["x-shopify-topic"]));
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

let test: TestShop;
let receiver: Receiver;
let uri: string;

async function start(options: Parameters<typeof startShop>[0] = {}): Promise<void> {
  test = await startShop(options);
  receiver = new Receiver();
  uri = await receiver.start();
}

beforeEach(() => start());
afterEach(async () => {
  await test.close();
  await receiver.stop();
});

function subscribe(topic: string, to = uri) {
  return test.run(webhookSubscriptionCreate, { topic, subscription: { uri: to } });
}

/** Lets failed deliveries reach their wait, then moves the clock past it. */
async function retryAfter(gapMs: number, attempts: number): Promise<void> {
  await receiver.received(attempts);
  while (test.clock.sleeping(gapMs) === 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  test.clock.advance(gapMs);
}

describe("webhook subscriptions", () => {
  it("are made, listed, moved and ended", async () => {
    const created = await subscribe("ORDERS_UPDATED");
    const id = created.webhookSubscriptionCreate?.webhookSubscription?.id ?? "";
    const list = async () => (await test.run(webhookSubscriptions, { after: null })).webhookSubscriptions.nodes;
    expect(await list()).toMatchObject([
      { id, topic: "ORDERS_UPDATED", uri, format: "JSON", apiVersion: { handle: "2026-10" } },
    ]);
    await test.run(webhookSubscriptionUpdate, { id, subscription: { uri: "https://example.com/new" } });
    expect(await list()).toMatchObject([{ uri: "https://example.com/new" }]);
    const ended = await test.run(webhookSubscriptionDelete, { id });
    expect(ended.webhookSubscriptionDelete).toEqual({ deletedWebhookSubscriptionId: id, userErrors: [] });
    expect(await list()).toEqual([]);
  });

  it("are refused twice for one topic and address, and for addresses that Shopify does not take", async () => {
    await subscribe("ORDERS_UPDATED");
    const message = async (to: string) =>
      (await subscribe("ORDERS_UPDATED", to)).webhookSubscriptionCreate?.userErrors[0]?.message;
    expect(await message(uri)).toBe("Address for this topic has already been taken");
    expect(await message("http://example.com/hook")).toBe("Address protocol http:// is not supported");
    expect(await message("https://a.myshopify.com/")).toBe("Address cannot be a Shopify or an internal domain");
  });
});

describe("webhooks", () => {
  it("are signed over the very bytes that are sent", async () => {
    await subscribe("ORDERS_CREATE");
    const order = test.shop.addOrder({ name: "#1001", email: "zoë@example.com" });
    await test.shop.webhooksIdle();
    const [delivery] = receiver.deliveries;
    const body = delivery?.body ?? Buffer.alloc(0);
    const expected = createHmac("sha256", "sandbox-client-secret").update(body).digest("base64");
    expect(delivery?.headers).toMatchObject({
      "x-shopify-hmac-sha256": expected,
      "x-shopify-topic": "orders/create",
      "x-shopify-shop-domain": "sandbox-supply.myshopify.com",
      "x-shopify-api-version": "2026-10",
      "x-shopify-triggered-at": "2026-11-22T10:00:00.250000000Z",
      "x-shopify-webhook-id": expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
      "x-shopify-event-id": expect.any(String),
      "x-shopify-test": "false",
      "x-shopify-order-id": "820982911946154508",
      "content-type": "application/json",
    });
    expect(body.toString()).toContain('"id":820982911946154508,');
    const parsed = JSON.parse(body.toString()) as { id: number; admin_graphql_api_id: string; email: string };
    expect(parsed).toMatchObject({ admin_graphql_api_id: order.id, email: "zoë@example.com" });
    expect(BigInt(parsed.id)).not.toBe(820_982_911_946_154_508n);
    expect(test.shop.ledger().webhooks).toMatchObject([{ attempts: 1, answeredAt: test.clock.now(), lost: null }]);
  });

  it("are sent for what happens to an order", async () => {
    test.shop.setWebhookSink(uri);
    const { id } = test.shop.addOrder();
    test.shop.addTags(id, ["ready_to_ship"]);
    test.shop.holdFulfillmentOrder(id);
    test.shop.releaseHold(id);
    const { nodes } = await test.run(ordersByIds, { ids: [id] });
    const fulfillmentOrderId = nodes[0]?.fulfillmentOrders.nodes[0]?.id ?? "";
    await test.run(fulfillmentCreate, { fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId }] } });
    test.shop.cancelOrder(test.shop.addOrder().id);
    await test.shop.webhooksIdle();
    expect(new Set(receiver.topics())).toEqual(
      new Set([
        "orders/create",
        "fulfillment_orders/order_routing_complete",
        "orders/updated",
        "fulfillment_orders/placed_on_hold",
        "fulfillment_orders/hold_released",
        "fulfillments/create",
        "orders/fulfilled",
        "fulfillment_orders/cancelled",
        "orders/cancelled",
      ]),
    );
  });

  it("of one change share an event id and have ids of their own", async () => {
    test.shop.setWebhookSink(uri);
    await subscribe("ORDERS_CREATE");
    test.shop.addOrder({ routed: false });
    await test.shop.webhooksIdle();
    const header = (name: string) => new Set(receiver.deliveries.map((delivery) => delivery.headers[name]));
    expect(receiver.deliveries).toHaveLength(2);
    expect(header("x-shopify-event-id").size).toBe(1);
    expect(header("x-shopify-webhook-id").size).toBe(2);
  });

  it("are repeated with the same id and body after anything but 2xx", async () => {
    await test.close();
    await receiver.stop();
    await start({ webhooks: { retryGapsMs: [10 * SECOND_MS, 60 * SECOND_MS] } });
    receiver.status = (attempt) => [500, 302][attempt - 1] ?? 200;
    await subscribe("ORDERS_CREATE");
    const { id } = test.shop.addOrder({ tags: ["before"] });
    await receiver.received(1);
    test.shop.addTags(id, ["after"]);
    await retryAfter(10 * SECOND_MS, 1);
    await retryAfter(60 * SECOND_MS, 2);
    await test.shop.webhooksIdle();
    const ids = receiver.deliveries.map((delivery) => delivery.headers["x-shopify-webhook-id"]);
    expect([ids.length, new Set(ids).size]).toEqual([3, 1]);
    expect(receiver.deliveries[2]?.body).toEqual(receiver.deliveries[0]?.body);
    expect(test.shop.ledger().webhooks).toMatchObject([{ attempts: 3, lost: null }]);
    expect(test.shop.subscriptions()).toHaveLength(1);
  });

  it("that fail to the end cost the subscription", async () => {
    await test.close();
    await receiver.stop();
    await start({ webhooks: { retryGapsMs: [SECOND_MS] } });
    receiver.status = () => 503;
    await subscribe("ORDERS_CREATE");
    test.shop.addOrder();
    await retryAfter(SECOND_MS, 1);
    await test.shop.webhooksIdle();
    expect(test.shop.ledger().webhooks).toMatchObject([{ attempts: 2, answeredAt: null, lost: "failed" }]);
    expect(test.shop.subscriptions()).toEqual([]);
  });

  it("can be dropped, doubled under one id, and held back until another overtook", async () => {
    await subscribe("ORDERS_CREATE");
    test.faults.force("webhook_dropped");
    test.shop.addOrder();
    test.faults.force("webhook_doubled");
    test.shop.addOrder();
    await test.shop.webhooksIdle();
    expect(receiver.deliveries).toHaveLength(2);
    expect(new Set(receiver.deliveries.map((delivery) => delivery.headers["x-shopify-webhook-id"])).size).toBe(1);
    expect(test.shop.ledger().webhooks.map((entry) => entry.lost)).toEqual(["dropped", null]);

    test.faults.setPlan({ rates: {}, delayMaxMs: SECOND_MS });
    test.faults.force("webhook_delayed");
    const late = test.shop.addOrder();
    const early = test.shop.addOrder();
    await receiver.received(3);
    test.clock.advance(SECOND_MS);
    await test.shop.webhooksIdle();
    const orderIds = receiver.deliveries.slice(2).map((delivery) => delivery.headers["x-shopify-order-id"]);
    expect(orderIds).toEqual([early, late].map((order) => order.id.split("/").at(-1)));
  });

  it("beyond the queue's limit are lost and counted", async () => {
    await test.close();
    await receiver.stop();
    await start({ webhooks: { queueMax: 2 } });
    await subscribe("ORDERS_CREATE");
    for (let count = 0; count < 5; count += 1) {
      test.shop.addOrder();
    }
    await test.shop.webhooksIdle();
    expect(test.shop.ledger().webhooks.filter((entry) => entry.lost === "overflowed")).toHaveLength(3);
    expect(receiver.deliveries).toHaveLength(2);
  });

  it("give up a receiver that does not answer within 5 seconds", async () => {
    await test.close();
    await receiver.stop();
    await start({ webhooks: { retryGapsMs: [] } });
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const asked = new Promise((resolve) => silent.once("request", resolve));
    test.shop.setWebhookSink(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
    test.shop.addOrder({ routed: false });
    await asked;
    test.clock.advance(5 * SECOND_MS);
    await test.shop.webhooksIdle();
    expect(test.shop.ledger().webhooks).toMatchObject([{ attempts: 1, lost: "failed" }]);
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  it("end with the shop", async () => {
    receiver.status = () => 500;
    await subscribe("ORDERS_CREATE");
    test.shop.addOrder();
    await receiver.received(1);
    await test.shop.stop();
    expect(receiver.deliveries).toHaveLength(1);
  });
});
