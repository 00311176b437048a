/**
 * What the store promises to the rest of the program. Effects are truth, shipments and orders derive, the queue is
 * disposable: losing every `dueAt` costs time (resync finds the orders again), losing an effect could cost money.
 *
 * Everything here is async and belongs to one shop. Every method may throw `StoreError`: `busy` (try again),
 * `unwritable` and `corrupt` (an operator must act), `lease_lost` (only fenced writes). Unless its comment says
 * otherwise a method that writes has committed, with fsync, when it resolves, and nothing of it is written when it rejects.
 */
import type { StaffHold } from "../core/decision.ts";
import type { EffectKind, EffectRecord, EffectState } from "../core/effect.ts";
import type { Money } from "../core/money.ts";
import type { FulfillmentOrderId, OrderId } from "../core/order.ts";
import type { ShipmentRecord, TrackingHistory } from "../core/shipment.ts";
import type { Approval, Spending } from "../core/spending.ts";
import type { OrderStatus } from "../core/status.ts";
import type { DurationMs, Instant } from "../core/time.ts";
import type { BackupSource } from "./backup-source.ts";
import type { Generations } from "./generation-types.ts";
import type { FactsDraft, OrderFacts } from "./order-facts.ts";
import type { PersonalData, PersonalDataRequest } from "./personal-data.ts";
import type { Alarms, Cursors, Instances, Remotes } from "./process-types.ts";
import type { SpendingQuery } from "./spending-types.ts";

/**
 * Small facts beside a row: no secrets, no names, streets, e-mail addresses or phone numbers. The facts of a reason may
 * hold the country and the postal code of the sender or the destination, when they are what is wrong.
 */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** A failure as it is remembered: `kind` to branch on, one sentence to show. */
export interface StoredFailure {
  readonly kind: string;
  readonly message: string;
}

/** Where one order stands and when it wants attention next. */
export interface StoredOrder {
  readonly id: OrderId;
  /** As the shop writes it (`#1001`); the number of the id while the shop's name is not known. */
  readonly name: string;
  readonly status: OrderStatus;
  readonly reason: string | null;
  /** What fills the blanks of the reason's sentence. */
  readonly reasonInput: Facts;
  /** When `status` or `reason` last changed. */
  readonly statusSince: Instant;
  /** The shop's `updatedAt` as the last poll reported it. */
  readonly shopUpdatedAt: Instant | null;
  readonly firstSeenAt: Instant;
  /** When a run last ended with a `release`. */
  readonly lastRunAt: Instant | null;
  /** `null`: nothing to do until somebody asks. */
  readonly dueAt: Instant | null;
  /** Raised by every request; larger than `doneSeq` while a request waits for its run. */
  readonly requestedSeq: number;
  readonly doneSeq: number;
  /** Failed runs in a row; a request starts anew at 0. */
  readonly attempts: number;
  readonly lastError: StoredFailure | null;
  readonly leaseOwner: string | null;
  readonly leaseUntil: Instant | null;
  /** The fencing token: raised by every claim. */
  readonly version: number;
  readonly heldBy: StaffHold | null;
  /** The findings of the last decision as they were given to `saveJudgement`; `null` before the first. */
  readonly decision: unknown;
  /** The generation of the database under which its labels were looked for at the provider; `null`: none was yet. */
  readonly verifiedGeneration: number | null;
}

/** The right to write for one order until somebody else claims it. */
export interface Lease {
  readonly orderId: OrderId;
  readonly owner: string;
  readonly version: number;
  /** The requests that this run answers: a later one makes the order due again at `release`. */
  readonly requestedSeq: number;
  readonly until: Instant;
}

export interface NamedOrder {
  readonly id: OrderId;
  readonly name: string;
}

export interface ChangedOrder extends NamedOrder {
  readonly updatedAt: Instant;
}

export interface OrderQuery {
  readonly statuses?: readonly OrderStatus[];
  readonly reason?: string;
  readonly limit: number;
  /** The last row that was seen. */
  readonly before?: Pick<StoredOrder, "statusSince" | "id">;
}

/** Most orders that one `request`, `requestChanged`, `recordOver` or `changed` takes: about 0.2 s in one transaction. */
export const REQUEST_MAX = 10_000;

