/** What is stored of the customer of an order, put together for whoever asks for it; and what was asked so far. Reads only. */
import type { Kysely } from "kysely";
import type { OrderId } from "../core/order.ts";
import type { Instant } from "../core/time.ts";
import { createOrderFacts } from "./order-facts.ts";
import type { OpenRequest, PersonalData } from "./personal-data.ts";
import { fromJson } from "./records.ts";
import type { Tables } from "./tables.ts";
import type { Facts } from "./types.ts";

/** Without what tells nothing about a person: times, prices, ids of ours. */
export interface PersonalDataOfOrder {
  readonly id: OrderId;
  readonly name: string;
  /** `null`: not erased, or it moved again since. */
  readonly erasedAt: Instant | null;
  /**
   * `request`: somebody asked, and timeline, webhooks and label files went too. `age`: past its retention, which empties
   * the records of the order only. `null`: as `erasedAt`.
   */
  readonly erasedFor: "request" | "age" | null;
  readonly facts: Facts;
  readonly decision: unknown;
  /** What is kept of it for `rules test`. */
  readonly orderFacts: readonly unknown[];
  readonly holdReason: string | null;
  readonly lastError: string | null;
  readonly shipments: readonly {
    readonly id: string;
    readonly trackingNumber: string | null;
    readonly trackingUrl: string | null;
    readonly labelUrl: string | null;
    /** Name of the file in `labels/`; it may be past its retention. */
    readonly labelFile: string | null;
    readonly refusal: string | null;
  }[];
  /** Sentences about calls that failed. */
  readonly failures: readonly string[];
  readonly timeline: readonly { readonly at: Instant; readonly kind: string; readonly message: string }[];
  /** Webhooks that named it: id and hash are stored, no body. */
  readonly messages: number;
}

export interface RecordedRequest extends OpenRequest {
  /** `null`: shipbot knows no such order. */
  readonly name: string | null;
  readonly doneAt: Instant | null;
}

export function createPersonalDataReads(
  kysely: Kysely<Tables>,
  shopId: string,
): Pick<PersonalData, "collect" | "list" | "orders"> {
  return {
    async collect(orderId) {
      const order = await kysely
        .selectFrom("orders")
        .selectAll()
        .where("shop_id", "=", shopId)
        .where("id", "=", orderId)
        .executeTakeFirst();
      if (order === undefined) {
        return null;
      }
      const erasedAt = order.personal_data_erased_at;
      const [shipments, effects, timeline, messages, request, kept] = await Promise.all([
        kysely
          .selectFrom("shipments")
          .selectAll()
          .where("shop_id", "=", shopId)
          .where("order_id", "=", orderId)
          .execute(),
        kysely
          .selectFrom("effects")
          .selectAll()
          .where("shop_id", "=", shopId)
          .where("order_id", "=", orderId)
          .execute(),
        kysely
          .selectFrom("timeline")
          .selectAll()
          .where("shop_id", "=", shopId)
          .where("order_id", "=", orderId)
          .orderBy("id")
          .execute(),
        kysely
          .selectFrom("inbox")
          .select((eb) => eb.fn.countAll<number>().as("count"))
          .where("shop_id", "=", shopId)
          .where("order_id", "=", orderId)
          .executeTakeFirstOrThrow(),
        kysely
          .selectFrom("personal_data_requests")
          .select("received_at")
          .where("shop_id", "=", shopId)
          .where("kind", "in", ["redact", "shop_redact"])
          .where("order_id", "in", [orderId, ""])
          .where("received_at", "<=", erasedAt ?? 0)
          .where((eb) => eb.or([eb("done_at", "is", null), eb("done_at", ">=", erasedAt ?? 0)]))
          .executeTakeFirst(),
        createOrderFacts(kysely, shopId).ofOrder(orderId),
      ]);
      return {
        id: order.id,
        name: order.name,
        erasedAt,
        erasedFor: erasedAt === null ? null : request === undefined ? "age" : "request",
        facts: fromJson<Facts>(order.reason_input),
        decision: order.decision === null ? null : fromJson<unknown>(order.decision),
        orderFacts: kept.map(({ facts, decided }) => ({ facts, decided })),
        holdReason: order.held_why,
        lastError: order.last_error_message,
        shipments: shipments.map((row) => ({
          id: row.id,
          trackingNumber: row.tracking_number,
          trackingUrl: row.tracking_url,
          labelUrl: row.label_url,
          labelFile: row.label_path,
          refusal: row.refusal === null ? null : fromJson<{ readonly message: string }>(row.refusal).message || null,
        })),
        failures: effects.flatMap((row) => row.failure_message ?? []),
        timeline: timeline.map(({ at, kind, message }) => ({ at, kind, message })),
        messages: messages.count,
      };
    },

    async list(limit) {
      const rows = await kysely
        .selectFrom("personal_data_requests as request")
        .leftJoin("orders", (join) =>
          join.onRef("orders.id", "=", "request.order_id").on("orders.shop_id", "=", shopId),
        )
        .select(["request.kind", "request.order_id", "request.received_at", "request.done_at", "orders.name"])
        .where("request.shop_id", "=", shopId)
        .orderBy("request.received_at", "desc")
        .orderBy("request.order_id")
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        kind: row.kind,
        orderId: row.order_id,
        name: row.name,
        receivedAt: row.received_at,
        doneAt: row.done_at,
      }));
    },

    async orders(limit, after) {
      const rows = await kysely
        .selectFrom("orders")
        .select("id")
        .where("shop_id", "=", shopId)
        .$if(after !== undefined, (query) => query.where("id", ">", after ?? ""))
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map((row) => row.id);
    },
  };
}
