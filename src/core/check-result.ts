/** What one check says: whether it passes, for which reason it does not, and what it looked at. */
import type { FactValue, Finding } from "./decision.ts";
import type { Reason } from "./reasons.ts";

export interface CheckResult {
  readonly verdict: Finding["verdict"];
  readonly reason: Reason | null;
  readonly input: Readonly<Record<string, FactValue>>;
}

export function pass(input: CheckResult["input"] = {}): CheckResult {
  return { verdict: "pass", reason: null, input };
}

export function stop(verdict: "wait" | "skip" | "park", reason: Reason, input: CheckResult["input"] = {}): CheckResult {
  return { verdict, reason, input };
}
