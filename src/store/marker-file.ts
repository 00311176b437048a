/**
 * The marker beside the database: how far the database that ran here last had come. It lies outside of the file, because a
 * database that is replaced by an older copy cannot tell so itself. Removing it costs a round of looking at the provider.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { formatInstant, type Instant, parseInstant } from "../core/time.ts";

export interface Marker {
  /** `DatabaseGeneration.id`; empty when nothing ran here before a backup was put in place. */
  readonly generation: string;
  readonly mark: number;
  /** Set by `shipbot restore`: the next to open the database begins a generation of its own. */
  readonly restored: { readonly takenAt: Instant | null } | null;
}

export function markerPath(databaseFile: string): string {
  return `${databaseFile}.generation`;
}

/** By shop; empty when there is none, or none that can be read: then nothing is known, and everything is verified. */
export function readMarkers(databaseFile: string): ReadonlyMap<string, Marker> {
  try {
    const document: unknown = JSON.parse(readFileSync(markerPath(databaseFile), "utf8"));
    const shops = isFields(document) && isFields(document["shops"]) ? document["shops"] : {};
    return new Map(
      Object.entries(shops).flatMap(([shop, entry]) => {
        const marker = toMarker(entry);
        return marker === null ? [] : [[shop, marker] as const];
      }),
    );
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error && error.code === "ENOENT")) {
      return new Map();
    }
    throw error;
  }
}

/**
 * Replaces the file durably; other shops keep their entries. Call it with the database's write lock held, or where no
 * other process can work (a restore): that is what keeps two of them from writing in each other's way. Throws what the file system throws.
 */
export function writeMarker(databaseFile: string, shopId: string, marker: Marker): void {
  const shops = new Map(readMarkers(databaseFile)).set(shopId, marker);
  const document = {
    about: "How far the database beside this file has come, for noticing an older copy of it. Leave it here.",
    version: 1,
    shops: Object.fromEntries([...shops].map(([shop, entry]) => [shop, toEntry(entry)])),
  };
  const path = markerPath(databaseFile);
  const partial = `${path}.partial`;
  const file = openSync(partial, "w", 0o600);
  try {
    writeSync(file, `${JSON.stringify(document, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(partial, path);
  // The name too, so that the marker is never older than what was sent, also after a loss of power.
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function toEntry({ generation, mark, restored }: Marker): unknown {
  const takenAt = restored === null || restored.takenAt === null ? null : formatInstant(restored.takenAt);
  return { generation, mark, ...(restored !== null && { restored: { takenAt } }) };
}

function toMarker(entry: unknown): Marker | null {
  if (!isFields(entry)) {
    return null;
  }
  const { generation, mark, restored } = entry;
  if (typeof generation !== "string" || typeof mark !== "number") {
    return null;
  }
  const takenAt = isFields(restored) && typeof restored["takenAt"] === "string" ? restored["takenAt"] : null;
  return { generation, mark, restored: isFields(restored) ? { takenAt: parseInstant(takenAt) } : null };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
