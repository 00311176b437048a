/** What the fuzzer can be aimed at. */
import type { Chance } from "./chance.ts";

export interface FuzzCase {
  readonly index: number;
  readonly chance: Chance;
}

export interface FuzzFailure {
  readonly index: number;
  /** One line: what was promised and what happened. */
  readonly what: string;
  /** What was sent or read. */
  readonly payload: Buffer;
}

export interface FuzzTarget {
  readonly name: string;
  /** Of a thousand payloads. */
  readonly share: number;
  /** Cases that are handed over together. */
  readonly batch: number;
  open(): Promise<OpenTarget>;
}

export interface OpenTarget {
  /** Gives the failures only. An exception counts as a failure of the whole batch. */
  run(cases: readonly FuzzCase[]): Promise<readonly FuzzFailure[]>;
  /** What only shows at the end. */
  close(): Promise<readonly string[]>;
}

/** A target that is a function of a payload: its failures are cut down to less. */
export interface PureTarget<Context> {
  readonly name: string;
  readonly share: number;
  make(chance: Chance): { readonly context: Context; readonly bytes: Buffer };
  /** What is wrong, in one line; `null` when nothing is. An exception is wrong, too. */
  judge(context: Context, bytes: Buffer): string | null | Promise<string | null>;
}

export function pureTarget<Context>(pure: PureTarget<Context>): FuzzTarget {
  return {
    name: pure.name,
    share: pure.share,
    batch: 64,
    open: async () => ({
      async run(cases) {
        const failures: FuzzFailure[] = [];
        for (const { index, chance } of cases) {
          const { context, bytes } = pure.make(chance);
          const judge = (candidate: Buffer) => judgeSafely(() => pure.judge(context, candidate));
          const what = await judge(bytes);
          if (what !== null) {
            const note = `${what} (${JSON.stringify(context)?.slice(0, 200)})`;
            failures.push({
              index,
              what: note,
              payload: await shrink(bytes, async (less) => (await judge(less)) === what),
            });
          }
        }
        return failures;
      },
      close: async () => [],
    }),
  };
}

/** What went wrong, an exception included. */
export async function judgeSafely(judge: () => string | null | Promise<string | null>): Promise<string | null> {
  try {
    return await judge();
  } catch (error) {
    const place = error instanceof Error ? (/\bsrc\/[\w/.-]+:\d+/.exec(error.stack ?? "")?.[0] ?? "") : "";
    return `threw ${error instanceof Error ? `${error.name}: ${error.message.slice(0, 120)}` : String(error)} at ${place}`;
  }
}

const SHRINK_TRIES_MAX = 400;
const SHRINK_MS_MAX = 5_000;

/** Leaves out pieces, halves first, as long as the same thing goes wrong. */
async function shrink(bytes: Buffer, stillFails: (less: Buffer) => Promise<boolean>): Promise<Buffer> {
  let smallest = bytes;
  const endsAt = performance.now() + SHRINK_MS_MAX;
  let tries = 0;
  for (let size = Math.ceil(bytes.length / 2); size >= 1 && tries < SHRINK_TRIES_MAX; size = Math.floor(size / 2)) {
    for (let start = 0; start < smallest.length && tries < SHRINK_TRIES_MAX && performance.now() < endsAt; tries += 1) {
      const less = Buffer.concat([smallest.subarray(0, start), smallest.subarray(start + size)]);
      if (await stillFails(less)) {
        smallest = less;
      } else {
        start += size;
      }
    }
  }
  return smallest;
}
