/** Reads the shop and our journal into what `decide` looks at. Writes nothing: `why` and `--dry-run` use it as it is. */
import type { DecisionInput } from "../core/decision.ts";
import type { OrderId } from "../core/order.ts";
import type { ReconcileContext } from "./context.ts";
import { spendingQuery } from "./spending-query.ts";

export type Observer = Pick<ReconcileContext, "store" | "shop" | "shopKind" | "provider" | "policy" | "clock">;

/**
 * The order as the shop has it now and as we know it; `null` when the shop no longer has it. Throws `RemoteError`. The
 * journal is read after the shop: what we did is never older than what the shop says.
 */
export async function observe(context: Observer, orderId: OrderId): Promise<DecisionInput | null> {
  const order = await context.shop.readOrder(orderId);
  if (order === null) {
    return null;
  }
  const { name, purchaseIsGuarded, keyKind, insurance } = context.provider;
  const shopKind = keyKind === "unknown" ? "unknown" : await context.shopKind();
  const policy = context.policy();
  const now = context.clock.now();
  const [shipments, effects, stored, generation, spending] = await Promise.all([
    context.store.shipments.ofOrder(orderId),
    context.store.effects.ofOrder(orderId),
    context.store.orders.get(orderId),
    context.store.generations.current(),
    context.store.readSpending(orderId, spendingQuery(policy.guards, now)),
  ]);
  const isVerified = generation.verifiedAt !== null || stored?.verifiedGeneration === generation.number;
  const unverifiedSince = isVerified ? null : generation.beganAt;
  return {
    order,
    record: { shipments, effects, hold: stored?.heldBy ?? null, unverifiedSince },
    policy,
    now,
    spending,
    provider: { name, purchaseIsGuarded, keyKind, insurance },
    shopKind,
    shopId: context.store.shopId,
  };
}
