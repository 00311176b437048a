/**
 * Shopify's search index as a client sees it: whatever has a `query:` argument is answered from documents that are a
 * little older than the database, while reads by id are not. Every change is recorded with its time and becomes visible
 * after the lag.
 */
import type { DurationMs, Instant } from "../../core/time.ts";
import type { Clock } from "../../ports/clock.ts";

/** What an object looks like to a search. */
export interface SearchDocument {
  readonly id: string;
  /** Instants by search field. */
  readonly times: Readonly<Record<string, Instant>>;
  /** Words by search field; a field matches when any of its words does. */
  readonly texts: Readonly<Record<string, readonly string[]>>;
  /** Fields that match word by word instead of as a whole. */
  readonly tokenised: readonly string[];
}

interface Version {
  readonly visibleAt: Instant;
  readonly document: SearchDocument;
}

export class SearchIndex {
  readonly #clock: Clock;
  readonly #lagMs: DurationMs;
  /** Oldest first; all but the last are on their way out. */
  readonly #versions = new Map<string, Version[]>();

  constructor(clock: Clock, lagMs: DurationMs) {
    this.#clock = clock;
    this.#lagMs = lagMs;
  }

  record(id: string, changedAt: Instant, document: SearchDocument): void {
    const versions = this.#versions.get(id) ?? [];
    versions.push({ visibleAt: changedAt + this.#lagMs, document });
    this.#versions.set(id, versions);
  }

  /** The documents that a search sees now. */
  visible(): SearchDocument[] {
    const now = this.#clock.now();
    const documents: SearchDocument[] = [];
    for (const versions of this.#versions.values()) {
      while (versions.length > 1 && (versions[1]?.visibleAt ?? Number.POSITIVE_INFINITY) <= now) {
        versions.shift();
      }
      const oldest = versions[0];
      if (oldest !== undefined && oldest.visibleAt <= now) {
        documents.push(oldest.document);
      }
    }
    return documents;
  }
}
