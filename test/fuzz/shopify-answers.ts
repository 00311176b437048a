/** Aims at what we make of Shopify's answers: every method of the shop, fed with one answer that nobody promised. */
import { RemoteError } from "../../src/base/errors.ts";
import type { Outcome } from "../../src/core/failure.ts";
import type { Shop } from "../../src/ports/shop.ts";
import { readAnswer } from "../../src/shopify/answer.ts";
import type { ShopifyClient } from "../../src/shopify/client.ts";
import { createShopifyShop } from "../../src/shopify/shop.ts";
import { fulfillmentNode, orderNode } from "../shopify/order-node.ts";
import type { Bases } from "./bases.ts";
import type { Chance } from "./chance.ts";
import { mutate } from "./mutate.ts";
import { type FuzzTarget, pureTarget } from "./target.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
export const STILL_CLOCK = { now: () => NOW, sleep: async () => undefined };
const FULFILLMENT = "gid://shopify/Fulfillment/61";
const ORDER = "gid://shopify/Order/820982911946154508";
const PAGE = { hasNextPage: false, endCursor: null };
const TRACKING = { company: "USPS", number: "9400100000000000000001", url: null };
const SUBSCRIPTION = {
  id: "gid://shopify/WebhookSubscription/1",
  topic: "ORDERS_CREATE",
  uri: "https://ship.example/webhooks/shopify",
};
const USER_ERRORS = [
  {
    field: ["fulfillment"],
    message: "Fulfillment order 21 has an unfulfillable status= closed.",
    code: "STALE_OBJECT",
  },
];

