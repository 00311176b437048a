import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { RemoteError } from "../../src/base/errors.ts";
import type { FulfillmentOrder } from "../../src/core/order.ts";
import {
  FULFILLMENTS_PER_ORDER,
  type FulfillmentOrderNode,
  type OrderNode,
  TRACKING_NUMBERS_PER_FULFILLMENT,
} from "../../src/shopify/operations.ts";
import { toGrams, translateOrder } from "../../src/shopify/translate.ts";
import { DESTINATION, fulfillmentNode, fulfillmentOrderNode, lineNode, orderNode } from "./order-node.ts";

const PAGE = { hasNextPage: false, endCursor: null };
const CUT = { hasNextPage: true, endCursor: "more" };

function translateOne(changes: Partial<FulfillmentOrderNode>, order: Partial<OrderNode> = {}): FulfillmentOrder {
  const nodes = [fulfillmentOrderNode(changes)];
  const [first] = translateOrder(
    orderNode({ ...order, fulfillmentOrders: { pageInfo: PAGE, nodes } }),
  ).fulfillmentOrders;
  if (first === undefined) {
    throw new Error("the fulfillment order got lost");
  }
  return first;
}

describe("an order", () => {
  it("is translated field by field", () => {
    const metafield = { value: "waiting", compareDigest: "abc" };
    expect(translateOrder(orderNode({ metafield, cancelledAt: "2026-11-20T10:00:00Z" }))).toEqual({
      id: "gid://shopify/Order/820982911946154508",
      name: "#1001",
      createdAt: Date.UTC(2026, 10, 19, 8),
      updatedAt: Date.UTC(2026, 10, 20, 8),
      cancelledAt: Date.UTC(2026, 10, 20, 10),
      test: false,
      financialStatus: "partially_refunded",
      tags: ["ready_to_ship"],
      currency: "CAD",
      noteAttributes: [{ name: "gift", value: "yes" }],
      value: { amountMinor: 2_500, currency: "CAD" },
      customer: null,
      risk: "none",
      shippingLine: { title: "Standard", code: null, price: { amountMinor: 800, currency: "CAD" } },
      fulfillmentOrders: [
        {
          id: "gid://shopify/FulfillmentOrder/21",
          status: "open",
          requestStatus: "unsubmitted",
          updatedAt: Date.UTC(2026, 10, 20, 9),
          fulfillAt: null,
          deliveryMethod: "shipping",
          incoterm: null,
          canFulfil: true,
          holds: [],
          location: {
            id: "gid://shopify/Location/51",
            address: {
              name: null,
              company: "Shed",
              street1: "2 Depot Road",
              street2: null,
              city: "Ottawa",
              province: "Ontario",
              postalCode: "K1A 0A1",
              country: "CA",
              phone: null,
              email: null,
            },
          },
          destination: {
            name: "Lin Example",
            company: null,
            street1: "1 Test Way",
            street2: null,
            city: "Springfield",
            province: "IL",
            postalCode: "62701",
            country: "US",
            phone: "+12175550100",
            email: "lin@example.com",
          },
          lines: [
            {
              id: "gid://shopify/FulfillmentOrderLineItem/31",
              sku: "MUG-1",
              title: "Mug",
              vendor: "Mug Works",
              productType: null,
              quantityRemaining: 2,
              requiresShipping: true,
              weightGrams: 350,
              unitPrice: { amountMinor: 1250, currency: "CAD" },
              duty: null,
            },
          ],
        },
      ],
      fulfillments: [
        {
          id: "gid://shopify/Fulfillment/61",
          status: "success",
          createdAt: Date.UTC(2026, 10, 21, 9),
          tracking: [{ company: "USPS", number: "9400100000000000000001" }],
        },
      ],
      readyMark: false,
      mirroredStatus: { value: "waiting", digest: "abc" },
      incomplete: [],
    });
  });

  it("keeps words that are not known yet", () => {
    const changes = { status: "TELEPORTED", deliveryMethod: { methodType: "DRONE" }, requestStatus: "PONDERED" };
    expect(translateOne(changes)).toMatchObject({
      status: "teleported",
      deliveryMethod: "drone",
      requestStatus: "pondered",
    });
    const order = translateOrder(
      orderNode({ displayFinancialStatus: "BARTERED", fulfillments: [fulfillmentNode({ status: "LOST" })] }),
    );
    expect([order.financialStatus, order.fulfillments[0]?.status]).toEqual(["bartered", "lost"]);
  });

  it("says whose holds there are and that it cannot be fulfilled", () => {
    const hold = {
      id: "gid://shopify/FulfillmentHold/1",
      handle: null,
      reasonNotes: "wait",
      heldByRequestingApp: true,
    };
    const held = translateOne({
      status: "ON_HOLD",
      supportedActions: [{ action: "RELEASE_HOLD" }],
      fulfillmentHolds: [{ ...hold, reason: "HIGH_RISK_OF_FRAUD" }],
    });
    expect(held.canFulfil).toBe(false);
    expect(held.holds).toEqual([{ reason: "high_risk_of_fraud", notes: "wait", ours: true }]);
  });

  it("has no shipping line, destination, method or mirrored status where Shopify has none", () => {
    const order = translateOrder(
      orderNode({ shippingLine: null, shippingAddress: null, displayFinancialStatus: null }),
    );
    expect([order.shippingLine, order.financialStatus, order.mirroredStatus]).toEqual([null, null, null]);
    const bare = translateOne({ destination: null, deliveryMethod: null });
    expect([bare.destination, bare.deliveryMethod]).toEqual([null, null]);
  });

  it("says what the checkout charged duties by, and who pays them", () => {
    const duty = (
      ...duties: { readonly harmonizedSystemCode: string | null; readonly countryCodeOfOrigin: string | null }[]
    ) =>
      translateOne({
        internationalDuties: { incoterm: "DDP" },
        lineItems: { pageInfo: PAGE, nodes: [lineNode({ lineItem: { ...lineNode().lineItem, duties } })] },
      });
    const full = duty(
      { harmonizedSystemCode: null, countryCodeOfOrigin: "PT" },
      { harmonizedSystemCode: "6912.00", countryCodeOfOrigin: "CN" },
    );
    expect(full.incoterm).toBe("DDP");
    expect(full.lines[0]?.duty).toEqual({ hsCode: "691200", origin: "PT" });
    const vague = duty({ harmonizedSystemCode: "mugs", countryCodeOfOrigin: null });
    expect(vague.lines[0]?.duty).toEqual({ hsCode: null, origin: null });
    expect(duty().lines[0]?.duty).toBeNull();
  });

  it("never rounds a price", () => {
    const price = (amount: string, currencyCode: string) =>
      translateOne({
        lineItems: {
          pageInfo: PAGE,
          nodes: [
            lineNode({
              lineItem: {
                ...{ id: "x", duties: [] },
                discountedUnitPriceAfterAllDiscountsSet: { shopMoney: { amount, currencyCode } },
              },
            }),
          ],
        },
      }).lines[0]?.unitPrice;
    expect(price("1909.9", "USD")).toEqual({ amountMinor: 190_990, currency: "USD" });
    expect(price("1200.0", "JPY")).toEqual({ amountMinor: 1200, currency: "JPY" });
    expect(price("3.3333", "USD")).toBeNull();
  });
});

