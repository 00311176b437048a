CREATE TRIGGER orders_counted_on_delete after delete on orders begin update order_counts set orders = orders - 1 where shop_id = old.shop_id and status = old.status; end;

CREATE TRIGGER orders_counted_on_insert after insert on orders begin insert into order_counts (shop_id, status, orders) values (new.shop_id, new.status, 1)
  on conflict (shop_id, status) do update set orders = orders + 1; end;

CREATE TRIGGER orders_counted_on_update after update of status on orders
  when old.status <> new.status begin update order_counts set orders = orders - 1 where shop_id = old.shop_id and status = old.status; insert into order_counts (shop_id, status, orders) values (new.shop_id, new.status, 1)
  on conflict (shop_id, status) do update set orders = orders + 1; end;

CREATE TABLE "approvals" ("shop_id" text not null, "shipment_id" text not null, "order_id" text not null, "fingerprint" text not null, "guards" text not null, "max_minor" bigint not null, "max_currency" text not null, "who" text not null, "at" bigint not null, constraint "approvals_pk" primary key ("shop_id", "shipment_id"), constraint "approvals_shipment" foreign key ("shop_id", "shipment_id") references "shipments" ("shop_id", "id"));

CREATE TABLE "cursors" ("shop_id" text not null, "name" text not null, "value" text not null, "updated_at" bigint not null, constraint "cursors_pk" primary key ("shop_id", "name"));

CREATE TABLE "database_generations" ("shop_id" text not null, "number" integer not null, "id" text not null, "mark" bigint not null, "began_at" bigint not null, "cause" text not null, "taken_at" bigint, "verified_at" bigint, constraint "database_generations_pk" primary key ("shop_id", "number"));

CREATE TABLE "effects" ("shop_id" text not null, "key" text not null, "kind" text not null, "order_id" text not null, "shipment_id" text not null, "state" text not null, "attempt" integer not null, "input" text not null, "failure_kind" text, "failure_message" text, "begun_at" bigint not null, "settled_at" bigint, "lookups" integer not null, "looked_up_at" bigint, price_minor bigint, price_currency text, constraint "effects_pk" primary key ("shop_id", "key"), constraint "effects_shipment" foreign key ("shop_id", "shipment_id") references "shipments" ("shop_id", "id"));

CREATE TABLE "fulfillment_orders" ("shop_id" text not null, "id" text not null, "order_id" text not null, "updated_at" bigint not null, constraint "fulfillment_orders_pk" primary key ("shop_id", "id"), constraint "fulfillment_orders_order" foreign key ("shop_id", "order_id") references "orders" ("shop_id", "id"));

CREATE TABLE "inbox" ("shop_id" text not null, "source" text not null, "external_id" text not null, "topic" text not null, "body_hash" text not null, "received_at" bigint not null, "order_id" text, "fulfillment_order_id" text, "tracker_id" text, constraint "inbox_pk" primary key ("shop_id", "source", "external_id"));

CREATE TABLE "instances" ("shop_id" text not null, "id" text not null, "pid" integer not null, "host" text not null, "version" text not null, "started_at" bigint not null, "heartbeat_at" bigint not null, constraint "instances_pk" primary key ("shop_id", "id"));

CREATE TABLE "order_counts" ("shop_id" text not null, "status" text not null, "orders" bigint not null, constraint "order_counts_pk" primary key ("shop_id", "status"));

CREATE TABLE "orders" ("shop_id" text not null, "id" text not null, "name" text not null, "status" text not null, "reason" text, "reason_input" text not null, "status_since" bigint not null, "shop_updated_at" bigint, "first_seen_at" bigint not null, "last_run_at" bigint, "due_at" bigint, "requested_seq" bigint not null, "done_seq" bigint not null, "attempts" integer not null, "last_error_kind" text, "last_error_message" text, "lease_owner" text, "lease_until" bigint, "version" bigint not null, "held_by" text, "held_why" text, "held_at" bigint, "held_void_labels" integer, "decision" text, verified_generation integer, "personal_data_erased_at" bigint, constraint "orders_pk" primary key ("shop_id", "id"), constraint "orders_lease_is_whole" check ((lease_owner is null) = (lease_until is null)));

