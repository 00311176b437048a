/** A schedule: all that will happen in one simulation, as data. What is left to chance is drawn from its seed. */
import type { DurationMs } from "../../src/core/time.ts";

/** What kind of order it is; only the first three and the late ones are to be shipped. */
export type OrderKind =
  | "plain"
  | "two_boxes"
  | "many_units"
  | "held_at_first"
  | "unpaid_at_first"
  | "untagged_at_first"
  | "unrouted_at_first"
  | "cancelled"
  | "test"
  | "pickup"
  | "weightless"
  /** Shopify answers nonsense about it, always. */
  | "poisoned"
  /** Shopify fails on every request that reads it. */
  | "failing";

export interface OrderPlan {
  readonly kind: OrderKind;
  readonly atMs: DurationMs;
  /** No search ever shows it: only a webhook tells of it. */
  readonly isHidden: boolean;
}

/** What people and other apps do behind our back. */
export type ChangeKind =
  | "cancel"
  | "hold"
  | "release"
  | "move_address"
  | "fewer_units"
  | "untag"
  | "tag"
  | "unpay"
  | "pay"
  | "fulfil_elsewhere"
  | "cancel_fulfillment";

export type Trigger =
  | { readonly kind: "time"; readonly atMs: DurationMs }
  /** When the n-th call that is no poll has arrived at the remote and nothing was done yet; or right after it was. */
  | { readonly kind: "call"; readonly call: number; readonly when: "before" | "after" }
  /** While the process is down after the n-th crash. */
  | { readonly kind: "crash"; readonly crash: number };

export interface ChangePlan {
  readonly order: number;
  readonly what: ChangeKind;
  readonly trigger: Trigger;
}

export type FaultKind =
  /** Never connected. */
  | "never_sent"
  /** The connection broke before anything was done, or after. */
  | "reset_before"
  | "reset_after"
  /** 502 with a page of HTML before anything was done, or after. */
  | "bad_gateway_before"
  | "bad_gateway_after"
  /** Done, and the 200 is half a body. */
  | "garbled_after"
  /** 429. */
  | "rate_limited"
  /** Shopify's THROTTLED in a 200. */
  | "throttled"
  /** Shopify's INTERNAL_SERVER_ERROR in a 200, before or after. */
  | "internal_before"
  | "internal_after"
  /** 401 once. */
  | "unauthorized"
  /** Answered just in time, long after. */
  | "slow"
  /** Given up by the caller, and done all the same, later. */
  | "late"
  /** The carrier did not respond: bought, or not. */
  | "no_response_bought"
  | "no_response_not_bought"
  /** A read that shows the shipment as it was a while ago. */
  | "stale_read";

export interface FaultPlan {
  /** Which call of the schedule, from 1; polls are not counted. */
  readonly call: number;
  readonly kind: FaultKind;
}

export interface CrashPlan {
  readonly life: "daemon" | "command";
  /** Which of its lives, from 0. */
  readonly incarnation: number;
  /** At which point of that life, from 1. */
  readonly point: number;
  /** How long until somebody starts it again. */
  readonly downMs: DurationMs;
}

/** Another process beside the daemon, or what staff do. */
export interface CommandPlan {
  readonly what: "sync" | "retry" | "void" | "hold" | "release";
  readonly order: number;
  readonly atMs: DurationMs;
}

export interface Schedule {
  readonly seed: number;
  readonly orders: readonly OrderPlan[];
  readonly changes: readonly ChangePlan[];
  readonly faults: readonly FaultPlan[];
  /** How often a poll suffers some fault. */
  readonly pollFaults: number;
  readonly crashes: readonly CrashPlan[];
  readonly commands: readonly CommandPlan[];
  /** The wall clock is set forward or back. */
  readonly jumps: readonly { readonly atMs: DurationMs; readonly byMs: DurationMs }[];
  /** Somebody else holds the database's write lock. */
  readonly locks: readonly { readonly atMs: DurationMs; readonly forMs: DurationMs }[];
  /** Somebody sends a genuine message again and again, each time under a new id. */
  readonly replays: readonly { readonly webhook: number; readonly copies: number }[];
  readonly webhooks: { readonly dropped: number; readonly doubled: number; readonly delayed: number };
  /** Whether the provider refuses to sell the same object twice. */
  readonly isGuarded: boolean;
  readonly leaseMs: DurationMs;
  readonly indexLagMs: DurationMs;
  /** Whether the carriers move the parcels: then an order ends at the door, else with the label and the fulfillment. */
  readonly journey: boolean;
  /** How long a turn of the event loop takes: what comes within one is handled together. */
  readonly turnMs: DurationMs;
  /** Longest way of a call in one direction. */
  readonly latencyMs: DurationMs;
}

export const CALM: Omit<Schedule, "seed" | "orders"> = {
  changes: [],
  faults: [],
  pollFaults: 0,
  crashes: [],
  commands: [],
  jumps: [],
  locks: [],
  replays: [],
  webhooks: { dropped: 0, doubled: 0, delayed: 0 },
  isGuarded: true,
  leaseMs: 60_000,
  indexLagMs: 1_000,
  journey: false,
  turnMs: 0,
  latencyMs: 100,
};
