/**
 * What is known of customers, and its end. Three things can be asked for: to tell what is stored of some orders, to erase
 * it, and to erase all of a shop that is gone.
 *
 *   asked ──(the order rests)──► erased ──no copy left in the write-ahead log──► done
 *     └──(the order moves)──► waits; after a time what is not needed is erased all the same, and again when it rests
 *
 * Erasing is repeatable: a crash anywhere leaves the request open, and the next run does it again. The journal of money is
 * never touched: effects, shipments with their provider's ids, price and tracking number stay, because without them a
 * label could be bought twice. What goes is what tells about a person: the facts that an order was judged by or is kept with, the links
 * to labels and tracking pages, sentences of others (refusals, failures), what staff wrote, the timeline, the webhooks.
 */
import type { Kysely, Transaction } from "kysely";
import type { OrderId } from "../core/order.ts";
import { isFinalStatus, ORDER_STATUSES, type OrderStatus } from "../core/status.ts";
import type { Instant } from "../core/time.ts";
import type { Database, Statements } from "./database.ts";
import { eraseFacts } from "./order-facts.ts";
import { createPersonalDataReads, type PersonalDataOfOrder, type RecordedRequest } from "./personal-data-reads.ts";
import { fromJson } from "./records.ts";
import type { Tables } from "./tables.ts";
import { insertTimeline } from "./timeline.ts";

/** In Shopify's words: `customers/data_request`, `customers/redact`, `shop/redact`. */
export type PersonalDataRequestKind = "data_request" | "redact" | "shop_redact";

/** What a message asks for. `shop_redact` names no order. */
export interface PersonalDataRequest {
  readonly kind: PersonalDataRequestKind;
  readonly orderIds: readonly OrderId[];
}

export interface OpenRequest {
  readonly kind: PersonalDataRequestKind;
  /** Empty for `shop_redact`. */
  readonly orderId: OrderId;
  readonly receivedAt: Instant;
}

export interface Erasure {
  /** `erased`: all of it. `waiting`: something is kept, or it was not touched. `unknown`: nothing is stored. */
  readonly outcome: "erased" | "waiting" | "unknown";
  /** Whose label files are to be deleted. */
  readonly shipmentIds: readonly string[];
}

export type EraseMode =
  /** Only what rests. */
  | "resting"
  /** Also what moves, as far as shipping does without: it goes on, and is erased again when it rests. */
  | "overdue"
  /** The shop is gone: what moves is ended. */
  | "ending";

export interface PersonalData {
  /** Committed when it resolves. Asking again makes a request open again. */
  request(request: PersonalDataRequest, at: Instant): Promise<void>;
  /** By order; `after`: go on behind this one. */
  open(kind: PersonalDataRequestKind, limit: number, after?: OrderId): Promise<readonly OpenRequest[]>;
  /** Leaves a line in the order's timeline where there is an order. */
  finish(kind: PersonalDataRequestKind, orderIds: readonly OrderId[], line: string, at: Instant): Promise<void>;
  /** One order, in one transaction. May be repeated. */
  erase(orderId: OrderId, mode: EraseMode, at: Instant): Promise<Erasure>;
  /** Up to `limit` orders that rest since before, without what their retention keeps: webhooks, timeline, label files. */
  eraseOlder(before: Instant, limit: number, at: Instant): Promise<number>;
  /** What is left of a shop besides its orders: webhooks, timeline and what was kept for `rules test`. */
  eraseTraces(): Promise<void>;
  /** Every order, by id; `after`: go on behind this one. */
  orders(limit: number, after?: OrderId): Promise<readonly OrderId[]>;
  /** Everything that tells about its customer; `null` when there is no such order. */
  collect(orderId: OrderId): Promise<PersonalDataOfOrder | null>;
  /** Newest first, also those that are done. */
  list(limit: number): Promise<readonly RecordedRequest[]>;
  /**
   * `resting`: at its end and nothing about it is open, so that `erase` takes all of it. `busy`: a run works on it at the
   * moment. `moving`: it is to be shipped, or on its way, or a call about it has no answer yet.
   */
  stateOf(orderId: OrderId, at: Instant): Promise<"resting" | "busy" | "moving">;
  /** Sees to it that no older copy of a page is left beside the database. `false`: somebody reads; try again later. */
  dropCopies(): Promise<boolean>;
}

