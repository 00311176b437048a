/** Alarms that stand, one per kind, so that `status` can show them and no restart tells one twice. Written by `daemon/`. */
import type { Alarm } from "../ports/notifier.ts";
import type { Database } from "./database.ts";
import type { Alarms } from "./process-types.ts";

export function createAlarms({ kysely, transaction }: Database, shopId: string): Alarms {
  return {
    async raise({ key, message, remedy, since }: Alarm) {
      return await transaction(async (tx) => {
        const before = await tx
          .selectFrom("alarms")
          .select("message")
          .where("shop_id", "=", shopId)
          .where("kind", "=", key)
          .executeTakeFirst();
        const columns = { message, remedy, at: since };
        await tx
          .insertInto("alarms")
          .values({ shop_id: shopId, kind: key, since, ...columns })
          .onConflict((conflict) => conflict.columns(["shop_id", "kind"]).doUpdateSet(columns))
          .execute();
        return before?.message !== message;
      });
    },

    async resolve(key) {
      const result = await kysely
        .deleteFrom("alarms")
        .where("shop_id", "=", shopId)
        .where("kind", "=", key)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },

    async list() {
      const rows = await kysely
        .selectFrom("alarms")
        .selectAll()
        .where("shop_id", "=", shopId)
        .orderBy("kind")
        .execute();
      return rows.map(({ kind, message, remedy, since }) => ({ key: kind, message, remedy, since }));
    },
  };
}
