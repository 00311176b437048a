/** What the actions of one round share, and how an action ends. */

import { AssertionError, type Remote, RemoteError } from "../base/errors.ts";
import type { DecisionInput } from "../core/decision.ts";
import type { Failure } from "../core/failure.ts";
import type { ShipmentRecord } from "../core/shipment.ts";
import type { Instant } from "../core/time.ts";
import type { FencedWriter, Lease } from "../store/types.ts";
import type { ReconcileContext } from "./context.ts";

export interface Run {
  readonly context: ReconcileContext;
  readonly lease: Lease;
  /** The world as it was read for this round. */
  readonly input: DecisionInput;
}

/**
 * `again`: the world changed, look anew. `rest`: nothing more to do now. `wait`: come back, with or without counting it as
 * a failure. `answered`: whether the other side let us in; a lost answer does not tell.
 */
export type Ending =
  | { readonly kind: "again"; readonly answered: boolean }
  | { readonly kind: "rest" }
  | { readonly kind: "wait"; readonly until: Instant; readonly failure: Failure | null };

export const AGAIN: Ending = { kind: "again", answered: true };
/** The answer was lost: the next round looks it up. */
export const UNANSWERED: Ending = { kind: "again", answered: false };
export const REST: Ending = { kind: "rest" };

/** One fenced transaction that also leaves a line in the order's timeline. */
export async function journal(
  run: Run,
  kind: string,
  message: string,
  write: (tx: FencedWriter, at: Instant) => Promise<void>,
  data: Readonly<Record<string, string | number | boolean | null>> = {},
): Promise<void> {
  const at = run.context.clock.now();
  await run.context.store.fenced(run.lease, async (tx) => {
    await write(tx, at);
    await tx.addTimeline({ at, kind, message, data });
  });
  run.context.log.info(kind, { order: run.input.order.name, ...data });
}

/** The record as it was read for this round. */
export function shipmentOf(run: Run, shipmentId: string): ShipmentRecord {
  const shipment = run.input.record.shipments.find((candidate) => candidate.id === shipmentId);
  if (shipment === undefined) {
    throw new AssertionError(`shipment ${shipmentId} was decided on and is not in the record`);
  }
  return shipment;
}

/** A refusal that is not about this order, as the error it would have been on a read: the run's catch knows what to do. */
export function failureToError(remote: Remote, operation: string, failure: Failure): RemoteError {
  return new RemoteError({
    remote,
    operation,
    kind: failure.kind,
    message: failure.message,
    code: failure.code,
    retryAt: failure.retryAt,
    remedy: failure.remedy,
  });
}

/** `null`: the other side does not know the object. */
export async function unlessMissing<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "missing") {
      return null;
    }
    throw error;
  }
}