const FINAL = ORDER_STATUSES.filter(isFinalStatus);

export function createPersonalData(database: Database, shopId: string): PersonalData {
  const { kysely } = database;
  return {
    ...createPersonalDataReads(kysely, shopId),
    async request({ kind, orderIds }, at) {
      await database.exclusive((statements) => requestPersonalData(statements, shopId, { kind, orderIds }, at));
    },

    async open(kind, limit, after) {
      const rows = await kysely
        .selectFrom("personal_data_requests")
        .selectAll()
        .where("shop_id", "=", shopId)
        .where("kind", "=", kind)
        .where("done_at", "is", null)
        .$if(after !== undefined, (query) => query.where("order_id", ">", after ?? ""))
        .orderBy("order_id")
        .limit(limit)
        .execute();
      return rows.map((row) => ({ kind: row.kind, orderId: row.order_id, receivedAt: row.received_at }));
    },

    async finish(kind, orderIds, line, at) {
      await database.transaction(async (tx) => {
        for (const orderId of orderIds) {
          await tx
            .updateTable("personal_data_requests")
            .set({ done_at: at })
            .where("shop_id", "=", shopId)
            .where("kind", "=", kind)
            .where("order_id", "=", orderId)
            .execute();
          if (orderId !== "" && (await readOrder(tx, shopId, orderId)) !== undefined) {
            await insertTimeline(tx, shopId, orderId, { at, kind: "personal data", message: line });
          }
        }
      });
    },

    async erase(orderId, mode, at) {
      return await database.transaction((tx) => eraseOrder(tx, shopId, orderId, mode, at));
    },

    async eraseOlder(before, limit, at) {
      return await database.transaction(async (tx) => {
        const rows = await tx
          .selectFrom("orders")
          .select("id")
          .where("shop_id", "=", shopId)
          .where("status", "in", FINAL)
          .where("status_since", "<", before)
          .where("decision", "is not", null)
          .where("personal_data_erased_at", "is", null)
          .where((eb) => eb.or([eb("lease_until", "is", null), eb("lease_until", "<=", at)]))
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom("effects")
                  .select("effects.key")
                  .whereRef("effects.shop_id", "=", "orders.shop_id")
                  .whereRef("effects.order_id", "=", "orders.id")
                  .where("effects.state", "in", ["begun", "unknown"]),
              ),
            ),
          )
          .limit(limit)
          .execute();
        for (const { id } of rows) {
          await eraseRecords(tx, shopId, id, at);
        }
        return rows.length;
      });
    },

    async eraseTraces() {
      await database.transaction(async (tx) => {
        await tx.deleteFrom("inbox").where("shop_id", "=", shopId).execute();
        await tx.deleteFrom("timeline").where("shop_id", "=", shopId).execute();
        await tx.deleteFrom("order_facts").where("shop_id", "=", shopId).execute();
      });
    },

    async stateOf(orderId, at) {
      const order = await readOrder(kysely, shopId, orderId);
      return order === undefined ? "resting" : await readState(kysely, shopId, orderId, order, at);
    },

    dropCopies: () => database.dropCopies(),
  };
}

const REQUEST = `insert into personal_data_requests (shop_id, kind, order_id, received_at) values (?, ?, ?, ?)
on conflict (shop_id, kind, order_id) do update set received_at = excluded.received_at, done_at = null`;

/** Inside the caller's transaction. An earlier request of the kind is open again. */
export function requestPersonalData(
  statements: Statements,
  shopId: string,
  { kind, orderIds }: PersonalDataRequest,
  at: Instant,
): void {
  for (const orderId of kind === "shop_redact" ? [""] : orderIds) {
    statements.change(REQUEST, shopId, kind, orderId, at);
  }
}

function readOrder(db: Kysely<Tables>, shopId: string, orderId: OrderId) {
  return db
    .selectFrom("orders")
    .select(["status", "lease_until"])
    .where("shop_id", "=", shopId)
    .where("id", "=", orderId)
    .executeTakeFirst();
}

