/**
 * Effects are truth, shipments and orders derive, the queue is disposable.
 *
 * The rows as the database holds them. Every row has a `shop_id`; instants are integer milliseconds; structured values
 * are JSON text. `records.ts` turns them into what the program works with. These tables may be read with any SQL tool; writing to them behind the program's back voids its promises.
 */
import type { Generated } from "kysely";
import type { EffectKind, EffectState } from "../core/effect.ts";
import type { LabelFormat, ShipmentState } from "../core/shipment.ts";
import type { OrderStatus } from "../core/status.ts";
import type { GenerationCause } from "./generation-types.ts";
import type { PersonalDataRequestKind } from "./personal-data.ts";

export interface Tables {
  orders: OrdersTable;
  order_counts: OrderCountsTable;
  shipments: ShipmentsTable;
  effects: EffectsTable;
  approvals: ApprovalsTable;
  inbox: InboxTable;
  fulfillment_orders: FulfillmentOrdersTable;
  timeline: TimelineTable;
  scheduled_tasks: ScheduledTasksTable;
  instances: InstancesTable;
  cursors: CursorsTable;
  remotes: RemotesTable;
  database_generations: DatabaseGenerationsTable;
  personal_data_requests: PersonalDataRequestsTable;
}

/** One row per order ever seen: where it stands (derived), what wants attention (the queue) and who works on it. */
export interface OrdersTable {
  shop_id: string;
  id: string;
  name: string;
  status: OrderStatus;
  reason: string | null;
  reason_input: string;
  status_since: number;
  shop_updated_at: number | null;
  first_seen_at: number;
  last_run_at: number | null;
  due_at: number | null;
  requested_seq: number;
  done_seq: number;
  attempts: number;
  last_error_kind: string | null;
  last_error_message: string | null;
  /** Set and cleared together with `lease_until`. */
  lease_owner: string | null;
  lease_until: number | null;
  /** Raised by every claim: what a write must show. */
  version: number;
  held_by: string | null;
  held_why: string | null;
  held_at: number | null;
  held_void_labels: 0 | 1 | null;
  decision: string | null;
  /** `database_generations.number` under which its labels were looked for at the provider; see `generations.ts`. */
  verified_generation: number | null;
  personal_data_erased_at: number | null;
}

/** How many orders have a status. Kept by triggers on `orders`, so that an overview of a million orders is immediate. */
export interface OrderCountsTable {
  shop_id: string;
  status: OrderStatus;
  orders: number;
}

/** One row per fulfillment order, parcel and generation. At most one of a parcel is `bought`: an index refuses more. */
export interface ShipmentsTable {
  shop_id: string;
  id: string;
  order_id: string;
  fulfillment_order_id: string;
  parcel_number: number;
  parcel_count: number;
  generation: number;
  provider: string;
  reference: string;
  provider_shipment_id: string | null;
  state: ShipmentState;
  fingerprint: string;
  lines: string;
  parcel: string;
  rates: string;
  rates_at: number | null;
  refusal: string | null;
  /** From here to `bought_at`: the label, all null before it is bought. */
  rate_id: string | null;
  carrier: string | null;
  service: string | null;
  cost_minor: number | null;
  cost_currency: string | null;
  tracking_number: string | null;
  tracking_url: string | null;
  tracker_id: string | null;
  label_url: string | null;
  label_path: string | null;
  label_format: LabelFormat | null;
  bought_at: number | null;
  tracking: string;
  /** The last of `tracking`, for readers of the table. */
  tracking_status: string | null;
  fulfillment_id: string | null;
  created_at: number;
  voided_at: number | null;
  next_track_at: number | null;
}

/** The journal of what we told the world. Committed before the call; never deleted. */
export interface EffectsTable {
  shop_id: string;
  key: string;
  kind: EffectKind;
  order_id: string;
  shipment_id: string;
  state: EffectState;
  attempt: number;
  input: string;
  failure_kind: string | null;
  failure_message: string | null;
  begun_at: number;
  settled_at: number | null;
  lookups: number;
  looked_up_at: number | null;
  /** What a purchase was asked for at; null for other effects, and for labels that were found. */
  price_minor: number | null;
  price_currency: string | null;
}

/** A human let a purchase through that a guard stops. */
export interface ApprovalsTable {
  shop_id: string;
  shipment_id: string;
  order_id: string;
  fingerprint: string;
  guards: string;
  max_minor: number;
  max_currency: string;
  who: string;
  at: number;
}

/** Authentic messages that were answered 2xx: what a repeat is recognised by. No bodies. Pruned. */
export interface InboxTable {
  shop_id: string;
  source: string;
  external_id: string;
  topic: string;
  body_hash: string;
  received_at: number;
  order_id: string | null;
  fulfillment_order_id: string | null;
  tracker_id: string | null;
}

/** Which order a fulfillment order belongs to, and its last known change. Rebuilt by reading the shop. */
export interface FulfillmentOrdersTable {
  shop_id: string;
  id: string;
  order_id: string;
  updated_at: number;
}

/** What happened to an order, for people. Nothing is decided by it. Pruned. */
export interface TimelineTable {
  id: Generated<number>;
  shop_id: string;
  order_id: string;
  at: number;
  kind: string;
  message: string;
  data: string;
}

/** The scheduler's tasks with their last and next run. */
export interface ScheduledTasksTable {
  shop_id: string;
  task: string;
  schedule: string;
  next_run_at: number;
  last_run_at: number | null;
  last_status: "running" | "ok" | "failed" | null;
  last_error: string | null;
  last_duration_ms: number | null;
  /** A `requestNow` that no run has begun for. */
  requested_at: number | null;
}

/** The processes that are alive, by their own word. */
export interface InstancesTable {
  shop_id: string;
  id: string;
  pid: number;
  host: string;
  version: string;
  started_at: number;
  heartbeat_at: number;
}

/** How far the polls have read. */
export interface CursorsTable {
  shop_id: string;
  name: string;
  value: string;
  updated_at: number;
}

/** How the last call to each remote ended. */
export interface RemotesTable {
  shop_id: string;
  remote: string;
  state: "ok" | "refused" | "unreachable";
  message: string | null;
  remedy: string | null;
  since: number;
  at: number;
}

/** Each time this database began: when it was made, and when it was found to be an older copy. The newest row counts. */
export interface DatabaseGenerationsTable {
  shop_id: string;
  number: number;
  id: string;
  mark: number;
  began_at: number;
  cause: GenerationCause;
  taken_at: number | null;
  verified_at: number | null;
}

/** What was asked about the data of customers: one row per kind and order, of a whole shop with an empty order. */
export interface PersonalDataRequestsTable {
  shop_id: string;
  kind: PersonalDataRequestKind;
  order_id: string;
  received_at: number;
  done_at: number | null;
}
