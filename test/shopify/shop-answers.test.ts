/** What the adapter makes of answers that the sandbox's shop does not give, and what exactly it sends. */
import { afterEach, describe, expect, it } from "vitest";
import { SILENT } from "../../src/base/log.ts";
import { Secret } from "../../src/base/secret.ts";
import type { Shop } from "../../src/ports/shop.ts";
import { createShopifyClient } from "../../src/shopify/client.ts";
import { createShopifyShop } from "../../src/shopify/shop.ts";
import { LeapingClock } from "./leaping-clock.ts";
import { orderNode } from "./order-node.ts";
import {
  dataAnswer,
  errorAnswer,
  HTML_502,
  type Scripted,
  type ScriptedServer,
  serveScript,
} from "./scripted-server.ts";

const PAGE = { hasNextPage: false, endCursor: null };
const REQUEST = {
  fulfillmentOrderId: "gid://shopify/FulfillmentOrder/21",
  lines: [{ id: "gid://shopify/FulfillmentOrderLineItem/31", quantity: 2 }],
  tracking: { company: "DHL Express", number: "1234567890", url: null },
  notifyCustomer: false,
};
const ORDER = "gid://shopify/Order/1";
const FULFILLMENT = "gid://shopify/Fulfillment/61";

let server: ScriptedServer | null = null;
afterEach(() => server?.close());

interface Sent {
  readonly operationName: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

async function shopOf(script: (sent: Sent, index: number) => Scripted): Promise<{ shop: Shop; sent: Sent[] }> {
  const sent: Sent[] = [];
  server = await serveScript((request, index) => {
    const body = JSON.parse(request.body) as Sent;
    sent.push(body);
    return script(body, index);
  });
  const client = createShopifyClient({
    baseUrl: `${server.url}/`,
    apiVersion: "2026-10",
    auth: { kind: "token", token: new Secret("t") },
    clock: new LeapingClock(),
    log: SILENT,
  });
  return { shop: createShopifyShop({ client }), sent };
}

function userError(message: string): object {
  return { fulfillment: null, fulfillmentEvent: null, userErrors: [{ field: null, message }] };
}

describe("what is sent", () => {
  it("for a poll is a quoted instant in UTC, whole seconds, inclusive", async () => {
    const { shop, sent } = await shopOf(({ operationName }) =>
      dataAnswer({
        [operationName === "OrdersChanged" ? "orders" : "fulfillmentOrders"]: { pageInfo: PAGE, nodes: [] },
      }),
    );
    const since = Date.UTC(2026, 10, 22, 10, 0, 0, 999);
    await shop.changedOrders(since, null);
    await shop.changedFulfillmentOrders(since, "cursor-1");
    expect(sent.map((request) => request.variables)).toEqual([
      { after: null, query: "updated_at:>='2026-11-22T10:00:00Z'" },
      { after: "cursor-1", query: "updated_at:>='2026-11-22T10:00:00Z'" },
    ]);
  });

  it("for a name is quoted and escaped", async () => {
    const { shop, sent } = await shopOf(() =>
      dataAnswer({ orders: { nodes: [{ id: ORDER, name: "#10-O'Neil OR" }] } }),
    );
    expect(await shop.findOrders(" #10-O'Neil OR ")).toEqual([{ id: ORDER, name: "#10-O'Neil OR" }]);
    expect(sent[0]?.variables).toEqual({ query: "name:'10-O\\'Neil OR'" });
  });

  it("for a fulfilment are the lines, the tracking and nothing else", async () => {
    const { shop, sent } = await shopOf(() =>
      dataAnswer({ fulfillmentCreate: { fulfillment: { id: FULFILLMENT }, userErrors: [] } }),
    );
    await shop.fulfil(REQUEST);
    await shop.fulfil({ ...REQUEST, tracking: { ...REQUEST.tracking, url: "https://track.example/1" } });
    const fulfillment = {
      lineItemsByFulfillmentOrder: [
        { fulfillmentOrderId: REQUEST.fulfillmentOrderId, fulfillmentOrderLineItems: REQUEST.lines },
      ],
      trackingInfo: { company: "DHL Express", number: "1234567890" },
      notifyCustomer: false,
    };
    expect(sent.map((request) => request.variables)).toEqual([
      { fulfillment },
      {
        fulfillment: { ...fulfillment, trackingInfo: { ...fulfillment.trackingInfo, url: "https://track.example/1" } },
      },
    ]);
  });

  it("for a status that was not set before is an explicit null digest", async () => {
    const { shop, sent } = await shopOf(() =>
      dataAnswer({ metafieldsSet: { metafields: [{ id: "1" }], userErrors: [] } }),
    );
    await shop.mirrorStatus(ORDER, "waiting", null);
    const type = "single_line_text_field";
    expect(sent[0]?.variables).toEqual({
      metafields: [
        { ownerId: ORDER, namespace: "shipbot", key: "status", type, value: "waiting", compareDigest: null },
      ],
    });
  });
});

describe("user errors of a fulfilment", () => {
  it.each([
    ["Fulfillment order 21 has an unfulfillable status= closed.", "stale"],
    ["Fulfillment order does not exist.", "stale"],
    ["Fulfillment order line item does not exist.", "stale"],
    ["Invalid fulfillment order line item quantity requested.", "rejected"],
    ["Quantity must be greater than 0", "rejected"],
    ["A sentence that Shopify adds next year.", "rejected"],
    ["The api_client does not have access to the fulfillment order.", "unauthorized"],
  ])("%s", async (message, kind) => {
    const { shop } = await shopOf(() => dataAnswer({ fulfillmentCreate: userError(message) }));
    expect(await shop.fulfil(REQUEST)).toMatchObject({
      outcome: "refused",
      failure: { kind, message: `FulfillmentCreate: ${message}` },
    });
  });

  it("do not hide a fulfillment that was made all the same", async () => {
    const { shop } = await shopOf(() =>
      dataAnswer({ fulfillmentCreate: { ...userError("A warning"), fulfillment: { id: FULFILLMENT } } }),
    );
    expect(await shop.fulfil(REQUEST)).toEqual({ outcome: "done", value: { fulfillmentId: FULFILLMENT } });
  });
});

describe("a change whose answer does not say what happened", () => {
  const calls: readonly [string, (shop: Shop) => Promise<unknown>][] = [
    ["fulfil", (shop) => shop.fulfil(REQUEST)],
    ["updateTracking", (shop) => shop.updateTracking(FULFILLMENT, REQUEST.tracking, false)],
    ["postEvent", (shop) => shop.postEvent(FULFILLMENT, { status: "IN_TRANSIT", happenedAt: 0 })],
    ["mirrorStatus", (shop) => shop.mirrorStatus(ORDER, "waiting", null)],
    ["changeTags", (shop) => shop.changeTags(ORDER, ["a"], ["b"])],
    ["createWebhook", (shop) => shop.createWebhook("ORDERS_UPDATED", "https://shipbot.example/")],
    ["deleteWebhook", (shop) => shop.deleteWebhook("gid://shopify/WebhookSubscription/1")],
  ];
  const answers: readonly [string, Scripted][] = [
    ["nothing", dataAnswer({})],
    ["a 502", HTML_502],
    ["a page of HTML", { status: 200, body: "<html></html>" }],
    ["a lost connection", "reset"],
  ];

  it.each(
    calls.flatMap(([name, call]) => answers.map(([what, answer]) => [name, what, call, answer] as const)),
  )("%s with %s is unknown and is not sent again", async (_name, _what, call, answer) => {
    const { shop, sent } = await shopOf(() => answer);
    expect(await call(shop)).toMatchObject({ outcome: "unknown", failure: { kind: "outcome_unknown" } });
    expect(sent).toHaveLength(1);
  });
});

describe("reading orders together", () => {
  const nodeOf = (id: unknown) => ({ ...orderNode(), id });

  it("leaves one broken order to its own reader", async () => {
    const { shop } = await shopOf(({ variables }) =>
      dataAnswer({ nodes: (variables["ids"] as string[]).map((id) => (id.endsWith("/2") ? { id } : nodeOf(id))) }),
    );
    const results = await Promise.allSettled(
      ["1", "2", "3"].map((number) => shop.readOrder(`gid://shopify/Order/${number}`)),
    );
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: { kind: "malformed" } });
  });

