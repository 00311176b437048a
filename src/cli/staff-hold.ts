/** Writes a human's stop and its end, each with a row in the order's timeline that says who and why. */
import type { StaffHold } from "../core/decision.ts";
import type { OrderId } from "../core/order.ts";
import type { NamedOrder } from "../store/types.ts";
import type { Everything } from "./surroundings.ts";

/**
 * An order that was never seen here is added first. It is due from that moment, so a daemon may begin with it; a run reads
 * the hold anew in each of its rounds, and no label is bought in the first one.
 */
export async function setStaffHold(
  everything: Everything,
  order: NamedOrder,
  hold: StaffHold,
  kind: "hold" | "void asked",
): Promise<void> {
  const { orders, timeline } = everything.store;
  if (!(await orders.setHold(order.id, hold))) {
    await orders.request([order], hold.at);
    await orders.setHold(order.id, hold);
  }
  const message =
    kind === "hold" ? `${hold.who} put it on hold: ${hold.why}` : `${hold.who} asked to void its label: ${hold.why}`;
  await timeline.add(order.id, { at: hold.at, kind, message, data: { who: hold.who, why: hold.why } });
}

export async function clearStaffHold(everything: Everything, id: OrderId, who: string): Promise<void> {
  const { orders, timeline } = everything.store;
  const at = everything.remotes.context.clock.now();
  await orders.setHold(id, null);
  await timeline.add(id, { at, kind: "release", message: `${who} released it`, data: { who } });
}
