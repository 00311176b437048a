/**
 * What shipbot changes at Shopify, and the one read that must precede a tracking event. What every document and type
 * here has in common is said in `operations.ts`.
 */
import {
  type FulfillmentNode,
  type Operation,
  type PageInfo,
  TRACKING_NUMBERS_PER_FULFILLMENT,
  type TrackingInfoNode,
  type UserErrorNode,
} from "./operations.ts";

// ---------------------------------------------------------------------------------------------------------------
// Fulfillments

export interface FulfillmentEventsData {
  readonly fulfillment: {
    readonly id: string;
    readonly status: string;
    readonly displayStatus: string | null;
    readonly trackingInfo: readonly TrackingInfoNode[];
    readonly events: {
      readonly pageInfo: PageInfo;
      readonly nodes: readonly { readonly id: string; readonly status: string; readonly happenedAt: string }[];
    };
  } | null;
}

/** Which events a fulfillment has, latest first: Shopify does not drop repeated events, so look before posting. */
export const fulfillmentEvents: Operation<
  { readonly id: string; readonly after: string | null },
  FulfillmentEventsData
> = {
  name: "FulfillmentEvents",
  kind: "query",
  document: `query FulfillmentEvents($id: ID!, $after: String) {
  fulfillment(id: $id) {
    id status displayStatus
    trackingInfo(first: ${TRACKING_NUMBERS_PER_FULFILLMENT}) { company number url }
    events(first: 50, after: $after, sortKey: HAPPENED_AT, reverse: true) {
      pageInfo { hasNextPage endCursor }
      nodes { id status happenedAt }
    }
  }
}`,
};

/** `number` and `url`, or `numbers` and `urls` in the same order for several parcels; never both kinds. */
export interface TrackingInput {
  readonly company?: string;
  readonly number?: string;
  readonly url?: string;
  readonly numbers?: readonly string[];
  readonly urls?: readonly string[];
}

export interface FulfillmentCreateVariables {
  readonly fulfillment: {
    readonly lineItemsByFulfillmentOrder: readonly {
      readonly fulfillmentOrderId: string;
      /** Missing means all that is left. */
      readonly fulfillmentOrderLineItems?: readonly { readonly id: string; readonly quantity: number }[];
    }[];
    readonly trackingInfo?: TrackingInput;
    readonly notifyCustomer?: boolean;
  };
}

export interface FulfillmentCreateData {
  readonly fulfillmentCreate: {
    readonly fulfillment: FulfillmentNode | null;
    readonly userErrors: readonly UserErrorNode[];
  } | null;
}

/**
 * Ships lines of one order from one location. NOT safe to repeat: if units remain, a second call makes a second
 * fulfillment. Look for our tracking number on the order first.
 */
export const fulfillmentCreate: Operation<FulfillmentCreateVariables, FulfillmentCreateData> = {
  name: "FulfillmentCreate",
  kind: "mutation",
  document: `mutation FulfillmentCreate($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment {
      id status displayStatus createdAt
      trackingInfo(first: ${TRACKING_NUMBERS_PER_FULFILLMENT}) { company number url }
    }
    userErrors { field message }
  }
}`,
};

export interface FulfillmentTrackingInfoUpdateVariables {
  readonly fulfillmentId: string;
  readonly trackingInfo: TrackingInput;
  readonly notifyCustomer: boolean;
}

export interface FulfillmentTrackingInfoUpdateData {
  readonly fulfillmentTrackingInfoUpdate: {
    readonly fulfillment: FulfillmentNode | null;
    readonly userErrors: readonly UserErrorNode[];
  } | null;
}

/** Replaces the tracking of a fulfillment. Safe to repeat. Shopify accepts it on cancelled fulfillments: check first. */
export const fulfillmentTrackingInfoUpdate: Operation<
  FulfillmentTrackingInfoUpdateVariables,
  FulfillmentTrackingInfoUpdateData
