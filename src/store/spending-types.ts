/** What a run asks the store about money that was spent. `spending.ts` answers it. */
import type { Windows } from "../core/spending.ts";

/** What the guards want to know; the rest is not asked for. */
export interface SpendingQuery {
  readonly windows: Windows;
  /** Whether hour and day are summed at all. */
  readonly counts: boolean;
  /** Labels ever bought are counted up to this. */
  readonly firstLabels: number;
  readonly installation: boolean;
}