interface Method {
  /** `data` of a decent answer. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly writes: boolean;
  call(shop: Shop): Promise<unknown>;
  /** What is wrong with a value that it gave. */
  check(value: unknown): string | null;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isInstant = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
const fine = (): null => null;
const at = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
const every = (list: unknown, test: (item: unknown) => boolean): boolean => Array.isArray(list) && list.every(test);

function checkPage(value: unknown, test: (item: unknown) => boolean): string | null {
  const cursor = at(value, "nextCursor");
  return every(at(value, "items"), test) && (cursor === null || isText(cursor)) ? null : "a page that is none";
}

function mutation(data: Method["data"], call: Method["call"], check: Method["check"] = fine): Method {
  return { data, writes: true, call, check };
}

export const METHODS: Readonly<Record<string, Method>> = {
  identify: {
    data: {
      shop: { name: "Sample", myshopifyDomain: "s.myshopify.com", currencyCode: "USD", ianaTimezone: "UTC" },
      currentAppInstallation: { accessScopes: [{ handle: "read_orders" }] },
    },
    writes: false,
    call: (shop) => shop.identify(),
    check: (value) =>
      isText(at(value, "name")) && every(at(value, "scopes"), isText) ? null : "an identity that is none",
  },
  changedOrders: {
    data: {
      orders: {
        pageInfo: { hasNextPage: true, endCursor: "c1" },
        nodes: [{ id: ORDER, name: "#1", updatedAt: "2026-11-22T12:00:00Z", displayFulfillmentStatus: "UNFULFILLED" }],
      },
    },
    writes: false,
    call: (shop) => shop.changedOrders(NOW, null),
    check: (value) =>
      checkPage(
        value,
        (item) => isText(at(item, "id")) && isText(at(item, "name")) && isInstant(at(item, "updatedAt")),
      ),
  },
  changedFulfillmentOrders: {
    data: {
      fulfillmentOrders: {
        pageInfo: PAGE,
        nodes: [
          {
            id: "gid://shopify/FulfillmentOrder/21",
            orderId: ORDER,
            orderName: "#1",
            updatedAt: "2026-11-22T12:00:00Z",
            status: "OPEN",
          },
        ],
      },
    },
    writes: false,
    call: (shop) => shop.changedFulfillmentOrders(NOW, null),
    check: (value) =>
      checkPage(
        value,
        (item) => isText(at(item, "id")) && isText(at(item, "orderId")) && isInstant(at(item, "updatedAt")),
      ),
  },
  findOrders: {
    data: { orders: { nodes: [{ id: ORDER, name: "#1001" }] } },
    writes: false,
    call: (shop) => shop.findOrders("1001"),
    check: (value) =>
      every(value, (item) => isText(at(item, "id")) && isText(at(item, "name"))) ? null : "references that are none",
  },
  readOrder: {
    data: { nodes: [orderNode()] },
    writes: false,
    call: (shop) => shop.readOrder(ORDER),
    check: (value) => (value === null || at(value, "id") === ORDER ? null : "another order"),
  },
  readFulfillment: {
    data: {
      fulfillment: {
        ...fulfillmentNode(),
        events: { pageInfo: PAGE, nodes: [{ id: "e", status: "IN_TRANSIT", happenedAt: "2026-11-22T12:00:00Z" }] },
      },
    },
    writes: false,
    call: (shop) => shop.readFulfillment(FULFILLMENT),
    check: (value) =>
      value === null ||
      (isText(at(value, "status")) &&
        every(at(value, "trackingNumbers"), isText) &&
        every(at(value, "events"), (event) => isText(at(event, "status")) && isInstant(at(event, "happenedAt"))))
        ? null
        : "a state that is none",
  },
  fulfil: mutation(
    { fulfillmentCreate: { fulfillment: fulfillmentNode(), userErrors: [] } },
    (shop) =>
      shop.fulfil({
        fulfillmentOrderId: "gid://shopify/FulfillmentOrder/21",
        lines: [{ id: "gid://shopify/FulfillmentOrderLineItem/31", quantity: 2 }],
        tracking: TRACKING,
        notifyCustomer: false,
      }),
    (value) => (isText(at(value, "fulfillmentId")) && at(value, "fulfillmentId") !== "" ? null : "done without an id"),
  ),
  fulfilRefused: mutation({ fulfillmentCreate: { fulfillment: null, userErrors: USER_ERRORS } }, (shop) =>
    shop.fulfil({
      fulfillmentOrderId: "gid://shopify/FulfillmentOrder/21",
      lines: [{ id: "gid://shopify/FulfillmentOrderLineItem/31", quantity: 2 }],
      tracking: TRACKING,
      notifyCustomer: false,
    }),
  ),
  updateTracking: mutation(
    { fulfillmentTrackingInfoUpdate: { fulfillment: fulfillmentNode(), userErrors: [] } },
    (shop) => shop.updateTracking(FULFILLMENT, TRACKING, false),
  ),
  postEvent: mutation(
    {
      fulfillmentEventCreate: {
        fulfillmentEvent: { id: "e", status: "IN_TRANSIT", happenedAt: "2026-11-22T12:00:00Z" },
        userErrors: [],
      },
    },
    (shop) => shop.postEvent(FULFILLMENT, { status: "IN_TRANSIT", happenedAt: NOW }),
  ),
  mirrorStatus: mutation({ metafieldsSet: { metafields: [{ id: "m" }], userErrors: USER_ERRORS } }, (shop) =>
    shop.mirrorStatus(ORDER, "delivered", null),
  ),
  changeTags: mutation(
    { tagsAdd: { node: { id: ORDER }, userErrors: [] }, tagsRemove: { node: { id: ORDER }, userErrors: [] } },
    (shop) => shop.changeTags(ORDER, ["a"], ["b"]),
  ),
  listWebhooks: {
    data: { webhookSubscriptions: { pageInfo: PAGE, nodes: [SUBSCRIPTION] } },
    writes: false,
    call: (shop) => shop.listWebhooks(),
    check: (value) =>
      every(value, (item) => isText(at(item, "id")) && isText(at(item, "topic")) && isText(at(item, "uri")))
        ? null
        : "subscriptions that are none",
  },
  createWebhook: mutation(
    { webhookSubscriptionCreate: { webhookSubscription: SUBSCRIPTION, userErrors: [] } },
    (shop) => shop.createWebhook(SUBSCRIPTION.topic, SUBSCRIPTION.uri),
    (value) => (isText(at(value, "id")) && isText(at(value, "uri")) ? null : "done without a subscription"),
  ),
  createWebhookTaken: mutation(
    {
      webhookSubscriptionCreate: {
        webhookSubscription: null,
        userErrors: [{ field: null, message: "Address for this topic has already been taken" }],
      },
      webhookSubscriptions: { pageInfo: PAGE, nodes: [SUBSCRIPTION] },
    },
    (shop) => shop.createWebhook(SUBSCRIPTION.topic, SUBSCRIPTION.uri),
  ),
  deleteWebhook: mutation(
    { webhookSubscriptionDelete: { deletedWebhookSubscriptionId: SUBSCRIPTION.id, userErrors: [] } },
    (shop) => shop.deleteWebhook(SUBSCRIPTION.id),
  ),
};

export interface AnswerContext {
  readonly method: string;
  readonly status: number;
}

export function shopifyAnswers(bases: Bases): FuzzTarget {
  return pureTarget<AnswerContext>({
    name: "shopify_answers",
    share: 260,
    make: (chance) => makeShopifyAnswer(chance, bases),
    judge: ({ method, status }, bytes) =>
      judgeShop(method, createShopifyShop({ client: answering(status, bytes) }), status),
  });
}

export function makeShopifyAnswer(chance: Chance, bases: Bases): { context: AnswerContext; bytes: Buffer } {
  const method = chance.pick(Object.keys(METHODS));
  const decent = JSON.stringify({ data: METHODS[method]?.data, extensions: {} });
  const others = chance.oneIn(6) ? bases.shopifyAnswers : [decent];
  const status = chance.weighted([
    [30, 200],
    [1, 201],
    [
      1,
      chance.pick([204, 302, 400, 401, 402, 403, 404, 406, 408, 409, 413, 422, 423, 429, 430, 500, 502, 503, 504, 520]),
    ],
  ]);
  return { context: { method, status }, bytes: mutate(chance, others) };
}

/** The client's own reading of an answer, without the network in between. */
function answering(status: number, bytes: Uint8Array): ShopifyClient {
  return {
    async run(operation) {
      const answer = readAnswer(operation, { status, headers: new Headers(), bytes }, STILL_CLOCK);
      if (answer.outcome === "failed") {
        throw answer.error;
      }
      return answer.data;
    },
  };
}

/** A read gives a value or throws `RemoteError`; a write never throws, and is `done` only when the answer says so. */
export async function judgeShop(name: string, shop: Shop, status: number): Promise<string | null> {
  const method = METHODS[name];
  if (method === undefined) {
    return `no method ${name}`;
  }
  let value: unknown;
  try {
    value = await method.call(shop);
  } catch (error) {
    if (error instanceof RemoteError && !method.writes) {
      return error.message.length > 600 ? "a message without bound" : null;
    }
    throw error;
  }
  if (!method.writes) {
    return method.check(value);
  }
  const outcome = value as Outcome<unknown>;
  if (outcome.outcome === "done") {
    return status < 200 || status >= 300 ? `done by a ${status}` : method.check(outcome.value);
  }
  if (outcome.outcome !== "refused" && outcome.outcome !== "unknown") {
    return "an outcome that is none";
  }
  return status >= 500 && outcome.outcome === "refused" ? `refused by a ${status}` : null;
}
