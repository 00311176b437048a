/** Reading request bodies leniently: what is absent, empty or of another type is `null`, as the API treats it. */
import { ApiRefusal } from "./errors.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** The body as an object; an empty body is an empty object. Throws `ApiRefusal` 400 when it is not JSON. */
export function parseBody(body: Buffer): JsonObject {
  if (body.length === 0) {
    return {};
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    throw new ApiRefusal(400, "BAD_REQUEST", "The request body is not valid JSON.");
  }
  return asObject(parsed) ?? {};
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function objectAt(parent: JsonObject, key: string): JsonObject | null {
  return asObject(parent[key]);
}

export function listAt(parent: JsonObject, key: string): readonly unknown[] {
  const value = parent[key];
  return Array.isArray(value) ? value : [];
}

/** The objects of a list; what is none is left out. */
export function objectsAt(parent: JsonObject, key: string): readonly JsonObject[] {
  return listAt(parent, key).flatMap((entry) => {
    const object = asObject(entry);
    return object === null ? [] : [object];
  });
}

/** A text that is not empty, else `null`: the API stores `""` as null. Numbers (a zip, say) are taken as text. */
export function textAt(parent: JsonObject, key: string): string | null {
  const value = parent[key];
  if (typeof value === "number") {
    return String(value);
  }
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** A finite number, also when sent as text: `"15.4"`. */
export function numberAt(parent: JsonObject, key: string): number | null {
  const value = parent[key];
  const parsed = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : null;
}

/** `true` for true, 1 and "true". */
export function flagAt(parent: JsonObject, key: string): boolean {
  const value = parent[key];
  return value === true || value === 1 || value === "true";
}
