/**
 * Decent payloads that hostile ones are made of: our own, in the shape of the documented samples. Where the project lies
 * beside a folder of recorded answers and samples, those join; a base changes what a case is, so a campaign says which.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { boughtAnswer, errorAnswer, shipmentAnswer } from "../shipping/easypost/answers.ts";
import { orderNode } from "../shopify/order-node.ts";
import { ROOT } from "../tidy/source.ts";

export interface Bases {
  /** Bodies of Shopify's webhooks, with their topics. */
  readonly shopifyWebhooks: readonly { readonly topic: string; readonly text: string }[];
  readonly easypostWebhooks: readonly string[];
  readonly easypostAnswers: readonly string[];
  /** Answers of Shopify that are no answer to one of our operations in particular. */
  readonly shopifyAnswers: readonly string[];
  /** What joined from outside, for a line of the report. */
  readonly note: string;
}

const SHARED = join(ROOT, "..", "shared");

/** `own`: leave out what lies beside the project, so that a case is the same on every machine. */
export function readBases(own: boolean): Bases {
  const samples = own ? [] : readFolder(join(SHARED, "shopify", "samples", "official-2026-07"));
  const answers = own ? [] : readFolder(join(SHARED, "shopify", "samples", "recorded-graphql"));
  const easypost = own ? [] : readFolder(join(SHARED, "recordings", "easypost", "docs-responses"));
  const joined = samples.length + answers.length + easypost.length;
  return {
    shopifyWebhooks: [
      ...OWN_WEBHOOKS.map(([topic, body]) => ({ topic, text: JSON.stringify(body) })),
      ...samples.map(({ name, text }) => ({ topic: name.replace("__", "/"), text })),
    ],
    easypostWebhooks: [
      ...[trackerEvent("tracker.updated"), trackerEvent("tracker.created"), refundEvent()].map((event) =>
        JSON.stringify(event),
      ),
      ...easypost.filter(({ name }) => /event|webhook/.test(name)).map(({ text }) => text),
    ],
    easypostAnswers: [
      ...[shipmentAnswer(), boughtAnswer(), boughtAnswer({ refund_status: "submitted" }), TRACKER].map((answer) =>
        JSON.stringify(answer),
      ),
      ...["SHIPMENT.POSTAGE.EXISTS", "ADDRESS.VERIFY.FAILURE", "PAYMENT_REQUIRED", "NOT_FOUND", "RATE_LIMITED"].map(
        (code) => JSON.stringify(errorAnswer(code, [{ field: "street1", code: "E.STREET.MISSING" }])),
      ),
      JSON.stringify({ shipments: [shipmentAnswer()], has_more: false }),
      ...easypost.filter(({ name }) => /shipment|tracker|refund|rates/.test(name)).map(({ text }) => text),
    ],
    shopifyAnswers: [
      ...OWN_ANSWERS.map((answer) => JSON.stringify(answer)),
      ...answers.flatMap(({ text }) => recordedAnswers(text)),
    ],
    note: own
      ? "own bases only"
      : joined === 0
        ? "no recorded samples beside the project: own bases only"
        : `${joined} files of recorded samples join the own bases`,
  };
}

/** JSON files below 16 KB: beyond that a fuzzer copies more than it tries. */
function readFolder(folder: string): { name: string; text: string }[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".json") && !name.startsWith("_"));
  } catch {
    return [];
  }
  return names
    .sort()
    .map((name) => ({ name: name.slice(0, -".json".length), text: minified(readFileSync(join(folder, name), "utf8")) }))
    .filter(({ text }) => text.length < 16_000);
}

function minified(text: string): string {
  return JSON.stringify(JSON.parse(text));
}

function recordedAnswers(text: string): readonly string[] {
  const steps: unknown = JSON.parse(text);
  return (Array.isArray(steps) ? steps : [])
    .map((step: { readonly response?: unknown }) => JSON.stringify(step.response ?? {}))
    .filter((answer) => answer.length < 8_000)
    .slice(0, 5);
}

const ORDER = {
  id: 820982911946154,
  admin_graphql_api_id: "gid://shopify/Order/820982911946154",
  name: "#1001",
  email: "lin@example.com",
  created_at: "2026-11-22T12:00:00-05:00",
  updated_at: "2026-11-22T12:00:00-05:00",
  cancelled_at: null,
  test: false,
  financial_status: "paid",
  tags: "ready_to_ship",
  total_price: "239.40",
  shipping_address: {
    first_name: "Lin",
    address1: "1 Test Way",
    city: "Springfield",
    zip: "62701",
    country_code: "US",
  },
  line_items: [{ id: 41, sku: "MUG-1", quantity: 2, grams: 350, price: "12.50", properties: [] }],
};

