/**
 * The first schema. Frozen. `tables.ts` says what the tables are for; here stand the rules that the database itself keeps
 * and the indexes that keep an overview and a sweep fast whatever the number of orders.
 */
import { type CreateTableBuilder, type Kysely, sql } from "kysely";
import type { DialectSql } from "../database.ts";
import type { Migration } from "../migrate.ts";

export const INITIAL: Migration = {
  name: "0001-initial",
  async up(db, dialect) {
    await createOrders(db, dialect);
    await createShipments(db);
    await createEffects(db);
    await createInbox(db);
    await createTimeline(db, dialect);
    await createOperations(db);
  },
};

/** Columns by name: `text`, `bigint` …; a `?` at the end allows null. */
function withColumns(
  builder: CreateTableBuilder<string, string>,
  columns: Readonly<Record<string, "text" | "text?" | "integer" | "integer?" | "bigint" | "bigint?">>,
): CreateTableBuilder<string, string> {
  let table = builder.addColumn("shop_id", "text", (column) => column.notNull());
  for (const [name, type] of Object.entries(columns)) {
    const plain = type.replace("?", "") as "text" | "integer" | "bigint";
    table = table.addColumn(name, plain, (column) => (type.endsWith("?") ? column : column.notNull()));
  }
  return table;
}

async function createOrders(db: Kysely<unknown>, dialect: DialectSql): Promise<void> {
  await withColumns(db.schema.createTable("orders"), {
    id: "text",
    name: "text",
    status: "text",
    reason: "text?",
    reason_input: "text",
    status_since: "bigint",
    shop_updated_at: "bigint?",
    first_seen_at: "bigint",
    last_run_at: "bigint?",
    due_at: "bigint?",
    requested_seq: "bigint",
    done_seq: "bigint",
    attempts: "integer",
    last_error_kind: "text?",
    last_error_message: "text?",
    lease_owner: "text?",
    lease_until: "bigint?",
    version: "bigint",
    held_by: "text?",
    held_why: "text?",
    held_at: "bigint?",
    held_void_labels: "integer?",
    decision: "text?",
  })
    .addPrimaryKeyConstraint("orders_pk", ["shop_id", "id"])
    .addCheckConstraint("orders_lease_is_whole", sql`(lease_owner is null) = (lease_until is null)`)
    .execute();
  await sql`create index orders_by_name on orders (shop_id, name)`.execute(db);
  await sql`create index orders_by_status on orders (shop_id, status, status_since, id)`.execute(db);
  await sql`create index orders_by_last_run on orders (shop_id, status, last_run_at)`.execute(db);
  // With the lease in it, counting what is due does not touch the rows.
  await sql`create index orders_due on orders (shop_id, due_at, id, lease_until) where due_at is not null`.execute(db);
  await sql`create index orders_leased on orders (shop_id, lease_owner) where lease_owner is not null`.execute(db);

  await withColumns(db.schema.createTable("order_counts"), { status: "text", orders: "bigint" })
    .addPrimaryKeyConstraint("order_counts_pk", ["shop_id", "status"])
    .execute();
  for (const trigger of dialect.countTriggers("orders", "status", "order_counts")) {
    await sql.raw(trigger).execute(db);
  }

  await withColumns(db.schema.createTable("fulfillment_orders"), { id: "text", order_id: "text", updated_at: "bigint" })
    .addPrimaryKeyConstraint("fulfillment_orders_pk", ["shop_id", "id"])
    .addForeignKeyConstraint("fulfillment_orders_order", ["shop_id", "order_id"], "orders", ["shop_id", "id"])
    .execute();
}

