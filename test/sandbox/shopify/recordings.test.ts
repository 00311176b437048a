import { buildClientSchema, Kind, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { readIntrospection } from "../../../config/build/cut-schema.ts";
import { requestedCost } from "../../../src/sandbox/shopify/cost.ts";
import { ordersByIds } from "../../../src/shopify/operations.ts";
import { fulfillmentCreate } from "../../../src/shopify/write-operations.ts";
import { readShared, startShop } from "./shop-client.ts";

interface Recording {
  readonly step: string;
  readonly query: string | null;
  readonly variables: Readonly<Record<string, unknown>> | null;
  readonly response: {
    readonly data?: Readonly<Record<string, { readonly userErrors?: readonly UserError[] } | null>>;
    readonly extensions?: { readonly cost: { readonly requestedQueryCost: number } };
  };
}

interface UserError {
  readonly field: readonly string[] | null;
  readonly message: string;
}

function readRecordings(name: string): Recording[] {
  const file = readShared(`samples/recorded-graphql/${name}.json`);
  return file === null ? [] : (JSON.parse(file.toString()) as Recording[]);
}

const packed = readShared("admin_2026-10.json.gz");

/** Answers of Shopify with the fulfillment mutations, orders and holds of live shops. */
const NAMES = [
  "fo-hold-validation",
  "fo-lifecycle",
  "fo-merge",
  "fo-move",
  "fo-release-hold",
  "fo-report-progress",
  "fo-split",
  "fulfillment-cancel",
  "fulfillment-create-multi-group",
  "fulfillment-create-preconditions",
  "fulfillment-event-validation",
  "fulfillment-events",
  "fulfillment-top-level-reads",
  "order-cancel-errors",
  "order-edit-commit",
];

describe.skipIf(packed === null)("beside recorded answers", () => {
  it("requested cost is exact for at least 95 of 100 distinct requests", () => {
    const schema = packed && buildClientSchema(readIntrospection(packed), { assumeValid: true });
    const exact = new Map<string, boolean>();
    for (const { query, variables, response } of NAMES.flatMap(readRecordings)) {
      const cost = response.extensions?.cost.requestedQueryCost;
      if (!schema || query === null || cost === undefined || validate(schema, parse(query)).length > 0) {
        continue;
      }
      const document = parse(query);
      const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
      if (operation !== undefined) {
        const computed = requestedCost({ schema, document, operation, variables: variables ?? {} });
        exact.set(`${query}${JSON.stringify(variables?.["first"])}`, computed === cost);
      }
    }
    const hits = [...exact.values()].filter(Boolean).length;
    expect(exact.size).toBeGreaterThan(80);
    expect(hits / exact.size).toBeGreaterThanOrEqual(0.95);
  });

  it("refusals of fulfillmentCreate read as recorded, ids aside", async () => {
    const recorded = new Set<string>();
    for (const name of ["fulfillment-create-preconditions", "fulfillment-create-multi-group"]) {
      for (const { response } of readRecordings(name)) {
        for (const error of response.data?.["fulfillmentCreate"]?.userErrors ?? []) {
          recorded.add(shape(error));
        }
      }
    }
    const test = await startShop();
    const open = async (order: { readonly id: string }) => {
      const { nodes } = await test.run(ordersByIds, { ids: [order.id] });
      return nodes[0]?.fulfillmentOrders.nodes ?? [];
    };
    const [one] = await open(test.shop.addOrder());
    const [two] = await open(test.shop.addOrder());
    const fulfillmentOrders = [{ lines: [0] }, { lines: [1], location: 1 }];
    const spread = await open(test.shop.addOrder({ lines: [{}, {}], fulfillmentOrders }));
    const cancelled = test.shop.addOrder();
    const [gone] = await open(cancelled);
    test.shop.cancelOrder(cancelled.id);
    const first = one?.lineItems.nodes[0]?.id ?? "";
    const group = (id: string | undefined, lines?: { id: string; quantity: number }[]) => ({
      fulfillmentOrderId: id ?? "",
      ...(lines === undefined ? {} : { fulfillmentOrderLineItems: lines }),
    });
    const cases = [
      [group(gone?.id)],
      [group(one?.id), group("gid://shopify/FulfillmentOrder/999")],
      [group(one?.id), group(two?.id)],
      spread.map((node) => group(node.id)),
      [group(one?.id, [{ id: first, quantity: 9 }])],
      [group(one?.id, [{ id: "gid://shopify/FulfillmentOrderLineItem/999", quantity: 1 }])],
      [group(one?.id, [{ id: first, quantity: 0 }])],
    ];
    for (const lineItemsByFulfillmentOrder of cases) {
      const answer = await test.run(fulfillmentCreate, { fulfillment: { lineItemsByFulfillmentOrder } });
      const errors = (answer.fulfillmentCreate?.userErrors ?? []).map(shape);
      expect(errors).toHaveLength(1);
      expect([...recorded]).toEqual(expect.arrayContaining(errors));
    }
    await test.close();
  });
});

/** Without ids and places in lists. */
function shape(error: UserError): string {
  return `${error.field?.join(".")}: ${error.message}`.replaceAll(/\d+/g, "N");
}