const FULFILLMENT_ORDER = { id: "gid://shopify/FulfillmentOrder/21", status: "open", order_id: 820982911946154 };

const OWN_WEBHOOKS: readonly (readonly [topic: string, body: unknown])[] = [
  ["orders/create", ORDER],
  ["orders/updated", ORDER],
  ["orders/cancelled", { ...ORDER, cancelled_at: "2026-11-22T13:00:00-05:00" }],
  [
    "orders/edited",
    { order_edit: { id: 78912328793, order_id: 820982911946154, line_items: { additions: [], removals: [] } } },
  ],
  ["orders/risk_assessment_changed", { admin_graphql_api_order_id: "gid://shopify/Order/1", recommendation: "NONE" }],
  ["refunds/create", { id: 890088186047892, order_id: 820982911946154, refund_line_items: [] }],
  ["fulfillments/create", { id: 123456, order_id: 820982911946154, tracking_numbers: ["1Z"], status: "pending" }],
  [
    "fulfillment_orders/placed_on_hold",
    { fulfillment_order: FULFILLMENT_ORDER, fulfillment_hold: { reason: "other" } },
  ],
  [
    "fulfillment_orders/moved",
    { original_fulfillment_order: FULFILLMENT_ORDER, moved_fulfillment_order: FULFILLMENT_ORDER },
  ],
  ["fulfillment_orders/merged", { fulfillment_order_merges: [{ fulfillment_order: FULFILLMENT_ORDER }] }],
  ["fulfillment_holds/released", { fulfillment_order: { id: "gid://shopify/FulfillmentOrder/21" } }],
  [
    "customers/redact",
    { shop_id: 954889, shop_domain: "fuzz.myshopify.com", customer: { id: 1 }, orders_to_redact: [299938, 280263] },
  ],
  [
    "customers/data_request",
    { shop_id: 954889, shop_domain: "fuzz.myshopify.com", orders_requested: [299938], data_request: { id: 9 } },
  ],
  ["shop/redact", { shop_id: 954889, shop_domain: "fuzz.myshopify.com" }],
  ["app/uninstalled", { id: 548380009, name: "Super Toys", email: "super@supertoys.example" }],
];

function trackerEvent(description: string): unknown {
  return {
    id: "evt_1",
    object: "Event",
    mode: "test",
    description,
    previous_attributes: { status: "unknown" },
    result: TRACKER,
  };
}

function refundEvent(): unknown {
  return {
    id: "evt_2",
    object: "Event",
    description: "refund.successful",
    result: { id: "rfnd_1", object: "Refund", status: "refunded" },
  };
}

const TRACKER = {
  id: "trk_1",
  object: "Tracker",
  mode: "test",
  tracking_code: "9400100000000000000001",
  status: "in_transit",
  status_detail: "arrived_at_facility",
  updated_at: "2026-11-22T12:00:00Z",
  is_return: false,
  carrier: "USPS",
  public_url: "https://track.example/1",
  tracking_details: [
    {
      object: "TrackingDetail",
      status: "pre_transit",
      status_detail: "label_created",
      datetime: "2026-11-21T12:00:00Z",
    },
    {
      object: "TrackingDetail",
      status: "in_transit",
      status_detail: "received_at_origin_facility",
      datetime: "2026-11-22T08:00:00",
    },
  ],
};

const COST = {
  cost: {
    requestedQueryCost: 12,
    actualQueryCost: 10,
    throttleStatus: { maximumAvailable: 2_000, currentlyAvailable: 1_990, restoreRate: 100 },
  },
};

const OWN_ANSWERS: readonly unknown[] = [
  { data: { nodes: [orderNode()] }, extensions: COST },
  { errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }], extensions: COST },
  {
    errors: [
      {
        message: "Access denied for orders field.",
        extensions: { code: "ACCESS_DENIED", requiredAccess: "`read_orders` access scope." },
        path: ["orders"],
      },
    ],
    data: null,
  },
  {
    errors: [
      {
        message: "Internal error",
        extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "1" },
        path: ["fulfillmentCreate", "fulfillment"],
      },
    ],
  },
  { errors: "[API] Invalid API key or access token" },
  {
    data: { orders: { nodes: [] } },
    extensions: {
      ...COST,
      search: [
        {
          path: ["orders"],
          query: "x",
          warnings: [{ field: "updated_at", message: "Invalid", code: "invalid_field" }],
        },
      ],
    },
  },
];
