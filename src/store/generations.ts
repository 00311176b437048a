/**
 * Whether this database is the one that ran here last. A restored backup has forgotten labels that were paid for after it
 * was taken; whoever wakes up on one has to look at the provider and the shop before anything is bought.
 *
 * The database counts its irreversible calls (`mark`, in the transaction that journals the intent), and the marker file
 * beside it is raised to the same count after that commit and before the call is sent. So whatever was sent is in the
 * marker, and a copy of the database that lacks it shows a smaller mark, however the copy came there:
 *
 *   same generation, mark at least the marker's ──► it is the one that ran here last: go on
 *   smaller mark · another generation · no marker · put there by `shipbot restore` · a marker and no database
 *        ──► a new generation begins: everything unsettled is due and is verified before it may buy ──► verified
 *
 * A crash between the commit and the marker: nothing was sent; the marker lags behind, which means nothing. A crash while a
 * generation begins: it begins once more. Both files are written under the database's write lock;
 * only `shipbot restore` writes the marker without it, alone in the folder under the daemon's lock.
 */
import { randomUUID } from "node:crypto";
import type { Kysely, Selectable } from "kysely";
import { AssertionError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { isFinalStatus, ORDER_STATUSES } from "../core/status.ts";
import type { Instant } from "../core/time.ts";
import type { Database, Statements } from "./database.ts";
import type { DatabaseGeneration, GenerationCause, Generations } from "./generation-types.ts";
import { type Marker, readMarkers, writeMarker } from "./marker-file.ts";
import { toStoreError } from "./sqlite-connection.ts";
import type { DatabaseGenerationsTable, Tables } from "./tables.ts";

const UNSETTLED = ORDER_STATUSES.filter((status) => !isFinalStatus(status));

const NEWEST = "select * from database_generations where shop_id = +? order by number desc limit 1";
const INSERT = `insert into database_generations (shop_id, number, id, mark, began_at, cause, taken_at, verified_at)
values (?, ?, ?, ?, ?, ?, ?, ?)`;
/** As a request of each. */
const REQUEST_UNSETTLED = `update orders set due_at = case when due_at is null or due_at > ? then ? else due_at end,
  requested_seq = requested_seq + 1, attempts = 0
where shop_id = ? and status in (${UNSETTLED.map((status) => `'${status}'`).join(", ")})`;
const ANY_ORDER = "select 1 as found from orders where shop_id = ? limit 1";

type Row = Selectable<DatabaseGenerationsTable>;

/** Compares database and marker, and begins a new generation where they do not fit. To be called once per opening. */
export async function beginGeneration(
  database: Database,
  options: { readonly shopId: string; readonly now: Instant; readonly log: Log },
): Promise<void> {
  const { shopId, now, log } = options;
  // The marker first: it only ever rises, so a database that is read after it is not older for that.
  const marker = readMarker(database.file, shopId);
  const known = await findNewest(database.kysely, shopId);
  if (known !== null && judge(database.file, known, marker, true) === null) {
    return;
  }
  const cause = await database.exclusive((statements) => begin(statements, database.file, shopId, now));
  if (cause !== null && cause !== "created") {
    log.warn("the database may be older than what ran here: each order is verified before anything is bought", {
      cause,
    });
  }
}

/** `null`: somebody else did it meanwhile. */
function begin(statements: Statements, file: string | null, shopId: string, now: Instant): GenerationCause | null {
  const known = statements.row<Row>(NEWEST, shopId) ?? null;
  const marker = readMarker(file, shopId);
  const hasOrders = statements.row(ANY_ORDER, shopId) !== undefined;
  const cause = judge(file, known, marker, hasOrders);
  if (cause === null) {
    return null;
  }
  const id = randomUUID();
  const mark = Math.max(known?.mark ?? 0, marker?.mark ?? 0) + (cause === "created" ? 0 : 1);
  const takenAt = marker?.restored?.takenAt ?? null;
  const verifiedAt = cause === "created" ? now : null;
  statements.change(INSERT, shopId, (known?.number ?? 0) + 1, id, mark, now, cause, takenAt, verifiedAt);
  if (verifiedAt === null) {
    statements.change(REQUEST_UNSETTLED, now, now, shopId);
  }
  keepMarker(file, shopId, { generation: id, mark, restored: null });
  return cause;
}

/** Why a new generation has to begin; `null`: it goes on with the one it has. */
function judge(
  file: string | null,
  known: Pick<Row, "id" | "mark"> | null,
  marker: Marker | null,
  hasOrders: boolean,
): GenerationCause | null {
  if (known === null) {
    return marker === null ? (hasOrders ? "unmarked" : "created") : marker.restored === null ? "lost" : "restored";
  }
  if (file === null) {
    return null;
  }
  if (marker === null) {
    return "unmarked";
  }
  if (marker.restored !== null) {
    return "restored";
  }
  if (marker.generation !== known.id) {
    return "other";
  }
  return known.mark < marker.mark ? "older" : null;
}

/** Inside the transaction that journals an irreversible call. */
export async function raiseMark(tx: Kysely<Tables>, shopId: string): Promise<void> {
  await tx
    .updateTable("database_generations")
    .set((eb) => ({ mark: eb("mark", "+", 1) }))
    .where("shop_id", "=", shopId)
    .where("number", "=", (eb) =>
      eb
        .selectFrom("database_generations")
        .select((inner) => inner.fn.max<number>("number").as("newest"))
        .where("shop_id", "=", shopId),
    )
    .execute();
}

/** After that transaction and before the call: when it resolves, the marker is at least as far. Throws `StoreError`. */
export async function raiseMarker(database: Database, shopId: string): Promise<void> {
  if (database.file === null) {
    return;
  }
  // Under the write lock, with the mark as it is now: processes that raise it at once cannot set it back.
  await database.exclusive((statements) => {
    const { id, mark } = assertKnown(statements.row<Row>(NEWEST, shopId));
    keepMarker(database.file, shopId, { generation: id, mark, restored: null });
  });
}

export function createGenerations(kysely: Kysely<Tables>, shopId: string): Generations {
  const countUnverified = (number: number) =>
    kysely
      .selectFrom("orders")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where("shop_id", "=", shopId)
      .where((eb) => eb.or([eb("verified_generation", "is", null), eb("verified_generation", "<>", number)]))
      .where((eb) => eb.or([eb("status", "in", UNSETTLED), eb("due_at", "is not", null)]));
  const current = async () => toGeneration(assertKnown(await findNewest(kysely, shopId)));
  return {
    current,

    async unverified() {
      const { number } = await current();
      return (await countUnverified(number).executeTakeFirstOrThrow()).count;
    },

    async endVerification(number, at) {
      const result = await kysely
        .updateTable("database_generations")
        .set({ verified_at: at })
        .where("shop_id", "=", shopId)
        .where("number", "=", number)
        .where("verified_at", "is", null)
        .where((eb) => eb(countUnverified(number), "=", 0))
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  };
}

async function findNewest(kysely: Kysely<Tables>, shopId: string): Promise<Row | null> {
  const row = await kysely
    .selectFrom("database_generations")
    .selectAll()
    .where("shop_id", "=", shopId)
    .orderBy("number", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

function assertKnown(row: Row | null | undefined): Row {
  if (row === null || row === undefined) {
    throw new AssertionError("The database has no generation: it is given one when it is opened.");
  }
  return row;
}

function readMarker(file: string | null, shopId: string): Marker | null {
  try {
    return file === null ? null : (readMarkers(file).get(shopId) ?? null);
  } catch (error) {
    throw toStoreError(error, file ?? "");
  }
}

function keepMarker(file: string | null, shopId: string, marker: Marker): void {
  try {
    if (file !== null) {
      writeMarker(file, shopId, marker);
    }
  } catch (error) {
    throw toStoreError(error, file ?? "");
  }
}

function toGeneration(row: Row): DatabaseGeneration {
  const { number, id, mark, cause } = row;
  return { number, id, mark, cause, beganAt: row.began_at, takenAt: row.taken_at, verifiedAt: row.verified_at };
}