async function createShipments(db: Kysely<unknown>): Promise<void> {
  await withColumns(db.schema.createTable("shipments"), {
    id: "text",
    order_id: "text",
    fulfillment_order_id: "text",
    parcel_number: "integer",
    generation: "integer",
    provider: "text",
    reference: "text",
    provider_shipment_id: "text?",
    state: "text",
    fingerprint: "text",
    lines: "text",
    parcel: "text",
    rates: "text",
    rates_at: "bigint?",
    refusal: "text?",
    rate_id: "text?",
    carrier: "text?",
    service: "text?",
    cost_minor: "bigint?",
    cost_currency: "text?",
    tracking_number: "text?",
    tracking_url: "text?",
    tracker_id: "text?",
    label_url: "text?",
    label_path: "text?",
    label_format: "text?",
    bought_at: "bigint?",
    tracking: "text",
    tracking_status: "text?",
    fulfillment_id: "text?",
    created_at: "bigint",
    voided_at: "bigint?",
    next_track_at: "bigint?",
  })
    .addPrimaryKeyConstraint("shipments_pk", ["shop_id", "id"])
    .addUniqueConstraint("shipments_generation", ["shop_id", "fulfillment_order_id", "parcel_number", "generation"])
    .addForeignKeyConstraint("shipments_order", ["shop_id", "order_id"], "orders", ["shop_id", "id"])
    .addCheckConstraint(
      "shipments_bought_has_label",
      sql`state <> 'bought' or (rate_id is not null and carrier is not null and service is not null and cost_minor is not null
        and cost_currency is not null and tracking_number is not null and label_format is not null and bought_at is not null)`,
    )
    .execute();
  // Promise P1 in the schema: one live label per parcel, whatever the program believes.
  await sql`create unique index shipments_one_live_label on shipments (shop_id, fulfillment_order_id, parcel_number)
    where state = 'bought'`.execute(db);
  await sql`create index shipments_by_order on shipments (shop_id, order_id)`.execute(db);
  await sql`create index shipments_by_tracker on shipments (shop_id, tracker_id, created_at) where tracker_id is not null`.execute(
    db,
  );
  await sql`create index shipments_to_track on shipments (shop_id, next_track_at, id) where next_track_at is not null`.execute(
    db,
  );
  await sql`create index shipments_spend on shipments (shop_id, bought_at, cost_currency, cost_minor)
    where bought_at is not null`.execute(db);
}

async function createEffects(db: Kysely<unknown>): Promise<void> {
  await withColumns(db.schema.createTable("effects"), {
    key: "text",
    kind: "text",
    order_id: "text",
    shipment_id: "text",
    state: "text",
    attempt: "integer",
    input: "text",
    failure_kind: "text?",
    failure_message: "text?",
    begun_at: "bigint",
    settled_at: "bigint?",
    lookups: "integer",
    looked_up_at: "bigint?",
  })
    // Unique for ever: the same effect cannot be begun as a second row.
    .addPrimaryKeyConstraint("effects_pk", ["shop_id", "key"])
    .addForeignKeyConstraint("effects_shipment", ["shop_id", "shipment_id"], "shipments", ["shop_id", "id"])
    .execute();
  await sql`create index effects_by_order on effects (shop_id, order_id, begun_at)`.execute(db);
  await sql`create index effects_by_shipment on effects (shop_id, shipment_id, kind)`.execute(db);
}

async function createInbox(db: Kysely<unknown>): Promise<void> {
  await withColumns(db.schema.createTable("inbox"), {
    source: "text",
    external_id: "text",
    topic: "text",
    body_hash: "text",
    received_at: "bigint",
    order_id: "text?",
    fulfillment_order_id: "text?",
    tracker_id: "text?",
  })
    .addPrimaryKeyConstraint("inbox_pk", ["shop_id", "source", "external_id"])
    .execute();
  await sql`create index inbox_by_body on inbox (shop_id, source, body_hash, received_at)`.execute(db);
  await sql`create index inbox_by_age on inbox (shop_id, received_at)`.execute(db);
}

async function createTimeline(db: Kysely<unknown>, dialect: DialectSql): Promise<void> {
  const identity = db.schema.createTable("timeline").addColumn("id", sql.raw(dialect.identityColumn));
  await withColumns(identity, {
    order_id: "text",
    at: "bigint",
    kind: "text",
    message: "text",
    data: "text",
  }).execute();
  await sql`create index timeline_by_order on timeline (shop_id, order_id, id)`.execute(db);
  await sql`create index timeline_by_age on timeline (shop_id, at, id)`.execute(db);
}

async function createOperations(db: Kysely<unknown>): Promise<void> {
  await withColumns(db.schema.createTable("scheduled_tasks"), {
    task: "text",
    schedule: "text",
    next_run_at: "bigint",
    last_run_at: "bigint?",
    last_status: "text?",
    last_error: "text?",
    last_duration_ms: "bigint?",
    requested_at: "bigint?",
  })
    .addPrimaryKeyConstraint("scheduled_tasks_pk", ["shop_id", "task"])
    .execute();
  await withColumns(db.schema.createTable("instances"), {
    id: "text",
    pid: "integer",
    host: "text",
    version: "text",
    started_at: "bigint",
    heartbeat_at: "bigint",
  })
    .addPrimaryKeyConstraint("instances_pk", ["shop_id", "id"])
    .execute();
  await withColumns(db.schema.createTable("cursors"), { name: "text", value: "text", updated_at: "bigint" })
    .addPrimaryKeyConstraint("cursors_pk", ["shop_id", "name"])
    .execute();
  await withColumns(db.schema.createTable("remotes"), {
    remote: "text",
    state: "text",
    message: "text?",
    remedy: "text?",
    since: "bigint",
    at: "bigint",
  })
    .addPrimaryKeyConstraint("remotes_pk", ["shop_id", "remote"])
    .execute();
}
