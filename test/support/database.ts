/**
 * A database of its own for every test, in a folder that goes with it. The stores opened here are closed after the test;
 * a database file that somebody else still has open then fails the test.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Instant } from "../../src/core/time.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { openStore } from "../../src/store/store.ts";
import type { Store } from "../../src/store/types.ts";

/** Says what the test tells it to say. Sleeping is real and short: it only happens while another process has the lock. */
export class TestClock implements Clock {
  #now: Instant;

  constructor(now: Instant = 1_000_000) {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  advance(durationMs: number): Instant {
    this.#now += durationMs;
    return this.#now;
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, durationMs));
  }
}

export interface TestDatabases {
  /** A folder that is removed after the test. */
  folder(): string;
  /** The address of a database file that is not there yet. */
  fileUrl(): string;
  /** Closed after the test; a test may close it before. */
  open(options?: { readonly url?: string; readonly shopId?: string; readonly clock?: Clock }): Promise<Store>;
}

/** Call it at the top of a test file. */
export function useDatabases(): TestDatabases {
  const folders: string[] = [];
  const open = new Set<Store>();

  afterEach(async () => {
    for (const store of open) {
      await store.close();
    }
    open.clear();
    const leaked: string[] = [];
    for (const folder of folders.splice(0)) {
      // SQLite removes these with the last connection: while they are there, somebody still has the file open.
      leaked.push(...["test.db-wal", "test.db-shm"].filter((name) => existsSync(join(folder, name))));
      rmSync(folder, { recursive: true, force: true });
    }
    if (leaked.length > 0) {
      throw new Error(`A database is still open after the test: ${leaked.join(", ")}.`);
    }
  });

  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), "shipbot-test-"));
    folders.push(path);
    return path;
  }
  return {
    folder,
    fileUrl: () => `sqlite:${join(folder(), "test.db")}`,
    async open({ url = "sqlite::memory:", shopId = "shop-1", clock = new TestClock() } = {}) {
      const store = await openStore({ url, shopId, clock });
      open.add(store);
      return store;
    },
  };
}
