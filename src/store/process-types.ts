/**
 * What the store says about the processes that work, how far their polls have read, how the remotes do and what is wrong
 * with the installation. `operations.ts` and `alarms.ts` keep it.
 */
import type { Instant } from "../core/time.ts";
import type { Alarm } from "../ports/notifier.ts";

export interface Instance {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  readonly version: string;
  readonly startedAt: Instant;
  readonly heartbeatAt: Instant;
}

export interface Instances {
  register(instance: Omit<Instance, "heartbeatAt">): Promise<void>;
  /** `false` when somebody removed it as stale: register again. */
  heartbeat(id: string, at: Instant): Promise<boolean>;
  remove(id: string): Promise<void>;
  list(): Promise<readonly Instance[]>;
}

export interface Cursors {
  get(name: string): Promise<string | null>;
  set(name: string, value: string, at: Instant): Promise<void>;
  /** Sets it; `true` when it had another value before. Of several callers with one value one gets `true`. */
  advance(name: string, value: string, at: Instant): Promise<boolean>;
}

export interface RemoteState {
  readonly state: "ok" | "refused" | "unreachable";
  readonly message: string | null;
  readonly remedy: string | null;
  readonly at: Instant;
}

export interface StoredRemoteState extends RemoteState {
  readonly remote: string;
  /** Since when it is in this state. */
  readonly since: Instant;
}

export interface Remotes {
  /**
   * `true` when that is news: another state than before (nothing known counts as `ok`), or refused with another message.
   * One alarm per `true`. Cheap to call after every request: the same news is written every ten seconds at most.
   */
  set(remote: string, state: RemoteState): Promise<boolean>;
  list(): Promise<readonly StoredRemoteState[]>;
}

/** One row per kind of alarm that stands. */
export interface Alarms {
  /** `true` when it did not stand, or stood with another message. One that stands keeps its `since`. */
  raise(alarm: Alarm): Promise<boolean>;
  /** `false` when none of that kind stood. */
  resolve(key: string): Promise<boolean>;
  /** By kind. */
  list(): Promise<readonly Alarm[]>;
}