> = {
  name: "FulfillmentTrackingInfoUpdate",
  kind: "mutation",
  document: `mutation FulfillmentTrackingInfoUpdate(
  $fulfillmentId: ID!
  $trackingInfo: FulfillmentTrackingInput!
  $notifyCustomer: Boolean
) {
  fulfillmentTrackingInfoUpdate(
    fulfillmentId: $fulfillmentId
    trackingInfoInput: $trackingInfo
    notifyCustomer: $notifyCustomer
  ) {
    fulfillment {
      id status displayStatus createdAt
      trackingInfo(first: ${TRACKING_NUMBERS_PER_FULFILLMENT}) { company number url }
    }
    userErrors { field message }
  }
}`,
};

export interface FulfillmentEventCreateVariables {
  readonly event: {
    readonly fulfillmentId: string;
    /** `IN_TRANSIT`, `OUT_FOR_DELIVERY`, `DELIVERED`, … : FulfillmentEventStatus of the pinned API version. */
    readonly status: string;
    readonly happenedAt: string;
    readonly message?: string;
    readonly city?: string;
    readonly province?: string;
    readonly country?: string;
    readonly zip?: string;
    readonly estimatedDeliveryAt?: string;
  };
}

export interface FulfillmentEventCreateData {
  readonly fulfillmentEventCreate: {
    readonly fulfillmentEvent: { readonly id: string; readonly status: string; readonly happenedAt: string } | null;
    readonly userErrors: readonly UserErrorNode[];
  } | null;
}

/** Posts one tracking event. NOT safe to repeat: each call adds one. Accepted on cancelled fulfillments too. */
export const fulfillmentEventCreate: Operation<FulfillmentEventCreateVariables, FulfillmentEventCreateData> = {
  name: "FulfillmentEventCreate",
  kind: "mutation",
  document: `mutation FulfillmentEventCreate($event: FulfillmentEventInput!) {
  fulfillmentEventCreate(fulfillmentEvent: $event) {
    fulfillmentEvent { id status happenedAt }
    userErrors { field message }
  }
}`,
};

// ---------------------------------------------------------------------------------------------------------------
// Marks on the order

export interface MetafieldsSetVariables {
  /** At most 25, all or none. */
  readonly metafields: readonly {
    readonly ownerId: string;
    readonly namespace: string;
    readonly key: string;
    readonly type: string;
    readonly value: string;
    /** Digest of the value to replace, `null` for "must not exist yet", missing for "whatever is there". */
    readonly compareDigest?: string | null;
  }[];
}

export interface MetafieldsSetData {
  readonly metafieldsSet: {
    readonly metafields:
      | readonly {
          readonly id: string;
          readonly namespace: string;
          readonly key: string;
          readonly value: string;
          readonly compareDigest: string;
        }[]
      | null;
    /** `code` is `STALE_OBJECT` when a digest does not fit. */
    readonly userErrors: readonly (UserErrorNode & {
      readonly code: string | null;
      readonly elementIndex: number | null;
    })[];
  } | null;
}

/** Writes metafields. Safe to repeat without digests. */
export const metafieldsSet: Operation<MetafieldsSetVariables, MetafieldsSetData> = {
  name: "MetafieldsSet",
  kind: "mutation",
  document: `mutation MetafieldsSet($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { id namespace key value compareDigest }
    userErrors { field message code elementIndex }
  }
}`,
};

export interface TagsVariables {
  readonly id: string;
  readonly tags: readonly string[];
}

interface TagsPayload {
  readonly node: { readonly id: string } | null;
  readonly userErrors: readonly UserErrorNode[];
}

export interface TagsAddData {
  readonly tagsAdd: TagsPayload | null;
}

/** Adds tags and leaves the others alone. Safe to repeat. */
export const tagsAdd: Operation<TagsVariables, TagsAddData> = {
  name: "TagsAdd",
  kind: "mutation",
  document: `mutation TagsAdd($id: ID!, $tags: [String!]!) {
  tagsAdd(id: $id, tags: $tags) { node { id } userErrors { field message } }
}`,
};

export interface TagsRemoveData {
  readonly tagsRemove: TagsPayload | null;
}

/** Removes tags and leaves the others alone. Safe to repeat. */
export const tagsRemove: Operation<TagsVariables, TagsRemoveData> = {
  name: "TagsRemove",
  kind: "mutation",
  document: `mutation TagsRemove($id: ID!, $tags: [String!]!) {
  tagsRemove(id: $id, tags: $tags) { node { id } userErrors { field message } }
}`,
};
