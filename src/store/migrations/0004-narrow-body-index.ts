/**
 * A narrower index for repeats of a body: the first digits of its hash instead of shop, source and the whole hash. Hashes
 * fall anywhere in an index, so each message writes a page of its own; a third of the size is a third of those pages in a
 * busy hour, and fewer check-points, which are what makes answers slow. The few rows that share the digits are compared
 * in full.
 */
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

export const NARROW_BODY_INDEX: Migration = {
  name: "0004-narrow-body-index",
  async up(db) {
    await sql`drop index inbox_by_body`.execute(db);
    await sql`create index inbox_by_body on inbox (substr(body_hash, 1, 8), received_at)`.execute(db);
  },
};
