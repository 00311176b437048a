/**
 * Shopify's connections. A cursor names the last object and its sort value, not a position: an object that is touched
 * while a client pages through moves to the end and is seen again, and none is skipped (recorded cursors).
 */
import { GraphQLError } from "graphql";
import { numberOf } from "./ids.ts";

/** Shopify's maximum of `first` (usage/pagination-graphql, read 2026-11-22). */
const PAGE_MAX = 250;

export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly reverse?: boolean | null;
}

export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface Row<Item> {
  readonly item: Item;
  readonly id: bigint;
  readonly value: bigint;
}

/**
 * One page of `items` in the order of `value`, then id. Throws Shopify's error when `first` is missing, too large or the
 * cursor is not one.
 */
export function connect<Item extends { readonly id: string }, Node>(
  items: readonly Item[],
  page: PageArguments,
  value: (item: Item) => bigint,
  view: (item: Item) => Node,
): Connection<Node> {
  const { first } = page;
  if (first === undefined || first === null) {
    throw badRequest("you must provide one of first or last");
  }
  if (first < 0 || first > PAGE_MAX) {
    throw badRequest(`first cannot exceed ${PAGE_MAX}`);
  }
  const sign = page.reverse ? -1 : 1;
  const rows: Row<Item>[] = items.map((item) => ({ item, id: numberOf(item.id), value: value(item) }));
  rows.sort((a, b) => sign * compare(a, b));
  const last = readCursor(page.after ?? null);
  const rest = last === null ? rows : rows.filter((row) => sign * compare(row, last) > 0);
  const edges = rest.slice(0, first).map((row) => ({ cursor: writeCursor(row), node: view(row.item) }));
  return {
    nodes: edges.map((edge) => edge.node),
    edges,
    pageInfo: { hasNextPage: rest.length > first, endCursor: edges.at(-1)?.cursor ?? null },
  };
}

interface Position {
  readonly id: bigint;
  readonly value: bigint;
}

function compare(a: Position, b: Position): number {
  if (a.value !== b.value) {
    return a.value < b.value ? -1 : 1;
  }
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

function writeCursor(position: Position): string {
  return Buffer.from(`{"last_id":${position.id},"last_value":${position.value}}`).toString("base64");
}

function readCursor(cursor: string | null): Position | null {
  if (cursor === null) {
    return null;
  }
  const match = /^\{"last_id":(\d+),"last_value":(\d+)\}$/.exec(Buffer.from(cursor, "base64").toString());
  if (match === null) {
    throw badRequest("Invalid cursor for current pagination sort.");
  }
  return { id: BigInt(match[1] ?? 0), value: BigInt(match[2] ?? 0) };
}

export function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST" } });
}
