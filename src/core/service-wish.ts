/** Which service is wanted for a fulfillment order, with what its rules say. */
import type { DecisionInput } from "./decision.ts";
import type { FulfillmentOrder } from "./order.ts";
import { rulesFor } from "./rules/apply.ts";
import { type ServiceWish, wishFor } from "./services.ts";

/** `parcels`: how many it is packed in. */
export function wishOf(
  input: Pick<DecisionInput, "order" | "record" | "policy" | "now">,
  fulfillmentOrder: FulfillmentOrder,
  parcels: number,
): ServiceWish {
  return wishFor(input.order, input.policy.services, rulesFor(input, fulfillmentOrder, parcels));
}
