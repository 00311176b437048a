/** What the store says about the processes that work, and how far their polls have read. `operations.ts` keeps it. */
import type { Instant } from "../core/time.ts";

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