CREATE TABLE "personal_data_requests" ("shop_id" text not null, "kind" text not null, "order_id" text not null, "received_at" bigint not null, "done_at" bigint, constraint "personal_data_requests_pk" primary key ("shop_id", "kind", "order_id"));

CREATE TABLE "remotes" ("shop_id" text not null, "remote" text not null, "state" text not null, "message" text, "remedy" text, "since" bigint not null, "at" bigint not null, constraint "remotes_pk" primary key ("shop_id", "remote"));

CREATE TABLE "scheduled_tasks" ("shop_id" text not null, "task" text not null, "schedule" text not null, "next_run_at" bigint not null, "last_run_at" bigint, "last_status" text, "last_error" text, "last_duration_ms" bigint, "requested_at" bigint, constraint "scheduled_tasks_pk" primary key ("shop_id", "task"));

CREATE TABLE schema_migrations (name text primary key not null, applied_at bigint not null);

CREATE TABLE "shipments" ("shop_id" text not null, "id" text not null, "order_id" text not null, "fulfillment_order_id" text not null, "parcel_number" integer not null, "generation" integer not null, "provider" text not null, "reference" text not null, "provider_shipment_id" text, "state" text not null, "fingerprint" text not null, "lines" text not null, "parcel" text not null, "rates" text not null, "rates_at" bigint, "refusal" text, "rate_id" text, "carrier" text, "service" text, "cost_minor" bigint, "cost_currency" text, "tracking_number" text, "tracking_url" text, "tracker_id" text, "label_url" text, "label_path" text, "label_format" text, "bought_at" bigint, "tracking" text not null, "tracking_status" text, "fulfillment_id" text, "created_at" bigint not null, "voided_at" bigint, "next_track_at" bigint, "parcel_count" integer default 1 not null, constraint "shipments_pk" primary key ("shop_id", "id"), constraint "shipments_generation" unique ("shop_id", "fulfillment_order_id", "parcel_number", "generation"), constraint "shipments_order" foreign key ("shop_id", "order_id") references "orders" ("shop_id", "id"), constraint "shipments_bought_has_label" check (state <> 'bought' or (rate_id is not null and carrier is not null and service is not null and cost_minor is not null
        and cost_currency is not null and tracking_number is not null and label_format is not null and bought_at is not null)));

CREATE TABLE "timeline" ("id" integer primary key autoincrement, "shop_id" text not null, "order_id" text not null, "at" bigint not null, "kind" text not null, "message" text not null, "data" text not null);

CREATE INDEX approvals_by_order on approvals (shop_id, order_id);

CREATE INDEX effects_by_order on effects (shop_id, order_id, begun_at);

CREATE INDEX effects_by_shipment on effects (shop_id, shipment_id, kind);

CREATE INDEX effects_purchases on effects (shop_id, begun_at) where kind = 'buy';

CREATE INDEX inbox_by_age on inbox (shop_id, received_at);

CREATE INDEX inbox_by_body on inbox (substr(body_hash, 1, 8), received_at);

CREATE INDEX orders_by_last_run on orders (shop_id, status, last_run_at);

CREATE INDEX orders_by_name on orders (shop_id, name);

CREATE INDEX orders_by_status on orders (shop_id, status, status_since, id);

CREATE INDEX orders_due on orders (shop_id, due_at, id, lease_until) where due_at is not null;

CREATE INDEX orders_leased on orders (shop_id, lease_owner) where lease_owner is not null;

CREATE INDEX orders_to_erase on orders (shop_id, status, status_since)
    where decision is not null and personal_data_erased_at is null;

CREATE INDEX personal_data_requests_open on personal_data_requests (shop_id, kind, order_id)
    where done_at is null;

CREATE INDEX shipments_by_order on shipments (shop_id, order_id);

CREATE INDEX shipments_by_tracker on shipments (shop_id, tracker_id, created_at) where tracker_id is not null;

CREATE UNIQUE INDEX shipments_one_live_label on shipments (shop_id, fulfillment_order_id, parcel_number)
    where state = 'bought';

CREATE INDEX shipments_spend on shipments (shop_id, bought_at, cost_currency, cost_minor)
    where bought_at is not null;

CREATE INDEX shipments_to_track on shipments (shop_id, next_track_at, id) where next_track_at is not null;

CREATE INDEX timeline_by_age on timeline (shop_id, at, id);

CREATE INDEX timeline_by_order on timeline (shop_id, order_id, id);
