/** The ways in which people name an order, and what is said when there is none. */
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/system.ts";
import { parseOrderReference, resolveOrders, type ShopLookup } from "../../src/cli/order-reference.ts";
import { openStore } from "../../src/store/store.ts";
import type { Store } from "../../src/store/types.ts";

const LONG = "820982911946154508";
const GID = `gid://shopify/Order/${LONG}`;

describe("a reference", () => {
  it.each([
    ["1001", null, "1001"],
    ["#1001", null, "1001"],
    [" #EN-1001/2 ", null, "EN-1001/2"],
    [GID, GID, null],
    [`${GID}?key=1`, GID, null],
    [`https://admin.shopify.com/store/my-shop/orders/${LONG}`, GID, null],
    [`https://my-shop.myshopify.com/admin/orders/${LONG}?tab=x`, GID, null],
    [LONG, GID, LONG],
  ])("%s is the order %s or the name %s", (text, id, name) => {
    expect(parseOrderReference(text)).toMatchObject({ id, name });
  });

  it.each([
    "",
    "#",
    "  ",
    "https://example.com/orders/1",
    "gid://shopify/Product/1",
    "x".repeat(65),
  ])("%j names no order", (text) => {
    expect(() => parseOrderReference(text)).toThrow(/names no order/);
  });
});

describe("finding orders", () => {
  const at = Date.UTC(2026, 10, 22);

  async function withStore(use: (store: Store) => Promise<void>): Promise<void> {
    const store = await openStore({ url: "sqlite::memory:", shopId: "a.myshopify.com", clock: systemClock });
    try {
      const orders = ["1001", "1002", "1010"].map((name) => ({ id: `gid://shopify/Order/9${name}`, name: `#${name}` }));
      await store.orders.request(orders, at);
      await use(store);
    } finally {
      await store.close();
    }
  }

  const shopWith = (orders: readonly { readonly id: string; readonly name: string }[]): ShopLookup => ({
    findOrders: async (name) => orders.filter((order) => order.name === `#${name}`),
    readOrder: async (id) => orders.find((order) => order.id === id) ?? null,
  });

  it("takes those that are stored, each once, without asking the shop", async () => {
    await withStore(async (store) => {
      const asked: ShopLookup = { findOrders: () => expect.fail("asked"), readOrder: () => expect.fail("asked") };
      const found = await resolveOrders(["1001", "#1001", "gid://shopify/Order/91002"], store.orders, asked);
      expect(found.map((order) => order.name)).toEqual(["#1001", "#1002"]);
    });
  });

  it("asks the shop for the others", async () => {
    await withStore(async (store) => {
      const shop = shopWith([
        { id: "gid://shopify/Order/92000", name: "#2000" },
        { id: GID, name: "#2001" },
      ]);
      const found = await resolveOrders(["2000", LONG], store.orders, shop);
      expect(found).toEqual([
        { id: "gid://shopify/Order/92000", name: "#2000", stored: null },
        { id: GID, name: "#2001", stored: null },
      ]);
    });
  });

  it("says what else may have been meant, and finds none of the others then", async () => {
    await withStore(async (store) => {
      const error = await resolveOrders(["1001", "1011"], store.orders, shopWith([])).catch(
        (caught: unknown) => caught,
      );
      expect(error).toMatchObject({ name: "UsageError", message: expect.stringContaining("no order 1011") });
      expect(error).toHaveProperty("remedy", expect.stringMatching(/^did you mean #1010, .*#1001/));
    });
  });

  it("names the command that asks the shop when it may not ask itself", async () => {
    await withStore(async (store) => {
      await expect(resolveOrders(["#7"], store.orders, null)).rejects.toMatchObject({
        remedy: expect.stringContaining("shipbot sync --order 7"),
      });
    });
  });

  it("lists the ids of several orders with one name", async () => {
    await withStore(async (store) => {
      await store.orders.request([{ id: GID, name: "#1001" }], at + 1);
      await expect(resolveOrders(["1001"], store.orders, null)).rejects.toMatchObject({
        message: "2 orders are called 1001",
        remedy: expect.stringContaining(`${GID} (first seen 2026-11-22)`),
      });
      const twins = shopWith([
        { id: "gid://shopify/Order/1", name: "#5" },
        { id: "gid://shopify/Order/2", name: "#5" },
      ]);
      await expect(resolveOrders(["5"], store.orders, twins)).rejects.toThrow("2 orders are called 5");
    });
  });
});
