/**
 * Messages from outside, stored before they are answered.
 *
 * A commit waits for the disk; one commit per message would let the disk decide how many we can take, and block the event
 * loop for each. So messages queue up and whoever is there when the connection is free shares one transaction:
 *
 *   ingest ──► queue ──setImmediate──► one transaction of up to `BATCH_MAX` ──commit──► every promise resolves
 *
 * A crash before the commit loses messages that were not answered, so their sender repeats them. Nothing is resolved
 * before the commit. If the transaction fails, all of its messages are rejected and none is stored; if the fault lies in
 * one message, the others are tried again without it.
 */
import { StoreError } from "../base/errors.ts";
import { type DurationMs, MINUTE_MS } from "../core/time.ts";
import type { Database, Statements } from "./database.ts";
import { requestPersonalData } from "./personal-data.ts";
import { raiseOrder } from "./requests.ts";
import type { Inbox, InboxEntry } from "./types.ts";

/** The gain of a shared commit is had by then; a larger batch only blocks the event loop longer (about 5 ms at 256). */
const BATCH_MAX = 256;
/** A steady trickle must not keep the first of it waiting: its wait stays in the milliseconds. */
const GATHER_TURNS_MAX = 16;
/** A second or less of work at the rate of one core; beyond it the sender is told to come back. */
export const QUEUE_MAX = 4_096;
/**
 * A signature covers the body only: anybody who has one can send it again under a new id. Within this time the same body
 * is a repeat. Not longer, because a short body may truly come again (held, released, held); what is missed by that is
 * found by the poll.
 */
export const REPEAT_WINDOW_MS: DurationMs = 5 * MINUTE_MS;

/** So much of a body's hash is in the index `inbox_by_body`. */
const INDEXED_DIGITS = 8;

/** Asking first whether it is new would cost as much as this does: the same way through the same index, twice. */
const INSERT_NEW = `insert into inbox (shop_id, source, external_id, topic, body_hash, received_at, order_id,
  fulfillment_order_id, tracker_id) select ?, ?, ?, ?, ?, ?, ?, ?, ? where not exists (select 1 from inbox
  where substr(body_hash, 1, 8) = ? and received_at between ? and ?
    and body_hash = ? and shop_id = ? and source = ? and topic = ?)
on conflict (shop_id, source, external_id) do nothing`;
const ORDER_OF_FULFILLMENT_ORDER = "select order_id from fulfillment_orders where shop_id = ? and id = ?";
const ORDER_OF_TRACKER = `select order_id from shipments where shop_id = +? and tracker_id = +?
  order by created_at desc limit 1`;

/** The news are with the provider: its poll asks for the parcel next. One that was voided is nobody's any more. */
const ASK_FOR_PARCEL = `update shipments set next_track_at = ? where shop_id = ? and tracker_id = ? and state = 'bought'
  and (next_track_at is null or next_track_at > ?)`;

type Answer = "stored" | "duplicate";