describe("a weight", () => {
  it.each([
    [250, "GRAMS", 250],
    [250.2, "GRAMS", 251],
    [1.1, "KILOGRAMS", 1_100],
    [0.0004, "KILOGRAMS", 1],
    [1, "OUNCES", 29],
    [1, "POUNDS", 454],
    [2.5, "POUNDS", 1_134],
    [0, "KILOGRAMS", 0],
  ])("of %f %s is %i g", (value, unit, grams) => {
    expect(toGrams({ value, unit }, "weight")).toBe(grams);
  });

  it("that is missing stays missing", () => {
    expect(toGrams(null, "weight")).toBeNull();
  });

  it("in a unit that we do not know is not guessed", () => {
    expect(() => toGrams({ value: 1, unit: "STONES" }, "line.weight")).toThrow("line.weight.unit");
    expect(() => toGrams({ value: -1, unit: "GRAMS" }, "line.weight")).toThrow("line.weight.value");
  });
});

describe("a destination", () => {
  const province = (destination: object, shipping: object | null) =>
    translateOne(
      { destination: { ...DESTINATION, ...destination } },
      {
        shippingAddress:
          shipping && ({ ...orderNode().shippingAddress, ...(shipping as object) } as OrderNode["shippingAddress"]),
      },
    ).destination?.province;

  it("takes the province's code from the shipping address when country and name agree", () => {
    expect(province({ province: "illinois" }, {})).toBe("IL");
  });

  it("keeps the name when the shipping address lies elsewhere, has no code or is missing", () => {
    expect(province({ province: "Ohio" }, {})).toBe("Ohio");
    expect(province({ countryCode: "CA" }, {})).toBe("Illinois");
    expect(province({}, { provinceCode: null })).toBe("Illinois");
    expect(province({}, null)).toBe("Illinois");
  });

  it("joins the names that there are", () => {
    const name = (firstName: string | null, lastName: string | null) =>
      translateOne({ destination: { ...DESTINATION, firstName, lastName } }).destination?.name;
    expect([name("Lin", "Example"), name(" Lin ", null), name("", "Example"), name(null, null)]).toEqual([
      "Lin Example",
      "Lin",
      "Example",
      null,
    ]);
  });

  it("prefers its own contact to the order's", () => {
    const destination = { ...DESTINATION, phone: "+13125550100", email: "gift@example.com" };
    expect(translateOne({ destination }).destination).toMatchObject({
      phone: "+13125550100",
      email: "gift@example.com",
    });
  });
});

