/**
 * What the fake shop does on mutations. User errors whose text was not found in any recording are marked; clients must not
 * branch on texts anyway, since most of these errors have no code.
 */
import {
  cancelFulfillment,
  createFulfillment,
  type FulfillmentInput,
  postEvent,
  type TrackingInput,
  type UserError,
  updateTracking,
} from "./fulfillments.ts";
import { changeTags } from "./merchant.ts";
import { badRequest } from "./paging.ts";
import type { StoredMetafield, StoredOrder, StoredSubscription } from "./records.ts";
import { checkId, checkListSize } from "./resolvers-read.ts";
import {
  compareDigest,
  type RequestContext,
  viewEvent,
  viewFulfillment,
  viewMetafield,
  viewSubscription,
} from "./views.ts";

/** Metafields of one call (schema's description). */
const METAFIELDS_MAX = 25;

interface EventInput {
  readonly fulfillmentId: string;
  readonly status: string;
  readonly happenedAt?: string | null;
  readonly message?: string | null;
}

interface MetafieldInput {
  readonly ownerId: string;
  readonly namespace?: string | null;
  readonly key: string;
  readonly type?: string | null;
  readonly value: string;
  readonly compareDigest?: string | null;
}

interface SubscriptionInput {
  readonly uri?: string | null;
  readonly includeFields?: readonly string[] | null;
  readonly filter?: string | null;
}

/** The fields of Mutation. */
export function mutationRoot(context: RequestContext) {
  return { ...fulfillmentMutations(context), ...orderMutations(context), ...subscriptionMutations(context) };
}

function fulfillmentMutations(context: RequestContext) {
  const { state } = context;
  return {
    fulfillmentCreate: ({ fulfillment }: { readonly fulfillment: FulfillmentInput }) => {
      for (const group of fulfillment.lineItemsByFulfillmentOrder) {
        checkId(group.fulfillmentOrderId, "FulfillmentOrder");
        checkListSize(group.fulfillmentOrderLineItems ?? []);
      }
      if (!context.scopes.has("write_merchant_managed_fulfillment_orders")) {
        const message = "The api_client does not have access to the fulfillment order.";
        return { fulfillment: null, userErrors: [{ field: ["fulfillment"], message }] };
      }
      const outcome = createFulfillment(state, fulfillment);
      return "error" in outcome
        ? { fulfillment: null, userErrors: [outcome.error] }
        : { fulfillment: viewFulfillment(outcome.fulfillment), userErrors: [] };
    },
    fulfillmentTrackingInfoUpdate: (args: {
      readonly fulfillmentId: string;
      readonly trackingInfoInput: TrackingInput;
      readonly notifyCustomer?: boolean | null;
    }) => {
      checkId(args.fulfillmentId, "Fulfillment");
      const fulfillment = state.fulfillments.get(args.fulfillmentId);
      if (fulfillment === undefined) {
        // Text not recorded.
        return { fulfillment: null, userErrors: [refused(["fulfillmentId"], "Fulfillment does not exist.")] };
      }
      updateTracking(state, fulfillment, args.trackingInfoInput, args.notifyCustomer ?? false);
      return { fulfillment: viewFulfillment(fulfillment), userErrors: [] };
    },
    fulfillmentEventCreate: ({ fulfillmentEvent: input }: { readonly fulfillmentEvent: EventInput }) => {
      checkId(input.fulfillmentId, "Fulfillment");
      const fulfillment = state.fulfillments.get(input.fulfillmentId);
      if (fulfillment === undefined) {
        const field = ["fulfillmentEvent", "fulfillmentId"];
        return { fulfillmentEvent: null, userErrors: [refused(field, "Fulfillment does not exist.")] };
      }
      const happenedAt = input.happenedAt ? Date.parse(input.happenedAt) : state.clock.now();
      if (Number.isNaN(happenedAt)) {
        throw badRequest(`happenedAt is not a DateTime: ${input.happenedAt}`);
      }
      const event = postEvent(state, fulfillment, {
        status: input.status,
        happenedAt,
        message: input.message ?? null,
      });
      return { fulfillmentEvent: viewEvent(event), userErrors: [] };
    },
    fulfillmentCancel: ({ id }: { readonly id: string }) => {
      checkId(id, "Fulfillment");
      const fulfillment = state.fulfillments.get(id);
      if (fulfillment === undefined) {
        // Text not recorded.
        return { fulfillment: null, userErrors: [refused(["id"], "Fulfillment not found.")] };
      }
      cancelFulfillment(state, fulfillment);
      return { fulfillment: viewFulfillment(fulfillment), userErrors: [] };
    },
  };
}

function orderMutations(context: RequestContext) {
  const { state } = context;
  const tag = (id: string, add: readonly string[], remove: readonly string[]) => {
    checkId(id, "Order");
    checkListSize([...add, ...remove]);
    const order = state.orders.get(id);
    if (order === undefined) {
      // Text not recorded.
      return { node: null, userErrors: [refused(["id"], "Order does not exist")] };
    }
    const { added, removed } = changeTags(state, order, add, remove);
    state.ledger.tags.push({ at: state.clock.now(), orderId: id, added, removed });
    return { node: { __typename: "Order", id }, userErrors: [] };
  };
  return {
    tagsAdd: ({ id, tags }: { readonly id: string; readonly tags: readonly string[] }) => tag(id, tags, []),
    tagsRemove: ({ id, tags }: { readonly id: string; readonly tags: readonly string[] }) => tag(id, [], tags),
    metafieldsSet: ({ metafields }: { readonly metafields: readonly MetafieldInput[] }) =>
      setMetafields(context, metafields),
  };
}

interface MetafieldError extends UserError {
  readonly code: string;
  readonly elementIndex: number | null;
}