interface Waiting {
  readonly entry: InboxEntry;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** The inbox, and what `close` has to wait for. */
export interface InboxService extends Inbox {
  /** Takes nothing more, and resolves when nothing waits any more. */
  drain(): Promise<void>;
}

export function createInbox(database: Database, shopId: string): InboxService {
  const queue: Waiting[] = [];
  let flushing: Promise<void> | null = null;
  let draining = false;

  async function flush(): Promise<void> {
    while (queue.length > 0) {
      await gather(queue);
      await ingestBatch(database, shopId, queue);
    }
    flushing = null;
  }

  return {
    async ingest(entry) {
      database.assertOutside();
      if (draining || queue.length >= QUEUE_MAX) {
        const why = draining ? "The store is closing." : "Too many messages wait to be stored.";
        throw new StoreError("busy", why, "Send it again later.");
      }
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      queue.push({ entry, resolve, reject });
      flushing ??= flush();
      return await promise;
    },

    async drain() {
      draining = true;
      await flushing;
    },

    async prune(before, limit) {
      const result = await database.kysely
        .deleteFrom("inbox")
        .where("shop_id", "=", shopId)
        .where((eb) =>
          eb(
            eb.refTuple("source", "external_id"),
            "in",
            eb
              .selectFrom("inbox")
              .select(["source", "external_id"])
              .where("shop_id", "=", shopId)
              .where("received_at", "<", before)
              .orderBy("received_at")
              .limit(limit)
              .$asTuple("source", "external_id"),
          ),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

/**
 * Waits until a turn of the event loop has brought no further message. Senders that were answered together send their
 * next messages one after the other: without this the first of them would take the disk for itself, and every second
 * commit would be one for a few. A message that comes alone waits for two turns in which nothing happens.
 */
async function gather(queue: readonly Waiting[]): Promise<void> {
  let seen = 0;
  await endOfTurn();
  for (let turn = 0; turn < GATHER_TURNS_MAX && queue.length > seen && queue.length < BATCH_MAX; turn += 1) {
    seen = queue.length;
    await endOfTurn();
  }
}

/** Sockets are served before it resolves. */
async function endOfTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Stores what waits at the moment the transaction has begun. Never rejects. */
async function ingestBatch(database: Database, shopId: string, queue: Waiting[]): Promise<void> {
  let batch: readonly Waiting[] = [];
  try {
    const answers = await database.exclusive((statements) => {
      batch = queue.splice(0, BATCH_MAX);
      return batch.map((waiting) => ingestOne(statements, shopId, waiting.entry));
    });
    for (const [index, waiting] of batch.entries()) {
      waiting.resolve(answers[index] ?? "stored");
    }
  } catch (error) {
    if (batch.length === 0) {
      // The transaction could not even begin: whoever waits now would wait as long again.
      batch = queue.splice(0);
    }
    if (isFaultOfOne(error) && batch.length > 1) {
      for (const waiting of batch) {
        await ingestBatch(database, shopId, [waiting]);
      }
      return;
    }
    for (const waiting of batch) {
      waiting.reject(error);
    }
  }
}

/** Not the disk's and not the lock's: it lies in something that was to be stored. */
function isFaultOfOne(error: unknown): boolean {
  return !(error instanceof StoreError) || error.kind === "unexpected";
}

function ingestOne(statements: Statements, shopId: string, entry: InboxEntry): Answer {
  const { source, externalId, topic, bodyHash, receivedAt } = entry;
  const orderId = findOrder(statements, shopId, entry);
  const stored = statements.change(
    INSERT_NEW,
    ...[shopId, source, externalId, topic, bodyHash, receivedAt],
    ...[orderId, entry.fulfillmentOrderId, entry.trackerId ?? null],
    ...[bodyHash.slice(0, INDEXED_DIGITS), receivedAt - REPEAT_WINDOW_MS, receivedAt + REPEAT_WINDOW_MS],
    ...[bodyHash, shopId, source, topic],
  );
  if (stored === 0) {
    return "duplicate";
  }
  if (entry.trackerId !== null && entry.trackerId !== undefined) {
    statements.change(ASK_FOR_PARCEL, receivedAt, shopId, entry.trackerId, receivedAt);
  }
  if (entry.personalData !== undefined && entry.personalData !== "unclear") {
    requestPersonalData(statements, shopId, entry.personalData, receivedAt);
  }
  if (orderId !== null) {
    raiseOrder(statements, shopId, { id: orderId, name: entry.orderName ?? null }, receivedAt);
  }
  return "stored";
}

/** `null` when nothing we know has such a fulfillment order or tracker: the poll finds it. */
function findOrder(statements: Statements, shopId: string, entry: InboxEntry): string | null {
  const ask = (sql: string, id: string | null | undefined) =>
    id === null || id === undefined ? undefined : statements.row<{ order_id: string }>(sql, shopId, id)?.order_id;
  return (
    entry.orderId ??
    ask(ORDER_OF_FULFILLMENT_ORDER, entry.fulfillmentOrderId) ??
    ask(ORDER_OF_TRACKER, entry.trackerId) ??
    null
  );
}