describe("an answer that was cut off", () => {
  const lines = { pageInfo: CUT, nodes: [lineNode()] };

  it("is named part by part", () => {
    const trackingInfo = Array.from({ length: TRACKING_NUMBERS_PER_FULFILLMENT }, (_item, index) => ({
      company: "USPS",
      number: `${index}`,
      url: null,
    }));
    const order = translateOrder(
      orderNode({
        fulfillmentOrders: { pageInfo: CUT, nodes: [fulfillmentOrderNode({ lineItems: lines })] },
        fulfillments: Array.from({ length: FULFILLMENTS_PER_ORDER }, (_item, index) =>
          fulfillmentNode(index === 0 ? { trackingInfo } : {}),
        ),
      }),
    );
    expect(order.incomplete).toEqual([
      "fulfillment orders",
      "lines of fulfillment order 21",
      "fulfillments",
      "tracking numbers of fulfillment 61",
    ]);
  });

  it("does not matter where nothing is left to ship", () => {
    const nodes = ["CLOSED", "CANCELLED"].map((status, index) =>
      fulfillmentOrderNode({ id: `gid://shopify/FulfillmentOrder/${21 + index}`, status, lineItems: lines }),
    );
    expect(translateOrder(orderNode({ fulfillmentOrders: { pageInfo: PAGE, nodes } })).incomplete).toEqual([]);
  });
});

describe("an order that breaks the schema's promises", () => {
  const broken: readonly [string, object][] = [
    ["name", { name: null }],
    ["updatedAt", { updatedAt: "yesterday" }],
    ["fulfillmentOrders", { fulfillmentOrders: null }],
    ["fulfillments", { fulfillments: null }],
    ["fulfillments.0", { fulfillments: [null] }],
    [
      "fulfillmentOrders.nodes.0.status",
      { fulfillmentOrders: { pageInfo: PAGE, nodes: [{ ...fulfillmentOrderNode(), status: null }] } },
    ],
    [
      "fulfillmentOrders.nodes.0.lineItems.nodes.0.remainingQuantity",
      {
        fulfillmentOrders: {
          pageInfo: PAGE,
          nodes: [
            {
              ...fulfillmentOrderNode(),
              lineItems: { pageInfo: PAGE, nodes: [{ ...lineNode(), remainingQuantity: "2" }] },
            },
          ],
        },
      },
    ],
    [
      "fulfillmentOrders.nodes.0.destination.city",
      {
        fulfillmentOrders: {
          pageInfo: PAGE,
          nodes: [{ ...fulfillmentOrderNode(), destination: { ...DESTINATION, city: ["Secretville"] } }],
        },
      },
    ],
  ];

  it.each(broken)("is malformed at %s, without saying what stood there", (path, changes) => {
    let error: unknown = null;
    try {
      translateOrder({ ...orderNode(), ...changes } as OrderNode);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ kind: "malformed" });
    expect((error as RemoteError).message.endsWith(` ${path}`)).toBe(true);
    expect(inspect(error)).not.toMatch(/Secretville|Springfield|yesterday/);
  });
});
