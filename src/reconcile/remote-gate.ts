/**
 * Doors in front of each remote: one per kind of call. When a credential, an account or a permission is refused, trying
 * every order against it would only repeat the refusal: the door closes, one alarm is raised, and one order per probe
 * interval goes through to see whether it was mended.
 *
 *   open ──refused (401, 402, missing scope)──► closed ──a call through the same trouble's door succeeds──► open
 *
 * A trouble is what the operator is told to do. It may have closed several doors (a revoked key closes each that somebody
 * tries), and when one of them opens, all of them do. A success at another door proves nothing: with an empty account
 * rates are still given, and without a scope for writing reads still work. A refused `READ` shuts the whole remote,
 * because every run begins with it.
 *
 * Only a success or a refusal tells a probe anything. One that failed for a reason of its own order (Shopify cannot read
 * that order, say) leaves the door to the next, or such an order would be the probe each time and keep all others out.
 *
 * Being unreachable closes no door, because each order backs off on its own; it only changes what `status` and `health`
 * say. The doors live in memory: after a restart the first order finds out again, at the price of one call and one alarm.
 */
import type { Remote, RemoteError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { FailureKind } from "../core/failure.ts";
import type { OrderId } from "../core/order.ts";
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { Remotes } from "../store/process-types.ts";

/** What is called: the kind of an action, or a task's name. */
export type Door = string;

/** Reading what a run needs; closed, it shuts the whole remote. */
export const READ: Door = "read";

const LATELY_MS: DurationMs = 60_000;

/** Failures that only somebody hears of who was let in: they are about what was asked for. */
const ANSWERS: ReadonlySet<FailureKind> = new Set<FailureKind>(["rejected", "stale", "missing", "malformed"]);

interface Trouble {
  readonly doors: Set<Door>;
  until: Instant;
}

export class RemoteGate {
  readonly #remotes: Remotes;
  readonly #notifier: Notifier;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #probeMs: DurationMs;
  /** By remote, then by what the operator is told to do. */
  readonly #troubles = new Map<Remote, Map<string, Trouble>>();
  /** Which door an order stood before when it was turned back, so that it need not walk all the way to it again. */
  readonly #turnedBack = new Map<OrderId, { readonly remote: Remote; readonly door: Door }>();
  readonly #answeredAt = new Map<Remote, Instant>();

  constructor(options: {
    readonly remotes: Remotes;
    readonly notifier: Notifier;
    readonly clock: Clock;
    readonly log: Log;
    /** How long a door stays closed between two probes. */
    readonly probeMs: DurationMs;
  }) {
    this.#remotes = options.remotes;
    this.#notifier = options.notifier;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#probeMs = options.probeMs;
  }

  /** `null`: go on. Else when to come back. A caller that is let through a closed door is the probe. */
  enter(remote: Remote, door: Door): Instant | null {
    const until = this.#closedUntil(remote, door);
    if (until !== null) {
      return until;
    }
    for (const trouble of this.#inTheWay(remote, door)) {
      trouble.until = this.#clock.now() + this.#probeMs;
    }
    return null;
  }

  /** The order has to wait for this door. */
  turnBack(orderId: OrderId, remote: Remote, door: Door): void {
    this.#turnedBack.set(orderId, { remote, door });
  }

  /** When to come back, for an order whose door is still closed; `null`: it may go and see. Nobody becomes the probe by asking. */
  stillClosed(orderId: OrderId): Instant | null {
    const waited = this.#turnedBack.get(orderId);
    const until = waited === undefined ? null : this.#closedUntil(waited.remote, waited.door);
    if (until === null) {
      this.#turnedBack.delete(orderId);
    }
    return until;
  }

  /** Whether the remote let anybody in during the last minute: then a failure may be about one order alone. */
  hasAnsweredLately(remote: Remote): boolean {
    const at = this.#answeredAt.get(remote);
    const ageMs = at === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() - at;
    return ageMs >= 0 && ageMs < LATELY_MS;
  }

  /** The remote refused us at this door. Gives the time of the next probe. */
  async refused(error: RemoteError, door: Door): Promise<Instant> {
    const now = this.#clock.now();
    const until = now + this.#probeMs;
    const remedy = error.remedy ?? "check the credential and its permissions: shipbot config show";
    const troubles = this.#troubles.get(error.remote) ?? new Map<string, Trouble>();
    this.#troubles.set(error.remote, troubles);
    const known = troubles.get(remedy);
    troubles.set(remedy, { doors: new Set(known?.doors).add(door), until });
    // The message is not compared: it may carry the id of the request.
    await this.#remotes.set(error.remote, { state: "refused", message: error.message, remedy, at: now });
    if (known === undefined) {
      await this.#notifier.raise({ key: error.remote, message: error.message, remedy, since: now });
    }
    return until;
  }

  /** No answer, or one that makes no sense. */
  async unreachable(error: RemoteError): Promise<void> {
    const at = this.#clock.now();
    const isNews = await this.#remotes.set(error.remote, {
      state: "unreachable",
      message: error.message,
      remedy: null,
      at,
    });
    if (isNews) {
      this.#log.warn("remote unreachable", { remote: error.remote, operation: error.operation, error: error.message });
    }
  }

  /** It let us in at this door. Cheap: call it after every success. */
  async answered(remote: Remote, door: Door): Promise<void> {
    this.#answeredAt.set(remote, this.#clock.now());
    const troubles = this.#troubles.get(remote);
    const had = troubles?.size ?? 0;
    for (const [remedy, { doors }] of troubles ?? []) {
      if (doors.has(door)) {
        troubles?.delete(remedy);
      }
    }
    if ((troubles?.size ?? 0) > 0) {
      return;
    }
    const at = this.#clock.now();
    const isNews = await this.#remotes.set(remote, { state: "ok", message: null, remedy: null, at });
    if (isNews || had > 0) {
      await this.#notifier.resolve(remote, at);
    }
  }

  /** The call failed at this door, and not because we were refused. */
  async failed(error: RemoteError, door: Door): Promise<void> {
    if (ANSWERS.has(error.kind)) {
      await this.answered(error.remote, door);
    } else {
      this.leftOpen(error.remote, door);
    }
  }

  /** Nothing was learned at this door: whoever comes next is the probe. */
  leftOpen(remote: Remote, door: Door): void {
    for (const trouble of this.#inTheWay(remote, door)) {
      trouble.until = Math.min(trouble.until, this.#clock.now());
    }
  }

  #inTheWay(remote: Remote, door: Door): readonly Trouble[] {
    const troubles = [...(this.#troubles.get(remote)?.values() ?? [])];
    return troubles.filter(({ doors }) => doors.has(door) || doors.has(READ));
  }

  #closedUntil(remote: Remote, door: Door): Instant | null {
    const now = this.#clock.now();
    // A clock that jumped back must not keep a door closed for longer than one interval.
    const waits = this.#inTheWay(remote, door)
      .map(({ until }) => until)
      .filter((until) => until > now && until - now <= this.#probeMs);
    return waits.length > 0 ? Math.max(...waits) : null;
  }
}
