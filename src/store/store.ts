/** The store's front door: opens the database, brings its schema up to date, and puts the parts together. */
import { type Log, SILENT } from "../base/log.ts";
import type { Clock } from "../ports/clock.ts";
import { createAlarms } from "./alarms.ts";
import { createBackupSource } from "./backup-source.ts";
import { openDatabase } from "./database.ts";
import { createEffects } from "./effects.ts";
import { createFenced } from "./fenced.ts";
import { beginGeneration, createGenerations } from "./generations.ts";
import { createInbox } from "./inbox.ts";
import { migrate } from "./migrate.ts";
import { createCursors, createInstances, createRemotes, createSchedule } from "./operations.ts";
import { createOrderFacts } from "./order-facts.ts";
import { createOrders } from "./orders.ts";
import { createPersonalData } from "./personal-data.ts";
import { createFulfillmentOrders } from "./requests.ts";
import { createShipments } from "./shipments.ts";
import { readSpending, storeApproval } from "./spending.ts";
import { createTimeline, insertTimeline } from "./timeline.ts";
import type { Store } from "./types.ts";

/**
 * Opens (and creates) the database of a shop, and notices when it is an older copy (`generations.ts`). Any number of
 * processes may do that at once. Throws `StoreError`: `unwritable`, `corrupt`, `newer_schema`, `busy`; what was opened by
 * then is closed again.
 */
export async function openStore(options: {
  /** `sqlite:/path/file.db` or `sqlite::memory:`. */
  readonly url: string;
  readonly shopId: string;
  readonly clock: Clock;
  readonly log?: Log;
}): Promise<Store> {
  const { url, shopId, clock, log = SILENT } = options;
  const database = await openDatabase(url, clock);
  try {
    for (const migration of await migrate(database, clock.now())) {
      log.info("migrated", { migration });
    }
    await beginGeneration(database, { shopId, now: clock.now(), log });
  } catch (error) {
    await database.close();
    throw error;
  }
  const inbox = createInbox(database, shopId);
  return {
    shopId,
    orders: createOrders(database, shopId),
    shipments: createShipments(database, shopId, clock),
    effects: createEffects(database.kysely, shopId),
    inbox,
    schedule: createSchedule(database, shopId),
    instances: createInstances(database.kysely, shopId),
    cursors: createCursors(database.kysely, shopId),
    timeline: createTimeline(database.kysely, shopId),
    fulfillmentOrders: createFulfillmentOrders(database, shopId),
    remotes: createRemotes(database, shopId),
    alarms: createAlarms(database, shopId),
    generations: createGenerations(database.kysely, shopId),
    personalData: createPersonalData(database, shopId),
    orderFacts: createOrderFacts(database.kysely, shopId),
    readSpending: (orderId, query) => readSpending(database.kysely, shopId, orderId, query),
    async approve(approval, entry) {
      await database.transaction(async (tx) => {
        await storeApproval(tx, shopId, approval);
        await insertTimeline(tx, shopId, approval.orderId, entry);
      });
    },
    fenced: createFenced(database, shopId),
    backups: createBackupSource(database),
    failedAt: () => database.failedAt(),
    async close() {
      await inbox.drain();
      await database.close();
    },
  };
}