export interface Orders {
  /**
   * Makes orders due at `at`, unknown ones are added as `waiting`. An order that is due earlier stays due earlier; one
   * that runs now runs again. Returns the new `requestedSeq` of each id: a run with `doneSeq` at or above it has
   * answered. One transaction, at most `REQUEST_MAX`. May be repeated at the price of one more look.
   */
  request(orders: readonly NamedOrder[], at: Instant): Promise<ReadonlyMap<OrderId, number>>;
  /** Like `request`, only for orders whose `shopUpdatedAt` differs from `updatedAt`; remembers it. Returns how many. */
  requestChanged(changes: readonly ChangedOrder[], at: Instant): Promise<number>;
  /**
   * For orders that the shop reports as over. Unknown ones are added as `skipped` (`already_fulfilled`) and never run;
   * known ones are treated as by `requestChanged`. Returns how many were requested.
   */
  recordOver(orders: readonly ChangedOrder[], at: Instant): Promise<number>;
  /**
   * Resync: makes up to `limit` orders due whose status is not final and that did not run since `notRunSince`. Orders
   * that are due at `at` anyway are left out, so that calling again takes the next slice; 0 means there are no more.
   */
  requestUnsettled(notRunSince: Instant, at: Instant, limit: number): Promise<number>;
  /**
   * Another policy holds from now on: makes due at `at` what it may decide otherwise (`core/policy-reach.ts`), and what runs
   * now, because its run began under the one before. In slices, each its own transaction. May be repeated. Gives how many.
   */
  requestForPolicy(at: Instant, signal?: AbortSignal): Promise<number>;
  /** Due at `now` and leased by nobody, oldest first. */
  due(now: Instant, limit: number): Promise<readonly OrderId[]>;
  /** How many `due` would give without a limit, and since when the oldest waits. */
  dueSummary(now: Instant): Promise<{ readonly count: number; readonly oldestAt: Instant | null }>;
  /** When `due` gives an order next, if nobody asks before: for leased ones not before their lease ends. */
  nextDueAt(): Promise<Instant | null>;
  /**
   * Takes the lease if it is free or ended; `null` if another has it or the order is unknown. Also makes the order due at
   * `now` at the latest, so that a run that dies is repeated.
   */
  claim(id: OrderId, owner: string, now: Instant, leaseMs: DurationMs): Promise<Lease | null>;
  /** Moves the end of the lease to `now + leaseMs`. `false` when it was lost; one that merely ended can be extended. */
  extend(lease: Lease, now: Instant, leaseMs: DurationMs): Promise<boolean>;
  /**
   * Ends a run. A request that came meanwhile makes the order due at `now` with 0 attempts, else `next` holds. `false`
   * when the lease was lost: nothing is written.
   */
  release(lease: Lease, now: Instant, next: NextRun): Promise<boolean>;
  /** Ends the leases of dead owners (`all`: nobody else can be alive); their orders are due again. Returns how many. */
  freeLeases(owners: "all" | readonly string[]): Promise<number>;
  /** The same for one order whose run is over in `owner`'s own process, where its end could not be stored. */
  freeLease(id: OrderId, owner: string): Promise<boolean>;
  get(id: OrderId): Promise<StoredOrder | null>;
  /** Name with or without `#`. Names repeat over the years: newest first. */
  findByName(name: string): Promise<readonly StoredOrder[]>;
  /** Newest change of status first. `before`: go on after this row. */
  list(query: OrderQuery): Promise<readonly StoredOrder[]>;
  /** Every status is present, with 0 where there is none. Its cost does not grow with the number of orders. */
  counts(): Promise<Readonly<Record<OrderStatus, number>>>;
  /** Names that somebody may have meant by `name`, best first: one typing error away, then the neighbours. */
  nearestNames(name: string, limit: number): Promise<readonly string[]>;
  /** `false` when there is no such order. Does not make it due. */
  setHold(id: OrderId, hold: StaffHold | null): Promise<boolean>;
  /**
   * `retry`: forgets what the provider refused. Planned and quoted shipments lose their refusal and are quoted anew,
   * refused effects are `lifted`, the attempts start at 0. Returns how many refusals were lifted. Does not make it due.
   */
  liftRefusals(id: OrderId, at: Instant): Promise<number>;
}

export interface NextRun {
  readonly dueAt: Instant | null;
  readonly attempts: number;
  readonly lastError: StoredFailure | null;
}

export interface TimelineEntry {
  readonly at: Instant;
  readonly kind: string;
  /** One sentence without secrets or personal data. */
  readonly message: string;
  readonly data?: Facts;
}

export type StoredTimelineEntry = Required<TimelineEntry> & { readonly orderId: OrderId };

/**
 * The writes of one run, inside one transaction. Good only until the callback of `fenced` ends: later calls throw
 * `AssertionError`. Everything is about the order of the lease.
 */
