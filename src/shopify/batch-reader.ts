/**
 * Reads of single things, put together into one request. Shopify charges `nodes(ids:)` like one node however many ids it
 * gets (facts of 2026-11-22, measured to 8), so that a request of eight orders costs an eighth each.
 *
 *   asked ──end of this turn of the event loop, and no batch under way──► sent ──answer──► each caller has its own
 *
 * While a batch is under way, newcomers gather for the next one, unless they fill one already: then it goes at once. A
 * caller never joins a batch that was sent before it asked, because it may have written in between. A batch that fails in
 * a way that one bad member can cause is read again one by one, so that it fails alone. Nothing is kept afterwards.
 */
import { setImmediate } from "node:timers";

interface Asked<T> {
  readonly id: string;
  resolve(value: T | null): void;
  reject(error: unknown): void;
}

/** `read` gives the values in the order of the ids; each id occurs once. Its failure is every caller's failure. */
export function createBatchReader<T>(options: {
  readonly read: (ids: readonly string[]) => Promise<readonly (T | null)[]>;
  readonly sizeMax: number;
  /** Whether a failure may be the fault of one of several ids. */
  readonly mayBeOneOf: (error: unknown) => boolean;
}): (id: string) => Promise<T | null> {
  const { read, sizeMax, mayBeOneOf } = options;
  let gathered: Asked<T>[] = [];
  let underWay = 0;
  let scheduled = false;

  async function readAlone(id: string, callers: readonly Asked<T>[]): Promise<void> {
    try {
      const values = await read([id]);
      settle(callers, values[0] ?? null);
    } catch (error) {
      fail(callers, error);
    }
  }

  async function send(batch: ReadonlyMap<string, readonly Asked<T>[]>): Promise<void> {
    const ids = [...batch.keys()];
    try {
      const values = await read(ids);
      for (const [index, id] of ids.entries()) {
        settle(batch.get(id) ?? [], values[index] ?? null);
      }
    } catch (error) {
      if (ids.length === 1 || !mayBeOneOf(error)) {
        fail([...batch.values()].flat(), error);
        return;
      }
      for (const id of ids) {
        await readAlone(id, batch.get(id) ?? []);
      }
    }
  }

  function dispatch(): void {
    scheduled = false;
    while (gathered.length > 0) {
      const { batch, rest } = takeBatch(gathered, sizeMax);
      if (underWay > 0 && batch.size < sizeMax) {
        return;
      }
      gathered = rest;
      underWay += 1;
      void send(batch).finally(() => {
        underWay -= 1;
        dispatch();
      });
    }
  }

  return (id) =>
    new Promise((resolve, reject) => {
      gathered.push({ id, resolve, reject });
      if (!scheduled) {
        scheduled = true;
        setImmediate(dispatch);
      }
    });
}

function takeBatch<T>(
  gathered: readonly Asked<T>[],
  sizeMax: number,
): { readonly batch: Map<string, Asked<T>[]>; readonly rest: Asked<T>[] } {
  const batch = new Map<string, Asked<T>[]>();
  const rest: Asked<T>[] = [];
  for (const asked of gathered) {
    const callers = batch.get(asked.id);
    if (callers !== undefined) {
      callers.push(asked);
    } else if (batch.size < sizeMax) {
      batch.set(asked.id, [asked]);
    } else {
      rest.push(asked);
    }
  }
  return { batch, rest };
}

function settle<T>(callers: readonly Asked<T>[], value: T | null): void {
  for (const caller of callers) {
    caller.resolve(value);
  }
}

function fail<T>(callers: readonly Asked<T>[], error: unknown): void {
  for (const caller of callers) {
    caller.reject(error);
  }
}
