/** What a benchmark gives: figures beside their budgets, or the reason why there are none. Never a made-up number. */

export interface BenchLine {
  readonly what: string;
  /** As a person reads it: `9.4 ×`. */
  readonly measured: string;
  /** What the figure was made from, the comparison of the same run included. */
  readonly detail: string;
  readonly budget: string;
  readonly holds: boolean;
  /** The bare figure, for scripts. */
  readonly value: number;
}

export interface BenchRow {
  /** For `--only`. */
  readonly name: string;
  /** The lines that it gives, for when it cannot be measured. */
  readonly budgets: readonly { readonly what: string; readonly budget: string }[];
  /** Throws `NotMeasured`. `say` takes a line of progress. */
  measure(say: (line: string) => void): Promise<readonly BenchLine[]>;
}

/** A part is missing. The message completes "not measured: ". */
export class NotMeasured extends Error {
  override readonly name = "NotMeasured";
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that is not exceeded by `share` of all. Throws when there is none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) {
    throw new NotMeasured("there was nothing to measure");
  }
  return value;
}

/** Three digits at most: more would be noise. */
export function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(value >= 10 ? 3 : 2);
}