export interface FencedWriter {
  /** A second record with the same id is an `AssertionError`. */
  planShipment(record: ShipmentRecord): Promise<void>;
  /**
   * Writes the given fields and leaves the others. `tracking` is written only where it extends what is stored, because
   * the tracking poll writes beside us. An unknown id, and a second `bought` record of one parcel, is an `AssertionError`.
   * A parcel that becomes `bought` with its label is due for tracking from then on, one that is voided or abandoned no more.
   */
  updateShipment(id: string, patch: Partial<ShipmentRecord>): Promise<void>;
  /**
   * Journals the intent, which must be committed before the call is sent: return it from `fenced`, then send. A new row,
   * or `refused`, `absent` and `lifted` go to `begun` with one more attempt. `begun`, `unknown` and `done` are an
   * `AssertionError` (nobody may send twice), and so is a `buy` while another generation of the parcel is or may be bought.
   */
  beginEffect(
    intent: { readonly key: string; readonly kind: EffectKind; readonly shipmentId: string; readonly input: Facts },
    at: Instant,
  ): Promise<EffectRecord>;
  /** Only from `begun` and `unknown`; from any other state it is an `AssertionError`. */
  settleEffect(
    key: string,
    state: Extract<EffectState, "done" | "refused" | "unknown" | "absent">,
    failure: EffectRecord["failure"],
    at: Instant,
  ): Promise<void>;
  /** The other side was read and that did not settle it. */
  countLookup(key: string, at: Instant): Promise<void>;
  /** `true` when status or reason changed; `statusSince` is `at` then. */
  saveJudgement(judgement: {
    readonly status: OrderStatus;
    readonly reason: string | null;
    readonly reasonInput: Facts;
    /** Stored as JSON: plain data only. */
    readonly decision: unknown;
    readonly at: Instant;
    /** What is kept for `rules test`; those that did not change are not written again. */
    readonly facts?: readonly FactsDraft[];
  }): Promise<boolean>;
  /** Which fulfillment orders belong to the order, as just read, so that webhooks and polls that name them find it. */
  rememberFulfillmentOrders(rows: readonly Pick<ChangedFulfillmentOrder, "id" | "updatedAt">[]): Promise<void>;
  /** Its labels were looked for at the provider: in this generation of the database it may move again. */
  markVerified(): Promise<void>;
  /** The order's name as just read; a webhook that named only an id left the number in its place. */
  rememberName(name: string): Promise<void>;
  /** A line of the timeline that is told once: the same note of the order again changes nothing. */
  addNote(note: string, at: Instant): Promise<void>;
  addTimeline(entry: TimelineEntry): Promise<void>;
  /** As `Store.readSpending`, in this transaction: nobody begins a purchase between it and a `beginEffect` after it. */
  readSpending(query: SpendingQuery): Promise<Spending>;
}

export interface Shipments {
  /** By fulfillment order, parcel, generation. */
  ofOrder(orderId: OrderId): Promise<readonly ShipmentRecord[]>;
  get(id: string): Promise<ShipmentRecord | null>;
  /** Ids whose `nextTrackAt` has come, oldest first. */
  dueForTracking(now: Instant, limit: number): Promise<readonly string[]>;
  /** When the poll asks for this parcel; `null`: no more. */
  setNextTrackAt(id: string, at: Instant | null): Promise<void>;
  /**
   * What the tracking poll (or a webhook) read. When `history` extends the stored one it is stored and the order becomes
   * due, in one transaction: `true`. A history that is not longer, or was built on an older one, changes nothing
   * (`false`). `nextTrackAt` is written in both cases, unless the parcel's time is now earlier than `plannedAt`, which the
   * caller set before it asked: then somebody (a webhook) asked for it meanwhile. Not fenced: it only ever appends.
   */
  recordTracking(
    id: string,
    history: TrackingHistory,
    nextTrackAt: Instant | null,
    plannedAt?: Instant,
  ): Promise<boolean>;
  /** What labels bought at or after `at` cost, one sum per currency. Voided ones count: their refund is not here yet. */
  spendSince(at: Instant): Promise<readonly Money[]>;
}

export interface Effects {
  /** In the order they were begun. */
  ofOrder(orderId: OrderId): Promise<readonly EffectRecord[]>;
}

/** One authentic message from outside, without its body. */
export interface InboxEntry {
  /** `shopify` or the provider's name. */
  readonly source: string;
  /** The sender's id of the message. */
  readonly externalId: string;
  readonly topic: string;
  readonly bodyHash: string;
  readonly receivedAt: Instant;
  readonly orderId: OrderId | null;
  readonly orderName?: string;
  readonly fulfillmentOrderId: FulfillmentOrderId | null;
  readonly trackerId?: string | null;
  readonly personalData?: PersonalDataRequest | "unclear";
}

