/**
 * Where alarms go: one per cause, not one per order. Raising the same key again while it stands changes nothing but its
 * last time; resolving one that does not stand does nothing.
 */
import type { Instant } from "../core/time.ts";

export interface Alarm {
  /** What it is about, e.g. `shopify` or `shipping`; the key under which it is raised and resolved. */
  readonly key: string;
  /** One line what. */
  readonly message: string;
  /** One line what to do. */
  readonly remedy: string;
  readonly since: Instant;
}

export interface Notifier {
  raise(alarm: Alarm): Promise<void>;
  resolve(key: string, at: Instant): Promise<void>;
}
