/** Which shops a database knows, for a command that was not told which one is meant. */
import type { Clock } from "../ports/clock.ts";
import { openDatabase } from "./database.ts";
import { migrate } from "./migrate.ts";

/** Shops that have an order, a process or a task, by name. Opens the database and closes it again; throws as `openStore`. */
export async function listShops(options: { readonly url: string; readonly clock: Clock }): Promise<readonly string[]> {
  const database = await openDatabase(options.url, options.clock);
  try {
    await migrate(database, options.clock.now());
    const { kysely } = database;
    // Small tables all: one row per shop and status, task or process.
    const rows = await kysely
      .selectFrom("order_counts")
      .select("shop_id")
      .union(kysely.selectFrom("scheduled_tasks").select("shop_id"))
      .union(kysely.selectFrom("instances").select("shop_id"))
      .execute();
    return rows.map((row) => row.shop_id).sort();
  } finally {
    await database.close();
  }
}
