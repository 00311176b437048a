/** Which backups are kept. Pure. */
import { DAY_MS, type Instant } from "./time.ts";

export interface BackupPolicy {
  /** Days of which the newest backup is kept. */
  readonly keepDaily: number;
  /** Weeks, from Monday, of which the newest backup is kept. */
  readonly keepWeekly: number;
}

/** Thursday, 1970-01-01, was the fourth day of its week. */
const DAYS_BEFORE_EPOCH = 3;

/**
 * Those to keep: all of the last 24 hours, among them the one that somebody took before an upgrade, and of each of the last
 * days and weeks that have a backup the newest one. Days and weeks are those of UTC.
 * The newest of all is always among them, and a machine that was off for a month loses none for that.
 */
export function backupsToKeep(takenAt: readonly Instant[], policy: BackupPolicy, now: Instant): ReadonlySet<Instant> {
  const newestFirst = [...takenAt].sort((a, b) => b - a);
  const dayOf = (at: Instant): number => Math.floor(at / DAY_MS);
  const weekOf = (at: Instant): number => Math.floor((dayOf(at) + DAYS_BEFORE_EPOCH) / 7);
  return new Set([
    ...newestFirst.slice(0, 1),
    ...newestFirst.filter((at) => now - at < DAY_MS),
    ...newestOfEach(newestFirst, dayOf).slice(0, policy.keepDaily),
    ...newestOfEach(newestFirst, weekOf).slice(0, policy.keepWeekly),
  ]);
}

function newestOfEach(newestFirst: readonly Instant[], bucketOf: (at: Instant) => number): readonly Instant[] {
  return newestFirst.filter((at, index) => index === 0 || bucketOf(at) !== bucketOf(newestFirst[index - 1] ?? at));
}
