/** Moves an effect on by its answer, with a line in the order's timeline. Each is one commit. */
import type { Failure } from "../core/failure.ts";
import { journal, type Run } from "./run.ts";

export async function settleRefused(run: Run, key: string, kind: string, failure: Failure): Promise<void> {
  await journal(
    run,
    kind,
    failure.message,
    (tx, at) => tx.settleEffect(key, "refused", { kind: failure.kind, message: failure.message }, at),
    { effect: key, code: failure.code },
  );
}

export async function settleUnknown(run: Run, key: string, kind: string, failure: Failure): Promise<void> {
  await journal(
    run,
    kind,
    `${failure.message}; not sent again, looking it up`,
    (tx, at) => tx.settleEffect(key, "unknown", { kind: failure.kind, message: failure.message }, at),
    { effect: key },
  );
}

export async function settleAbsent(run: Run, key: string, kind: string): Promise<void> {
  await journal(
    run,
    kind,
    "looked up: it did not happen",
    (tx, at) => tx.settleEffect(key, "absent", { kind: "not_executed", message: "not found when looked up" }, at),
    { effect: key },
  );
}
