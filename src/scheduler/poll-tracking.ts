/**
 * Asks the provider about parcels that are on their way: rarely at first, often when delivery is near. What is new is
 * appended to the parcel's history and its order is requested; telling the shop is the reconcile run's business.
 * A webhook only sets the parcel's next time to now.
 */
import { RemoteError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Policy } from "../core/policy.ts";
import { advanceTracking, currentTracking, type ShipmentRecord } from "../core/shipment.ts";
import { isTerminalTracking, type TrackingStatus } from "../core/status.ts";
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { ShippingProvider } from "../ports/shipping-provider.ts";
import type { Wake } from "../reconcile/request.ts";
import type { Store } from "../store/types.ts";
import type { Task, TaskSchedule } from "./scheduler.ts";

/** Parcels of one slice; the task goes on until none is due. */
const SLICE = 50;
/** Calls at a time: EasyPost asks for no more than a handful on lists and says nothing about single reads. */
const PARALLEL = 4;

/** How many poll intervals lie between two questions, by where the parcel is. */
const INTERVALS: Readonly<Record<TrackingStatus, number>> = {
  unknown: 4,
  pre_transit: 4,
  accepted: 4,
  in_transit: 4,
  delayed: 8,
  out_for_delivery: 1,
  attempted: 1,
  ready_for_pickup: 4,
  delivered: 0,
  returning: 0,
  failed: 0,
  cancelled: 0,
};

interface TrackingDeps {
  readonly store: Pick<Store, "shipments">;
  readonly provider: ShippingProvider;
  readonly policy: () => Policy;
  readonly clock: Clock;
  readonly log: Log;
  readonly wake: Wake;
  readonly guard: <T>(call: () => Promise<T>) => Promise<T>;
  /** The poll's own interval: the unit of `INTERVALS`. */
  readonly intervalMs: DurationMs;
}

export function pollTracking(deps: TrackingDeps, schedule: TaskSchedule): Task {
  return {
    name: "poll_tracking",
    schedule,
    async run(signal) {
      const beganAt = deps.clock.now();
      while (!signal.aborted) {
        const due = await deps.store.shipments.dueForTracking(beganAt, SLICE);
        if (due.length === 0) {
          return;
        }
        const waiting = [...due];
        const worker = async (): Promise<void> => {
          for (let id = waiting.pop(); id !== undefined && !signal.aborted; id = waiting.pop()) {
            await trackOne(deps, id, beganAt).catch((error: unknown) => passOver(deps, id, error));
          }
        };
        await Promise.all(Array.from({ length: PARALLEL }, worker));
      }
    },
  };
}

/** What is wrong with one parcel holds up no other; what is wrong with the provider ends this poll. */
function passOver(deps: TrackingDeps, id: string, error: unknown): void {
  if (!(error instanceof RemoteError) || !["missing", "malformed", "rejected"].includes(error.kind)) {
    throw error;
  }
  deps.log.warn("parcel could not be followed", { shipment: id, kind: error.kind, error: error.message });
}

async function trackOne(deps: TrackingDeps, id: string, beganAt: Instant): Promise<void> {
  const { clock, provider, store } = deps;
  const shipment = await store.shipments.get(id);
  if (shipment === null || shipment.label === null || shipment.state !== "bought") {
    await store.shipments.setNextTrackAt(id, null);
    return;
  }
  const { label } = shipment;
  // Asked again later even when this call fails, so that one parcel that the provider cannot find holds up no other.
  // Never at or before the moment this run asks for, even if the clock was set back meanwhile: it would ask for ever.
  const plannedAt = Math.max(clock.now(), beganAt) + deps.intervalMs;
  await store.shipments.setNextTrackAt(id, plannedAt);
  const reports = await deps.guard(() =>
    provider.track({ trackerId: label.trackerId, trackingNumber: label.trackingNumber, carrier: label.carrier }),
  );
  const history = advanceTracking(shipment.tracking, reports);
  const isNews = await store.shipments.recordTracking(
    id,
    history,
    nextTrackAt(deps, { ...shipment, tracking: history }),
    plannedAt,
  );
  if (isNews) {
    deps.log.info("parcel moved", { shipment: id, status: history.at(-1)?.status });
    deps.wake();
  }
}

/** When to ask again; `null` when the journey is over or nothing was heard for too long. */
function nextTrackAt(deps: TrackingDeps, shipment: ShipmentRecord): Instant | null {
  const now = deps.clock.now();
  const current = currentTracking(shipment);
  const status = current?.status ?? "unknown";
  const lastNewsAt = current?.at ?? shipment.label?.boughtAt ?? shipment.createdAt;
  if (isTerminalTracking(status) || now - lastNewsAt > deps.policy().tracking.giveUpAfterMs) {
    return null;
  }
  return now + INTERVALS[status] * deps.intervalMs;
}