async function eraseOrder(
  tx: Transaction<Tables>,
  shopId: string,
  orderId: OrderId,
  mode: EraseMode,
  at: Instant,
): Promise<Erasure> {
  const order = await readOrder(tx, shopId, orderId);
  if (order === undefined) {
    return { outcome: "unknown", shipmentIds: [] };
  }
  const shipments = await shipmentIdsOf(tx, shopId, orderId);
  const state = await readState(tx, shopId, orderId, order, at);
  const isResting = state === "resting";
  // A run that works on it may be buying: what comes of that must find its order as it was.
  if (state === "busy" || (mode === "resting" && !isResting)) {
    return { outcome: "waiting", shipmentIds: [] };
  }
  if (!isResting && mode === "ending") {
    await endOrder(tx, shopId, orderId, at);
  }
  const isWhole = isResting || mode === "ending";
  await eraseRecords(tx, shopId, orderId, isWhole ? at : null);
  await tx.deleteFrom("timeline").where("shop_id", "=", shopId).where("order_id", "=", orderId).execute();
  await tx.deleteFrom("inbox").where("shop_id", "=", shopId).where("order_id", "=", orderId).execute();
  return { outcome: isWhole ? "erased" : "waiting", shipmentIds: shipments };
}

async function shipmentIdsOf(db: Kysely<Tables>, shopId: string, orderId: OrderId): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("shipments")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("order_id", "=", orderId)
    .execute();
  return rows.map((row) => row.id);
}

async function readState(
  db: Kysely<Tables>,
  shopId: string,
  orderId: OrderId,
  order: { readonly status: OrderStatus; readonly lease_until: Instant | null },
  at: Instant,
): Promise<"resting" | "busy" | "moving"> {
  const isOpen = !isFinalStatus(order.status) || (await hasOpenCall(db, shopId, orderId));
  return (order.lease_until ?? 0) > at ? "busy" : isOpen ? "moving" : "resting";
}

/** A call whose answer was not seen: what it was about must stay readable until it is settled. */
async function hasOpenCall(db: Kysely<Tables>, shopId: string, orderId: OrderId): Promise<boolean> {
  const row = await db
    .selectFrom("effects")
    .select("key")
    .where("shop_id", "=", shopId)
    .where("order_id", "=", orderId)
    .where("state", "in", ["begun", "unknown"])
    .executeTakeFirst();
  return row !== undefined;
}

/** Nobody will work on it until somebody asks: a run that held it too long writes nothing, because its version is old. */
async function endOrder(tx: Transaction<Tables>, shopId: string, orderId: OrderId, at: Instant): Promise<void> {
  await tx
    .updateTable("orders")
    .set((eb) => ({
      status: "skipped",
      reason: "shop_erased",
      status_since: at,
      due_at: null,
      attempts: 0,
      lease_owner: null,
      lease_until: null,
      version: eb("version", "+", 1),
    }))
    .where("shop_id", "=", shopId)
    .where("id", "=", orderId)
    .execute();
  await tx
    .updateTable("shipments")
    .set({ next_track_at: null })
    .where("shop_id", "=", shopId)
    .where("order_id", "=", orderId)
    .execute();
}

/** Order, shipments and effects keep what they are without what they tell. `erasedAt` `null`: it is not all of it yet. */
async function eraseRecords(
  tx: Transaction<Tables>,
  shopId: string,
  orderId: OrderId,
  erasedAt: Instant | null,
): Promise<void> {
  await eraseFacts(tx, shopId, orderId);
  await tx
    .updateTable("orders")
    .set({ reason_input: "{}", decision: null, held_why: null, last_error_message: null })
    .$if(erasedAt !== null, (query) => query.set({ personal_data_erased_at: erasedAt }))
    .where("shop_id", "=", shopId)
    .where("id", "=", orderId)
    .execute();
  await tx
    .updateTable("effects")
    .set({ failure_message: null })
    .where("shop_id", "=", shopId)
    .where("order_id", "=", orderId)
    .execute();
  await tx
    .updateTable("shipments")
    .set({ label_url: null, tracking_url: null })
    .where("shop_id", "=", shopId)
    .where("order_id", "=", orderId)
    .execute();
  const refused = await tx
    .selectFrom("shipments")
    .select(["id", "refusal"])
    .where("shop_id", "=", shopId)
    .where("order_id", "=", orderId)
    .where("refusal", "is not", null)
    .execute();
  for (const { id, refusal } of refused) {
    const emptied = JSON.stringify({ ...fromJson<object>(refusal ?? "{}"), message: "" });
    await tx
      .updateTable("shipments")
      .set({ refusal: emptied })
      .where("shop_id", "=", shopId)
      .where("id", "=", id)
      .execute();
  }
}
