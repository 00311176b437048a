/** What has to be read for the guards of a policy. */
import { countsWindows, type GuardsPolicy } from "../core/guards.ts";
import { windowsAt } from "../core/spending.ts";
import type { Instant } from "../core/time.ts";
import type { SpendingQuery } from "../store/spending-types.ts";

export function spendingQuery(guards: GuardsPolicy, now: Instant): SpendingQuery {
  return {
    windows: windowsAt(now, guards.timeZone),
    counts: countsWindows(guards),
    firstLabels: guards.approveFirstLabels,
    installation: guards.approveFirstMs > 0,
  };
}
