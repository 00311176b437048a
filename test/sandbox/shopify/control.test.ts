import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CHAOS } from "../../../src/sandbox/faults.ts";
import { ordersByIds, shopIdentity } from "../../../src/shopify/operations.ts";
import { startShop, type TestShop } from "./shop-client.ts";

let test: TestShop;

beforeEach(async () => {
  test = await startShop();
});
afterEach(() => test.close());

async function control(path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const address = `${test.url}/sandbox/shopify/${path}`;
  const answer = body === undefined ? await fetch(address) : await test.post(`/sandbox/shopify/${path}`, body);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe("the control routes", () => {
  it("add an order, act on it by name and show what became of it", async () => {
    const added = await control("orders", { name: "#1001", lines: [{ sku: "MUG", quantity: 2 }] });
    expect(added).toMatchObject({ status: 201, body: { name: "#1001" } });
    const id = String(added.body["id"]);
    for (const [action, body] of [
      ["tag", { add: ["ready_to_ship"] }],
      ["address", { city: "Reno", countryCode: "US" }],
      ["line", { line: 0, quantity: 1 }],
      ["payment", { financialStatus: "PENDING" }],
      ["hold", { reason: "OTHER" }],
    ] as const) {
      expect((await control(`orders/1001/${action}`, body)).status).toBe(200);
    }
    const { nodes } = await test.run(ordersByIds, { ids: [id] });
    expect(nodes[0]).toMatchObject({
      tags: ["ready_to_ship"],
      displayFinancialStatus: "PENDING",
      shippingAddress: { city: "Reno" },
      fulfillmentOrders: { nodes: [{ status: "ON_HOLD", lineItems: { nodes: [{ remainingQuantity: 1 }] } }] },
    });
    await control("orders/%231001/release", {});
    await control(`orders/${id.split("/").at(-1)}/cancel`, { reason: "FRAUD" });
    const [listed] = (await control("orders")).body as unknown as Record<string, unknown>[];
    expect(listed).toMatchObject({ id, cancelReason: "FRAUD", fulfillmentOrders: [{ status: "CLOSED" }] });
    expect((await control("orders/1001/cancel", {})).status).toBe(409);
  });

  it("say what they do not know", async () => {
    expect((await control("orders/1001/cancel", {})).status).toBe(404);
    expect((await control("orders/1/dance", {})).status).toBe(404);
    expect((await control("nothing")).status).toBe(404);
  });

  it("show the ledger", async () => {
    await test.run(shopIdentity, {});
    expect((await control("ledger")).body).toMatchObject({ requests: { "query ShopIdentity": 1 }, fulfillments: [] });
  });

  it("lock the shop, take scopes away and set the sink", async () => {
    await control("access", { revoked: true });
    expect((await test.ask(shopIdentity.document)).errors).toEqual(expect.any(String));
    await control("access", { revoked: false, scopes: ["read_orders"] });
    expect((await test.run(shopIdentity, {})).currentAppInstallation.accessScopes).toEqual([{ handle: "read_orders" }]);
    await control("access", { closedWith: 423 });
    expect((await test.post("/admin/api/2026-10/graphql.json", {})).status).toBe(423);
    expect((await control("webhooks", { sink: null })).status).toBe(200);
  });

  it("are spared by faults", async () => {
    test.faults.setPlan({ rates: { ...CHAOS.rates, reset_before: 1 }, delayMaxMs: 0 });
    expect((await control("ledger")).status).toBe(200);
    await expect(test.ask(shopIdentity.document)).rejects.toThrow();
  });
});

describe("faults of the wire", () => {
  it("a lost answer leaves the effect behind", async () => {
    const { id } = test.shop.addOrder();
    test.faults.force("reset_after", (what) => what === "mutation TagsAdd");
    const document = `mutation TagsAdd { tagsAdd(id: "${id}", tags: ["x"]) { userErrors { message } } }`;
    await expect(test.ask(document)).rejects.toThrow();
    expect(test.shop.find(id).tags).toEqual(["x"]);
  });
});
