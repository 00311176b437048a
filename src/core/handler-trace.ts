/** Which handlers ran for an order, which are at work and which come next: what `why` tells. Pure. */
import type { Decision, DecisionInput } from "./decision.ts";
import { describeStep } from "./handlers.ts";
import { isLive } from "./shipment.ts";
import type { OrderStatus } from "./status.ts";

export interface HandlerTrace {
  readonly status: OrderStatus;
  /** `now`: of the status that it has, and not all of it is done. */
  readonly stands: "ran" | "now" | "ahead";
  /** As they are written in the file; empty: nothing is done there. */
  readonly steps: readonly string[];
}

const WAY: readonly OrderStatus[] = ["ready_to_ship", "pending_pickup", "in_transit", "out_for_delivery", "delivered"];

/** In the order in which a parcel passes them; where an order stands beside the way, that status first. */
export function traceHandlers(
  { policy, record }: DecisionInput,
  { actions, judgement }: Decision,
): readonly HandlerTrace[] {
  const { status } = judgement;
  const traced = (at: OrderStatus, stands: HandlerTrace["stands"]): HandlerTrace => ({
    ...{ status: at, stands, steps: policy.handlers[at].map(describeStep) },
  });
  const here = traced(status, actions.length > 0 || judgement.reason === "no_shipment_step" ? "now" : "ran");
  const place = WAY.indexOf(status);
  if (place >= 0) {
    return [
      ...WAY.slice(0, place).map((passed) => traced(passed, "ran")),
      here,
      ...WAY.slice(place + 1).map((next) => traced(next, "ahead")),
    ];
  }
  // Without a label everything is still to come; with one, where it goes on depends on why it stands there.
  const isAhead = (status === "waiting" || status === "parked") && !record.shipments.some(isLive);
  return [here, ...(isAhead ? WAY.map((next) => traced(next, "ahead")) : [])];
}
