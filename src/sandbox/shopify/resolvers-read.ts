/**
 * What the fake shop answers to queries. Resolvers are plain objects: graphql-js reads a field from the property of that
 * name, and calls it with the arguments when it is a function. Fields that the cut schema lacks cannot be asked for.
 */
import { GraphQLError } from "graphql";
import { DAY_MS } from "../../core/time.ts";
import { parseGid } from "./ids.ts";
import { connect, type PageArguments } from "./paging.ts";
import type { StoredFulfillmentOrder, StoredOrder } from "./records.ts";
import {
  FULFILLMENT_ORDER_FIELDS,
  FULFILLMENT_ORDER_FIELDS_MISSING,
  ORDER_FIELDS,
  ORDER_FIELDS_MISSING,
  parseSearch,
  type SearchRules,
} from "./search.ts";
import type { SearchIndex } from "./search-index.ts";
import {
  type RequestContext,
  seesFulfillmentOrders,
  viewFulfillment,
  viewFulfillmentOrder,
  viewLocation,
  viewOrder,
  viewSubscription,
} from "./views.ts";

/** Without `read_all_orders` an app sees orders of the last 60 days only. */
const ORDERS_VISIBLE_MS = 60 * DAY_MS;

/** Items of any input list (recorded). */
const INPUT_LIST_MAX = 250;

/** Throws Shopify's error for what is no id of the type. */
export function checkId(id: string, type: string | null): void {
  const parsed = parseGid(id);
  if (parsed === null || (type !== null && parsed.type !== type)) {
    throw new GraphQLError("invalid id", { extensions: { code: "RESOURCE_NOT_FOUND" } });
  }
}

/** Throws Shopify's error for a list that is too long. */
export function checkListSize(list: readonly unknown[]): void {
  if (list.length > INPUT_LIST_MAX) {
    throw new GraphQLError(
      `The input array size of ${list.length} is greater than the maximum allowed of ${INPUT_LIST_MAX}.`,
      { extensions: { code: "MAX_INPUT_SIZE_EXCEEDED" } },
    );
  }
}

interface ListArguments extends PageArguments {
  readonly query?: string | null;
  readonly sortKey?: string | null;
}

/** The fields of QueryRoot. */
export function queryRoot(context: RequestContext) {
  const { state } = context;
  return {
    shop: () => ({ __typename: "Shop", ...state.profile }),
    currentAppInstallation: () => ({
      __typename: "AppInstallation",
      id: "gid://shopify/AppInstallation/1",
      accessScopes: [...context.scopes].map((handle) => ({ handle })),
    }),
    order: ({ id }: { readonly id: string }) => {
      checkId(id, "Order");
      return findNode(context, id);
    },
    fulfillmentOrder: ({ id }: { readonly id: string }) => {
      checkId(id, "FulfillmentOrder");
      return findNode(context, id);
    },
    fulfillment: ({ id }: { readonly id: string }) => {
      checkId(id, "Fulfillment");
      return findNode(context, id);
    },
    nodes: ({ ids }: { readonly ids: readonly string[] }) => {
      checkListSize(ids);
      for (const id of ids) {
        checkId(id, null);
      }
      return ids.map((id) => findNode(context, id));
    },
    orders: (args: ListArguments) => listOrders(context, args),
    fulfillmentOrders: (args: ListArguments & { readonly includeClosed?: boolean | null }) =>
      listFulfillmentOrders(context, args),
    locations: (args: PageArguments) => {
      const active = state.locations.filter((location) => location.isActive);
      return connect(active, args, () => 0n, viewLocation);
    },
    webhookSubscriptions: (args: PageArguments) =>
      connect(
        [...state.subscriptions.values()],
        args,
        (subscription) => BigInt(subscription.createdAt),
        (subscription) => viewSubscription(context, subscription),
      ),
  };
}

function findNode(context: RequestContext, id: string) {
  const { state } = context;
  const order = state.orders.get(id);
  if (order !== undefined) {
    return isVisible(context, order) ? viewOrder(context, order) : null;
  }
  const fulfillmentOrder = state.fulfillmentOrders.get(id);
  if (fulfillmentOrder !== undefined) {
    return seesFulfillmentOrders(context) ? viewFulfillmentOrder(context, fulfillmentOrder) : null;
  }
  const fulfillment = state.fulfillments.get(id);
  if (fulfillment !== undefined) {
    return viewFulfillment(fulfillment);
  }
  const location = state.locations.find((candidate) => candidate.id === id);
  return location === undefined ? null : viewLocation(location);
}

function isVisible(context: RequestContext, order: StoredOrder): boolean {
  const oldest = context.state.clock.now() - ORDERS_VISIBLE_MS;
  return order.createdAt >= oldest || context.scopes.has("read_all_orders");
}

function listOrders(context: RequestContext, args: ListArguments) {
  const { state } = context;
  const rules = { fields: ORDER_FIELDS, missing: ORDER_FIELDS_MISSING };
  const found = search(context, "orders", args.query ?? null, rules, state.orderIndex, state.orders);
  const visible = found.filter((order) => isVisible(context, order));
  const byTime = (order: StoredOrder) => {
    switch (args.sortKey) {
      case "UPDATED_AT":
        return BigInt(order.updatedAt);
      case "ID":
        return 0n;
      case "CREATED_AT":
      case "PROCESSED_AT":
        return BigInt(order.createdAt);
      default:
        throw new Error(`the sandbox cannot sort orders by ${args.sortKey}`);
    }
  };
  return connect(visible, args, byTime, (order) => viewOrder(context, order));
}

function listFulfillmentOrders(
  context: RequestContext,
  args: ListArguments & { readonly includeClosed?: boolean | null },
) {
  const { state } = context;
  const rules = { fields: FULFILLMENT_ORDER_FIELDS, missing: FULFILLMENT_ORDER_FIELDS_MISSING };
  const query = args.query ?? null;
  const found = search(
    context,
    "fulfillmentOrders",
    query,
    rules,
    state.fulfillmentOrderIndex,
    state.fulfillmentOrders,
  );
  const visible = seesFulfillmentOrders(context)
    ? found.filter((item) => args.includeClosed === true || item.status !== "CLOSED")
    : [];
  if (args.sortKey !== "UPDATED_AT" && args.sortKey !== "ID") {
    throw new Error(`the sandbox cannot sort fulfillment orders by ${args.sortKey}`);
  }
  const byTime = args.sortKey === "UPDATED_AT" ? (item: StoredFulfillmentOrder) => BigInt(item.updatedAt) : () => 0n;
  return connect(visible, args, byTime, (item) => viewFulfillmentOrder(context, item));
}

/** Without a query straight from the database; with one from the index, which lags. What is found is read fresh. */
function search<Item>(
  context: RequestContext,
  field: string,
  query: string | null,
  rules: Pick<SearchRules, "fields" | "missing">,
  index: SearchIndex,
  all: ReadonlyMap<string, Item>,
): Item[] {
  if (query === null || query.trim() === "") {
    return [...all.values()];
  }
  const { profile, clock } = context.state;
  const parsed = parseSearch(query, { ...rules, timeZone: profile.ianaTimezone, now: clock.now() });
  const note = parsed.note([field]);
  if (note !== null) {
    context.notes.push(note);
  }
  return index.visible().flatMap((document) => (parsed.matches(document) ? (all.get(document.id) ?? []) : []));
}
