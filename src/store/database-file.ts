/** Where a database lies, by its URL as the settings give it. Loads nothing of the database. */

export const MEMORY = ":memory:";

/** The path of a `sqlite:` URL, or `:memory:`; `null` for a server, and for what names no file. */
export function sqliteLocation(url: string): string | null {
  const path = url.startsWith("sqlite:") ? url.slice("sqlite:".length).replace(/^\/\//, "") : "";
  return path === "" ? null : path;
}

/** The file of a database that is one; `null` for one in memory, and for a server. */
export function databaseFile(url: string): string | null {
  const location = sqliteLocation(url);
  return location === MEMORY ? null : location;
}
