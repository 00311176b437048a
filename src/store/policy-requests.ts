/**
 * Who is looked at again when a policy is taken. Slice by slice in the order in which the rows reached their status, so
 * that no transaction is long and the index does the work. An order that moves meanwhile was decided on under the new
 * policy already, or it ran when we began: those are asked for first, and whoever runs again decides under the new one.
 */
import { type SqlBool, sql } from "kysely";
import { BEYOND_POLICY, UNBOUGHT_STATUSES } from "../core/policy-reach.ts";
import type { OrderStatus } from "../core/status.ts";
import type { Instant } from "../core/time.ts";
import type { Database } from "./database.ts";
import type { Orders } from "./types.ts";

/** Orders made due in one transaction. */
const SLICE = 1_000;

type Place = { readonly status_since: number; readonly id: string };

export function createPolicyRequests(database: Database, shopId: string): Pick<Orders, "requestForPolicy"> {
  const { kysely, transaction } = database;
  const orders = () => kysely.selectFrom("orders").select(["id", "status_since"]).where("shop_id", "=", shopId);

  function concerned(status: OrderStatus | "skipped by the policy", after: Place | null) {
    const rows =
      status === "skipped by the policy"
        ? // Word for word as the index has it: only then is the index used.
          orders().where(sql<SqlBool>`status = 'skipped' and reason in ('denied', 'skipped_by_rule')`)
        : orders()
            .where("status", "=", status)
            .where((eb) => eb.or([eb("reason", "is", null), eb("reason", "not in", BEYOND_POLICY)]));
    return rows
      .$if(after !== null, (query) =>
        query.where((eb) =>
          eb(eb.refTuple("status_since", "id"), ">", eb.tuple(after?.status_since ?? 0, after?.id ?? "")),
        ),
      )
      .orderBy("status_since")
      .orderBy("id")
      .limit(SLICE);
  }

  async function request(rows: readonly Place[], at: Instant): Promise<void> {
    if (rows.length === 0) {
      return;
    }
    await transaction(async (tx) => {
      await tx
        .updateTable("orders")
        .set((eb) => ({
          due_at: sql<number>`case when due_at is null or due_at > ${at} then ${at} else due_at end`,
          requested_seq: eb("requested_seq", "+", 1),
          attempts: 0,
        }))
        .where("shop_id", "=", shopId)
        .where(
          "id",
          "in",
          rows.map(({ id }) => id),
        )
        .execute();
    });
  }

  return {
    async requestForPolicy(at, signal) {
      const running = await orders().where("lease_owner", "is not", null).execute();
      await request(running, at);
      let total = 0;
      for (const status of [...UNBOUGHT_STATUSES, "skipped by the policy"] as const) {
        let last: Place | null = null;
        do {
          const rows: readonly Place[] = await concerned(status, last).execute();
          await request(rows, at);
          total += rows.length;
          last = rows.length === SLICE ? (rows.at(-1) ?? null) : null;
        } while (last !== null && signal?.aborted !== true);
      }
      return total;
    },
  };
}
