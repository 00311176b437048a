/**
 * The simulation that runs now. The bundle replaces better-sqlite3, `setImmediate` and ofetch by things that reach for it
 * here, because the program reaches for those as globals or modules.
 */
import type { Engine } from "../engine.ts";
import type { Life } from "../life.ts";

export interface Simulation {
  readonly engine: Engine;
  /** Whose database is being opened; set before it. */
  readonly opener: Life | null;
  /** Whether somebody else holds the database's write lock now. */
  isLocked(): boolean;
  /** A webhook arrives at the given address. */
  post(url: string, init: { readonly headers: unknown; readonly body: string }): Promise<PostedAnswer>;
}

export interface PostedAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly body: { cancel(): Promise<void> };
  arrayBuffer(): Promise<ArrayBuffer>;
}

let running: Simulation | null = null;

export function simulation(): Simulation {
  if (running === null) {
    throw new Error("no simulation runs");
  }
  return running;
}

export function setSimulation(next: Simulation | null): void {
  running = next;
}
