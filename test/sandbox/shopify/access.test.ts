import { afterEach, describe, expect, it } from "vitest";
import { HOUR_MS } from "../../../src/core/time.ts";
import { fulfillmentOrdersChanged, ordersByIds, ordersChanged, shopIdentity } from "../../../src/shopify/operations.ts";
import { fulfillmentCreate, tagsAdd } from "../../../src/shopify/write-operations.ts";
import { startShop, type TestShop } from "./shop-client.ts";

let test: TestShop;
afterEach(() => test.close());

const GRAPHQL = "/admin/api/2026-10/graphql.json";

async function token(secret = "sandbox-client-secret") {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: "sandbox-client",
    client_secret: secret,
  });
  return test.post("/admin/oauth/access_token", form.toString(), {
    "content-type": "application/x-www-form-urlencoded",
  });
}

describe("getting in", () => {
  it("the static token opens any version, and the answer names it", async () => {
    test = await startShop();
    for (const version of ["2026-10", "2026-07", "unstable"]) {
      const answer = await test.post(
        `/admin/api/${version}/graphql.json`,
        { query: shopIdentity.document },
        { "x-shopify-access-token": "shpat_sandbox" },
      );
      expect([answer.status, answer.headers.get("x-shopify-api-version")]).toEqual([200, version]);
    }
  });

  it("a wrong token is 401 with a string for errors", async () => {
    test = await startShop();
    const answer = await test.post(GRAPHQL, { query: shopIdentity.document }, { "x-shopify-access-token": "nope" });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ errors: expect.stringContaining("Invalid API key or access token") });
    expect(test.shop.ledger().unauthorized).toBe(1);
  });

  it("client credentials give a token that ends after its lifetime", async () => {
    test = await startShop();
    const answer = (await (await token()).json()) as { access_token: string; scope: string; expires_in: number };
    expect(answer.expires_in).toBe(86_399);
    expect(answer.scope.split(",")).toContain("write_orders");
    expect((await test.ask(shopIdentity.document, {}, answer.access_token)).errors).toBeUndefined();
    test.clock.advance(24 * HOUR_MS);
    expect((await test.ask(shopIdentity.document, {}, answer.access_token)).errors).toEqual(expect.any(String));
  });

  it("wrong client credentials are refused", async () => {
    test = await startShop();
    expect((await token("wrong")).status).toBe(400);
    expect(test.shop.ledger().tokensIssued).toBe(0);
  });

  it("the token_expired fault ends an issued token for good and leaves a static one alone", async () => {
    test = await startShop();
    const { access_token: issued } = (await (await token()).json()) as { access_token: string };
    test.faults.force("token_expired", (what) => what === "query ShopIdentity");
    expect((await test.ask(shopIdentity.document, {}, issued)).errors).toEqual(expect.any(String));
    expect((await test.ask(shopIdentity.document, {}, issued)).errors).toEqual(expect.any(String));
    test.faults.force("token_expired");
    expect((await test.ask(shopIdentity.document)).errors).toBeUndefined();
  });

  it("a removed app is locked out until it is installed again", async () => {
    test = await startShop();
    test.shop.revokeToken();
    expect((await test.ask(shopIdentity.document)).errors).toEqual(expect.any(String));
    expect((await token()).status).toBe(400);
    test.shop.restoreToken();
    expect((await test.ask(shopIdentity.document)).errors).toBeUndefined();
  });

  it("an unknown shop, and any other path, is 404 with HTML", async () => {
    test = await startShop();
    expect((await test.post("/admin/api/2026-10/orders.json", {})).status).toBe(404);
    test.shop.closedWith = 404;
    const answer = await test.post(GRAPHQL, { query: shopIdentity.document });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html"]);
  });
});

