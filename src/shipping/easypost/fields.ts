/**
 * Reading answers that may hold anything. A field that is absent or of another type is `null`, never an error: only what
 * is needed is asked for, so a new field, a new word or a number sent as text cannot spoil an answer about money.
 */

export type Fields = Readonly<Record<string, unknown>>;

export function asFields(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

export function fieldsAt(parent: Fields, name: string): Fields | null {
  return asFields(parent[name]);
}

/** The objects of a list; entries of other types are left out. */
export function listAt(parent: Fields, name: string): readonly Fields[] {
  const value = parent[name];
  return Array.isArray(value) ? value.map(asFields).filter((entry) => entry !== null) : [];
}

/** A text with something in it. */
export function textAt(parent: Fields, name: string): string | null {
  const value = parent[name];
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** A decimal as text, whether it was sent as `"6.07"` (as documented) or as `6.07`. */
export function decimalAt(parent: Fields, name: string): string | null {
  const value = parent[name];
  return typeof value === "number" && Number.isFinite(value) ? String(value) : textAt(parent, name);
}

export function numberAt(parent: Fields, name: string): number | null {
  const value = parent[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