  it("isolates the order on which Shopify itself fails", async () => {
    const { shop, sent } = await shopOf(({ variables }) => {
      const ids = variables["ids"] as string[];
      return ids.includes("gid://shopify/Order/2")
        ? errorAnswer("INTERNAL_SERVER_ERROR", { data: null })
        : dataAnswer({ nodes: ids.map(nodeOf) });
    });
    const results = await Promise.allSettled(
      ["1", "2", "3"].map((number) => shop.readOrder(`gid://shopify/Order/${number}`)),
    );
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: { kind: "unavailable" } });
    expect(sent.length).toBeLessThanOrEqual(3 + 1 + 3 + 1);
  });

  it("never gives one order the state of another", async () => {
    const { shop } = await shopOf(({ variables }) =>
      dataAnswer({ nodes: [...(variables["ids"] as string[])].reverse().map(nodeOf) }),
    );
    const reads = ["1", "2"].map((number) => shop.readOrder(`gid://shopify/Order/${number}`));
    const orders = await Promise.all(reads);
    expect(orders.map((order) => order?.id)).toEqual(["gid://shopify/Order/1", "gid://shopify/Order/2"]);
  });

  it("takes a list of another length for malformed", async () => {
    const { shop } = await shopOf(() => dataAnswer({ nodes: [] }));
    await expect(shop.readOrder(ORDER)).rejects.toMatchObject({ kind: "malformed" });
  });
});

describe("paging", () => {
  it("takes a next page without a cursor for malformed", async () => {
    const pageInfo = { hasNextPage: true, endCursor: null };
    const { shop } = await shopOf(() => dataAnswer({ orders: { pageInfo, nodes: [] } }));
    await expect(shop.changedOrders(0, null)).rejects.toMatchObject({ kind: "malformed" });
  });

  it("ends even when the shop always has one page more", async () => {
    const pageInfo = { hasNextPage: true, endCursor: "again" };
    const { shop, sent } = await shopOf(({ operationName }) =>
      operationName === "FulfillmentEvents"
        ? dataAnswer({
            fulfillment: { id: FULFILLMENT, status: "SUCCESS", trackingInfo: [], events: { pageInfo, nodes: [] } },
          })
        : dataAnswer({ webhookSubscriptions: { pageInfo, nodes: [] } }),
    );
    await expect(shop.readFulfillment(FULFILLMENT)).rejects.toMatchObject({ kind: "malformed" });
    await expect(shop.listWebhooks()).rejects.toMatchObject({ kind: "malformed" });
    expect(sent).toHaveLength(5 + 10);
  });

  it("takes answers that lack what was asked for as malformed, not as a bug of ours", async () => {
    const { shop } = await shopOf(() => dataAnswer({}));
    for (const read of [
      () => shop.identify(),
      () => shop.changedOrders(0, null),
      () => shop.changedFulfillmentOrders(0, null),
      () => shop.findOrders("1"),
      () => shop.listWebhooks(),
      () => shop.readOrder(ORDER),
      () => shop.readFulfillment(FULFILLMENT),
    ]) {
      await expect(read()).rejects.toMatchObject({ kind: "malformed" });
    }
  });
});