describe("scopes", () => {
  it("what they do not cover is denied by name, and the rest of the answer stays", async () => {
    test = await startShop({ scopes: ["read_orders"] });
    const { id } = test.shop.addOrder();
    const answer = await test.ask(tagsAdd.document, { id, tags: ["x"] });
    expect(answer).toMatchObject({
      data: { tagsAdd: null },
      errors: [
        {
          path: ["tagsAdd"],
          extensions: { code: "ACCESS_DENIED", requiredAccess: expect.stringContaining("write_orders") },
        },
      ],
    });
    const changed = await test.ask(fulfillmentOrdersChanged.document, { query: null });
    expect(changed.errors).toMatchObject([
      { message: expect.stringContaining("Access denied for fulfillmentOrders field. Required access:") },
    ]);
    expect((await test.run(ordersChanged, { after: null, query: null })).orders.nodes).toHaveLength(1);
  });

  it("fulfillment orders outside the granted family are silently absent", async () => {
    test = await startShop({ scopes: ["read_orders", "read_assigned_fulfillment_orders", "read_locations"] });
    const { id } = test.shop.addOrder();
    const { nodes } = await test.run(ordersByIds, { ids: [id] });
    expect(nodes[0]?.fulfillmentOrders.nodes).toEqual([]);
  });

  it("without the write scope an order cannot be fulfilled, and its actions say so", async () => {
    test = await startShop({ scopes: ["read_orders", "read_merchant_managed_fulfillment_orders", "read_locations"] });
    const { id } = test.shop.addOrder();
    const { nodes } = await test.run(ordersByIds, { ids: [id] });
    const open = nodes[0]?.fulfillmentOrders.nodes[0];
    expect(open?.supportedActions).toEqual([{ action: "MOVE" }, { action: "HOLD" }]);
    const fulfillment = { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: open?.id ?? "" }] };
    const answer = await test.run(fulfillmentCreate, { fulfillment });
    expect(answer.fulfillmentCreate?.userErrors).toEqual([
      { field: ["fulfillment"], message: "The api_client does not have access to the fulfillment order." },
    ]);
  });
});

describe("cost", () => {
  it("is requested before, charged after, and restored with time", async () => {
    test = await startShop();
    const first = await test.ask(ordersChanged.document, { query: null });
    expect(first.extensions?.cost).toEqual({
      requestedQueryCost: 13,
      actualQueryCost: 2,
      throttleStatus: { maximumAvailable: 2_000, currentlyAvailable: 1_998, restoreRate: 100 },
    });
    test.clock.advance(20);
    expect((await test.ask(shopIdentity.document)).extensions?.cost.throttleStatus.currentlyAvailable).toBe(1_996);
    expect(test.shop.ledger().requests).toEqual({ "query OrdersChanged": 1, "query ShopIdentity": 1 });
  });

  it("an empty bucket throttles in a 200 without executing, until enough is restored", async () => {
    test = await startShop({ bucket: { maximum: 20, restorePerSecond: 10 } });
    const { id } = test.shop.addOrder();
    const tag = () => test.ask<{ tagsAdd: object }>(tagsAdd.document, { id, tags: ["a"] });
    await tag();
    await tag();
    const throttled = await tag();
    expect(throttled).toMatchObject({
      data: null,
      errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
      extensions: {
        cost: { requestedQueryCost: 10, actualQueryCost: null, throttleStatus: { currentlyAvailable: 0 } },
      },
    });
    expect(test.shop.ledger().throttled).toBe(1);
    test.clock.advance(1_000);
    expect((await tag()).data?.tagsAdd).toBeDefined();
  });

  it("the throttled fault strikes one request and says how long to wait", async () => {
    test = await startShop();
    test.faults.force("throttled", (what) => what === "query OrdersByIds");
    const answer = await test.ask(ordersByIds.document, { ids: [] });
    const cost = answer.extensions?.cost;
    expect(answer.errors).toMatchObject([{ extensions: { code: "THROTTLED" } }]);
    expect(cost?.throttleStatus.currentlyAvailable).toBeLessThan(cost?.requestedQueryCost ?? 0);
    test.clock.advance(250);
    expect((await test.ask(ordersByIds.document, { ids: [] })).errors).toBeUndefined();
  });

  it("a query above 1000 points is refused for good", async () => {
    test = await startShop();
    const document = ordersByIds.document.replace("nodes(ids: $ids)", "nodes(ids: $ids) @include(if: true)");
    const huge = document.replace(
      "query OrdersByIds($ids: [ID!]!) {",
      "query Huge($ids: [ID!]!) { orders(first: 250) { nodes { ...OrderFields } }",
    );
    const answer = await test.ask(huge, { ids: [] });
    expect(answer.errors).toMatchObject([{ extensions: { code: "MAX_COST_EXCEEDED", maxCost: 1_000 } }]);
    expect(answer.data).toBeUndefined();
  });
});
