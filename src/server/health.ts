/** From what is known about the parts to one verdict. Pure. */
import type { DurationMs, Instant } from "../core/time.ts";
import type { StoredRemoteState } from "../store/process-types.ts";

export type HealthStatus = "healthy" | "degraded" | "unhealthy";

export interface HealthFacts {
  readonly isDatabaseWritable: boolean;
  /** As the store has them; a remote that is not listed has given no reason for worry. */
  readonly remotes: readonly Pick<StoredRemoteState, "remote" | "state" | "since">[];
  /** Whether the loop that works on orders turns. */
  readonly isLoopAlive: boolean;
  /** `live`, `shadow` or `ramp 25%`. */
  readonly mode: string;
  readonly version: string;
  readonly startedAt: Instant;
  readonly now: Instant;
}

export interface HealthProblem {
  readonly part: string;
  readonly state: "unwritable" | "stalled" | "refused" | "unreachable";
  /** `null` where nobody wrote down when it began. */
  readonly since: Instant | null;
}

/** What `GET /health` answers. Anybody who reaches the port may read it: no messages, no addresses. */
export interface HealthReport {
  readonly status: HealthStatus;
  readonly services: { readonly database: boolean; readonly shopify: boolean; readonly shipping: boolean };
  /** Why it is not healthy, worst first. */
  readonly problems: readonly HealthProblem[];
  readonly mode: string;
  readonly version: string;
  readonly uptimeSeconds: number;
}

/**
 * `unhealthy`: this process does not do its work, restarting or mending it may help. `degraded`: it works, and waits for
 * a remote; taking it out of service would lose webhooks and mend nothing.
 */
export function judgeHealth(facts: HealthFacts): HealthReport {
  const remoteProblems = facts.remotes.flatMap(({ remote, state, since }): HealthProblem[] =>
    state === "ok" ? [] : [{ part: remote, state, since }],
  );
  const ownProblems: HealthProblem[] = [];
  if (!facts.isDatabaseWritable) {
    ownProblems.push({ part: "database", state: "unwritable", since: null });
  }
  if (!facts.isLoopAlive) {
    ownProblems.push({ part: "daemon", state: "stalled", since: null });
  }
  const uptimeMs: DurationMs = Math.max(0, facts.now - facts.startedAt);
  return {
    status: ownProblems.length > 0 ? "unhealthy" : remoteProblems.length > 0 ? "degraded" : "healthy",
    services: {
      database: facts.isDatabaseWritable,
      shopify: !remoteProblems.some(({ part }) => part === "shopify"),
      shipping: !remoteProblems.some(({ part }) => part === "shipping"),
    },
    problems: [...ownProblems, ...remoteProblems],
    mode: facts.mode,
    version: facts.version,
    uptimeSeconds: Math.floor(uptimeMs / 1_000),
  };
}
