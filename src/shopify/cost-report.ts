/** The cost block of an answer: `extensions.cost` (Shopify usage/rate-limits, read 2026-11-22). Pure. */
import { type DurationMs, SECOND_MS } from "../core/time.ts";
import { isJson, type Json } from "./json.ts";

/** `extensions.cost.throttleStatus` of an answer, in points and points a second. */
export interface ThrottleStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

/** What an answer says about its cost; parts that it does not say are `null`. */
export interface CostReport {
  readonly requestedCost: number | null;
  readonly throttleStatus: ThrottleStatus | null;
}

/** `null` when the answer has no cost block; numbers that make no sense count as not said. */
export function readCost(body: Json): CostReport | null {
  const extensions = body["extensions"];
  const cost = isJson(extensions) ? extensions["cost"] : null;
  if (!isJson(cost)) {
    return null;
  }
  const requested = cost["requestedQueryCost"];
  return {
    requestedCost: isPoints(requested) ? requested : null,
    throttleStatus: readThrottleStatus(cost["throttleStatus"]),
  };
}

function readThrottleStatus(value: unknown): ThrottleStatus | null {
  if (!isJson(value)) {
    return null;
  }
  const { maximumAvailable, currentlyAvailable, restoreRate } = value;
  // What is available may be below zero: points are also taken after the fact.
  return isPoints(maximumAvailable) && isNumber(currentlyAvailable) && isPoints(restoreRate) && restoreRate > 0
    ? { maximumAvailable, currentlyAvailable, restoreRate }
    : null;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isPoints(value: unknown): value is number {
  return isNumber(value) && value >= 0;
}

/** How long until the bucket holds what the call needs; `null` when the numbers are missing or say "now". */
export function throttleWaitMs(cost: CostReport | null): DurationMs | null {
  const status = cost?.throttleStatus ?? null;
  if (cost?.requestedCost == null || status === null) {
    return null;
  }
  const missing = Math.min(cost.requestedCost, status.maximumAvailable) - status.currentlyAvailable;
  return missing <= 0 ? null : Math.ceil((missing / status.restoreRate) * SECOND_MS);
}