/** All or none: every input is checked before the first is written. */
function setMetafields(context: RequestContext, inputs: readonly MetafieldInput[]) {
  const { state } = context;
  const errors: MetafieldError[] = [];
  const targets: { readonly order: StoredOrder; readonly input: MetafieldInput; readonly name: string }[] = [];
  if (inputs.length > METAFIELDS_MAX) {
    const message = `Exceeded the maximum metafields input limit of ${METAFIELDS_MAX}.`;
    errors.push({ field: ["metafields"], message, code: "LESS_THAN_OR_EQUAL_TO", elementIndex: null });
  }
  for (const [elementIndex, input] of inputs.entries()) {
    checkId(input.ownerId, null);
    const field = ["metafields", `${elementIndex}`];
    const order = state.orders.get(input.ownerId);
    if (order === undefined) {
      // Text not recorded. Only orders own metafields here.
      errors.push({ field, message: "Owner does not exist.", code: "INVALID", elementIndex });
      continue;
    }
    const name = `${input.namespace ?? "$app"}.${input.key}`;
    const current = order.metafields.get(name);
    const digest = current === undefined ? null : compareDigest(current);
    if (input.compareDigest !== undefined && input.compareDigest !== digest) {
      const message =
        "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.";
      errors.push({ field, message, code: "STALE_OBJECT", elementIndex });
    }
    targets.push({ order, input, name });
  }
  if (errors.length > 0) {
    return { metafields: null, userErrors: errors };
  }
  const written = targets.map(({ order, input, name }) => writeMetafield(context, order, name, input));
  return { metafields: written.map(viewMetafield), userErrors: [] };
}

/**
 * A changed value counts as a change of the order here, so that whoever mirrors a status into a metafield sees the echo
 * of its own write in the next poll. Not recorded; the careful assumption.
 */
function writeMetafield(
  context: RequestContext,
  order: StoredOrder,
  name: string,
  input: MetafieldInput,
): StoredMetafield {
  const { state } = context;
  const namespace = input.namespace ?? "$app";
  const before = order.metafields.get(name);
  const type = input.type ?? before?.type ?? "single_line_text_field";
  const { key, value } = input;
  const metafield = before ?? { id: state.ids.next("Metafield"), namespace, key, type, value: "" };
  const changed = before === undefined || before.value !== value;
  metafield.value = value;
  order.metafields.set(name, metafield);
  state.ledger.metafields.push({ at: state.clock.now(), ownerId: order.id, namespace, key, value });
  if (changed) {
    state.touchOrder(order);
    state.announce("orders/updated", order.id);
  }
  return metafield;
}

function subscriptionMutations(context: RequestContext) {
  const { state } = context;
  const answer = (subscription: StoredSubscription | null, userErrors: readonly UserError[]) => ({
    webhookSubscription: subscription === null ? null : viewSubscription(context, subscription),
    userErrors,
  });
  return {
    webhookSubscriptionCreate: (args: { readonly topic: string; readonly webhookSubscription: SubscriptionInput }) => {
      const { uri, includeFields, filter } = args.webhookSubscription;
      const error = checkAddress(context, args.topic, uri ?? "", null);
      if (error !== null) {
        return answer(null, [error]);
      }
      const subscription: StoredSubscription = {
        id: state.ids.next("WebhookSubscription"),
        topic: args.topic,
        uri: uri ?? "",
        includeFields: includeFields ?? [],
        filter: filter ?? null,
        createdAt: state.clock.now(),
      };
      state.subscriptions.set(subscription.id, subscription);
      return answer(subscription, []);
    },
    webhookSubscriptionUpdate: (args: { readonly id: string; readonly webhookSubscription: SubscriptionInput }) => {
      checkId(args.id, "WebhookSubscription");
      const subscription = state.subscriptions.get(args.id);
      if (subscription === undefined) {
        return answer(null, [refused(["id"], "Webhook subscription does not exist")]);
      }
      const { uri, includeFields, filter } = args.webhookSubscription;
      const error = uri ? checkAddress(context, subscription.topic, uri, subscription.id) : null;
      if (error !== null) {
        return answer(null, [error]);
      }
      subscription.uri = uri ?? subscription.uri;
      subscription.includeFields = includeFields ?? subscription.includeFields;
      subscription.filter = filter ?? subscription.filter;
      return answer(subscription, []);
    },
    webhookSubscriptionDelete: ({ id }: { readonly id: string }) => {
      checkId(id, "WebhookSubscription");
      const existed = state.subscriptions.delete(id);
      return existed
        ? { deletedWebhookSubscriptionId: id, userErrors: [] }
        : {
            deletedWebhookSubscriptionId: null,
            userErrors: [refused(["id"], "Webhook subscription does not exist")],
          };
    },
  };
}

/**
 * Shopify takes https:// only and refuses its own and internal domains. The sandbox also takes http:// on loopback,
 * because that is where the receiver of a test is.
 */
function checkAddress(context: RequestContext, topic: string, uri: string, ownId: string | null): UserError | null {
  const field = ["webhookSubscription", "callbackUrl"];
  const url = URL.canParse(uri) ? new URL(uri) : null;
  if (url === null) {
    return refused(field, "Address is invalid");
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && url.hostname === "127.0.0.1")) {
    return refused(field, `Address protocol ${url.protocol}// is not supported`);
  }
  if (url.hostname.endsWith(".myshopify.com") || url.hostname.endsWith(".shopify.com")) {
    return refused(field, "Address cannot be a Shopify or an internal domain");
  }
  const taken = [...context.state.subscriptions.values()].some(
    (other) => other.id !== ownId && other.topic === topic && other.uri === uri,
  );
  return taken ? refused(field, "Address for this topic has already been taken") : null;
}

function refused(field: readonly string[], message: string): UserError {
  return { field, message };
}