export interface Inbox {
  /**
   * Stores the message and, in the same transaction, makes due at `receivedAt` what it is about: the order named, else that
   * of the fulfillment order where we know it; for a tracker the parcel (`nextTrackAt`), because news of it are with the
   * provider. Resolves after the commit: only then may it be answered.
   * `duplicate` (nothing is written) when the id was seen before, or the same topic and body within `REPEAT_WINDOW_MS`.
   * Calls of one moment share a commit. `StoreError` `busy` when too many wait.
   */
  ingest(entry: InboxEntry): Promise<"stored" | "duplicate">;
  /** Deletes up to `limit` messages received before; returns how many. Their ids are no longer recognised after that. */
  prune(before: Instant, limit: number): Promise<number>;
}

export interface ChangedFulfillmentOrder {
  readonly id: FulfillmentOrderId;
  readonly orderId: OrderId;
  readonly orderName: string;
  readonly updatedAt: Instant;
}

export interface FulfillmentOrders {
  /** Remembers the rows and requests the orders of those that are new or changed. Returns how many orders. */
  changed(rows: readonly ChangedFulfillmentOrder[], at: Instant): Promise<number>;
}

export interface ScheduledTask {
  readonly task: string;
  /** As configured: an interval such as `30s`, or a cron expression. */
  readonly schedule: string;
  readonly nextRunAt: Instant;
  /** When the last run began; `null` before the first. */
  readonly lastRunAt: Instant | null;
  /** `running` also after a crash, until the next run ends. */
  readonly lastStatus: "running" | "ok" | "failed" | null;
  readonly lastError: string | null;
  readonly lastDurationMs: DurationMs | null;
}

export interface Schedule {
  /**
   * The tasks there are: others are deleted. A task whose schedule is unchanged keeps the earlier of both `nextRunAt`, so
   * that a run that was missed happens at once.
   */
  define(tasks: readonly Pick<ScheduledTask, "task" | "schedule" | "nextRunAt">[]): Promise<void>;
  /** By name. */
  list(): Promise<readonly ScheduledTask[]>;
  start(task: string, at: Instant): Promise<void>;
  /** A `requestNow` that came during the run wins over a later `nextRunAt`. */
  finish(
    task: string,
    result: {
      readonly status: "ok" | "failed";
      readonly error: string | null;
      readonly durationMs: DurationMs;
      readonly nextRunAt: Instant;
    },
  ): Promise<void>;
  /** Wants a run at `at` or before, instead of when it is due; a run that begins earlier does not count. `false`: no such task. */
  requestNow(task: string, at: Instant): Promise<boolean>;
}

export interface Timeline {
  /** For what happens outside a run, such as a human's decision. */
  add(orderId: OrderId, entry: TimelineEntry): Promise<void>;
  /** The newest `limit`, in the order in which they happened. */
  ofOrder(orderId: OrderId, limit: number): Promise<readonly StoredTimelineEntry[]>;
  /** Of all orders, the newest first. */
  ofKind(kind: string, since: Instant, limit: number): Promise<readonly StoredTimelineEntry[]>;
  prune(before: Instant, limit: number): Promise<number>;
}

/** May be used by one process and beside other processes on the same database. */
export interface Store {
  readonly shopId: string;
  readonly orders: Orders;
  readonly shipments: Shipments;
  readonly effects: Effects;
  readonly inbox: Inbox;
  readonly schedule: Schedule;
  readonly instances: Instances;
  readonly cursors: Cursors;
  readonly timeline: Timeline;
  readonly fulfillmentOrders: FulfillmentOrders;
  readonly remotes: Remotes;
  readonly alarms: Alarms;
  readonly generations: Generations;
  readonly personalData: PersonalData;
  readonly orderFacts: OrderFacts;
  /** What was spent and what humans approved, as it was committed last. */
  readSpending(orderId: OrderId, query: SpendingQuery): Promise<Spending>;
  /** Lets a purchase through, with a line in the order's timeline; an earlier approval of the shipment ends. */
  approve(approval: Approval, entry: TimelineEntry): Promise<void>;
  /**
   * Runs `write` in one transaction that holds the database's write lock: no calls to the outside in it, and no other
   * method of the store (an `AssertionError`; it would wait for itself). Before it, the lease is checked: another claim
   * since then, or a release, is `StoreError` `lease_lost`. A lease that ended but that nobody took still counts. When
   * `write` throws nothing is written.
   */
  fenced<T>(lease: Lease, write: (tx: FencedWriter) => Promise<T>): Promise<T>;
  /** For the daemon's backups: see `archiver.ts`. */
  readonly backups: BackupSource;
  /** When the database last could not be used, whatever was wanted of it: full, read-only, locked for too long. */
  failedAt(): Instant | null;
  /** Waits for what is under way, then closes. May be called twice; every other call after it is `StoreError`. */
  close(): Promise<void>;
}
