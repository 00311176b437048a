/** The hours of the policy applied to what leaves for one fulfillment order. */
import { shipFrom } from "./address.ts";
import type { DecisionInput, Finding } from "./decision.ts";
import { judgeHours } from "./hours.ts";
import type { FulfillmentOrder } from "./order.ts";
import type { Instant } from "./time.ts";

export interface HoursCheck {
  readonly finding: Finding;
  /** When labels are bought again; `null` when they are now. */
  readonly until: Instant | null;
}

/** `null` without hours. `carrier`: of the rate that would be bought; `null` while none is known. */
export function runHours(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  carrier: string | null,
): HoursCheck | null {
  const { hours } = input.policy;
  if (hours === null) {
    return null;
  }
  const { country } = shipFrom(fulfillmentOrder, input);
  const { reason, input: facts, until } = judgeHours(hours, input.now, { country, carrier });
  const verdict = reason === null ? "pass" : "wait";
  const finding: Finding = {
    ...{ check: "labels are bought now", fulfillmentOrderId: fulfillmentOrder.id, verdict, reason, input: facts },
  };
  return { finding, until };
}
