/** The API's paging of lists: newest first, `before_id`, `after_id`, `page_size`, and a window of time. */
import { DAY_MS, type Instant, parseInstant } from "../../core/time.ts";
import { ApiRefusal, notFound } from "./errors.ts";

/** The documented limit; more is cut to it. */
export const PAGE_SIZE_MAX = 100;
export const PAGE_SIZE_DEFAULT = 20;
/** Lists go back a month unless the caller says otherwise (@easypost/api 8.9.0, IAllMethodParameters). */
const WINDOW_MS = 31 * DAY_MS;

interface Listed {
  readonly id: string;
  readonly createdAt: Instant;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

/**
 * One page of `all`, which is in order of creation. `before_id` continues towards older ones, `after_id` takes those next
 * after it; either way the page is newest first. Throws `ApiRefusal` for an unknown id or an unreadable time.
 */
export function pageOf<T extends Listed>(all: readonly T[], query: URLSearchParams, now: Instant): Page<T> {
  const size = pageSize(query);
  const endAt = readTime(query, "end_datetime");
  const startAt = readTime(query, "start_datetime") ?? (endAt ?? now) - WINDOW_MS;
  const before = indexOf(all, query.get("before_id"));
  const after = indexOf(all, query.get("after_id"));
  const candidates = all
    .slice((after ?? -1) + 1, before ?? all.length)
    .filter((item) => item.createdAt >= startAt && (endAt === null || item.createdAt <= endAt));
  const hasMore = candidates.length > size;
  const items = after === null ? candidates.slice(-size) : candidates.slice(0, size);
  return { items: items.reverse(), hasMore };
}

function pageSize(query: URLSearchParams): number {
  const asked = Number(query.get("page_size") ?? PAGE_SIZE_DEFAULT);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, PAGE_SIZE_MAX) : PAGE_SIZE_DEFAULT;
}

function indexOf(all: readonly Listed[], id: string | null): number | null {
  if (id === null || id === "") {
    return null;
  }
  const index = all.findIndex((item) => item.id === id);
  if (index < 0) {
    throw notFound();
  }
  return index;
}

function readTime(query: URLSearchParams, name: string): Instant | null {
  const text = query.get(name);
  if (text === null || text === "") {
    return null;
  }
  const at = parseInstant(text);
  if (at === null) {
    throw new ApiRefusal(422, "DATE.PARSE.FAILURE", `${name} is not a time.`);
  }
  return at;
}
