/**
 * What can go wrong with a call to the outside, as data, and what follows from it. Adapters report one of these kinds;
 * nobody branches on message text.
 */
import type { DurationMs, Instant } from "./time.ts";
import { MINUTE_MS, SECOND_MS } from "./time.ts";

export type FailureKind =
  /** Down, too slow, connection refused, 5xx on a read: try again later. */
  | "unavailable"
  /** Told to slow down, and the call was not executed: try again at `retryAt`. */
  | "throttled"
  /** The credential, its scopes or the account is refused: nothing for this remote until the operator acts. */
  | "unauthorized"
  /** Understood and refused, for a reason that lies in the order or the policy. */
  | "rejected"
  /** Somebody changed it meanwhile: read again and decide anew. */
  | "stale"
  /** The thing is not there. */
  | "missing"
  /** An answer that is not what the documentation promises. */
  | "malformed"
  /** Sent, and no usable answer: it may have happened. Only reading settles it. */
  | "outcome_unknown";

export interface Failure {
  readonly kind: FailureKind;
  /** One sentence without secrets or personal data. */
  readonly message: string;
  /** The remote's own code, when it has one. */
  readonly code: string | null;
  readonly retryAt: Instant | null;
  /** One line what to do, for kinds that a human must act on. */
  readonly remedy: string | null;
}

/**
 * The answer to a call that changes something. `refused` promises that nothing happened; `unknown` promises nothing.
 */
export type Outcome<T> =
  | { readonly outcome: "done"; readonly value: T }
  | { readonly outcome: "refused"; readonly failure: Failure }
  | { readonly outcome: "unknown"; readonly failure: Failure };

export const BACKOFF_FIRST_MS: DurationMs = 2 * SECOND_MS;
/** A remote that is down for hours is asked four times an hour per order; more would only add to its trouble. */
export const BACKOFF_CEILING_MS: DurationMs = 15 * MINUTE_MS;

/** Doubling from two seconds to a quarter of an hour; `jitter` in [0, 1) spreads it over the upper half. */
export function backoffMs(attempt: number, jitter: number, firstMs: DurationMs = BACKOFF_FIRST_MS): DurationMs {
  const doubled = firstMs * 2 ** Math.min(Math.max(attempt - 1, 0), 20);
  const capped = Math.min(doubled, BACKOFF_CEILING_MS);
  return Math.round(capped * (0.5 + jitter / 2));
}
