/** Runs so many payloads over the targets, by their shares, and tells what failed. */
import { Chance } from "./chance.ts";
import { type FuzzCase, type FuzzFailure, type FuzzTarget, judgeSafely } from "./target.ts";

export interface CampaignOptions {
  /** All there are: they decide which case is whose. */
  readonly targets: readonly FuzzTarget[];
  /** Only these; default: all. */
  readonly names?: readonly string[];
  readonly seed: number;
  /** How many, of those targets. */
  readonly payloads: number;
  /** Only this case. */
  readonly only?: number;
  /** After each target. */
  readonly tell?: (report: TargetReport) => void;
}

export interface TargetReport {
  readonly target: string;
  readonly payloads: number;
  readonly failures: readonly FuzzFailure[];
  /** What showed at its end. */
  readonly faults: readonly string[];
  readonly elapsedMs: number;
}

/** A target that fails more often than this has one fault, told often enough. */
const FAILURES_MAX = 50;

/** Which target case `index` belongs to: the same for every number of payloads. */
export function targetOf(targets: readonly FuzzTarget[], index: number): FuzzTarget | undefined {
  const total = targets.reduce((sum, { share }) => sum + share, 0);
  // A step that is prime to the total: neighbours go to different targets.
  let place = (index * 617) % total;
  return targets.find(({ share }) => {
    place -= share;
    return place < 0;
  });
}

export async function runCampaign(options: CampaignOptions): Promise<readonly TargetReport[]> {
  const { targets, names, seed, payloads, only } = options;
  const isWanted = (target: FuzzTarget): boolean => names?.includes(target.name) ?? true;
  const byTarget = new Map<FuzzTarget, number[]>(targets.filter(isWanted).map((target) => [target, []]));
  let left = only === undefined && byTarget.size > 0 ? payloads : 1;
  for (let index = only ?? 0; left > 0; index += 1) {
    const target = targetOf(targets, index);
    const indexes = target === undefined ? undefined : byTarget.get(target);
    if (indexes !== undefined) {
      indexes.push(index);
      left -= 1;
    } else if (only !== undefined) {
      break;
    }
  }
  const reports: TargetReport[] = [];
  for (const [target, indexes] of [...byTarget].filter(([, own]) => own.length > 0)) {
    const report = await runTarget(target, seed, indexes);
    reports.push(report);
    options.tell?.(report);
  }
  return reports;
}

async function runTarget(target: FuzzTarget, seed: number, indexes: readonly number[]): Promise<TargetReport> {
  const startedAt = performance.now();
  const failures: FuzzFailure[] = [];
  let payloads = 0;
  const opened = await target.open();
  const faults: string[] = [];
  try {
    for (let next = 0; next < indexes.length && failures.length < FAILURES_MAX; next += target.batch) {
      const cases = indexes
        .slice(next, next + target.batch)
        .map((index): FuzzCase => ({ index, chance: Chance.of(seed, index) }));
      const broke = await judgeSafely(async () => {
        failures.push(...(await opened.run(cases)));
        return null;
      });
      payloads += cases.length;
      if (broke !== null) {
        failures.push({ index: cases[0]?.index ?? 0, what: `the batch from here ${broke}`, payload: Buffer.alloc(0) });
      }
    }
  } finally {
    faults.push(...(await opened.close()));
  }
  return { target: target.name, payloads, failures, faults, elapsedMs: performance.now() - startedAt };
}
