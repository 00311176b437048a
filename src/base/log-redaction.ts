/**
 * The last line of defence of the log: known secrets are replaced wherever they turn up, and text from outside cannot
 * drive a terminal or grow without bound. It does not excuse callers from keeping both out (P9).
 */
import { stripVTControlCharacters } from "node:util";
import type { LogFields } from "./log.ts";
import { hideSecrets, type Secret } from "./secret.ts";

/** A value is an id, a code or one sentence. */
export const VALUE_CHARACTERS_MAX = 1_000;
/** journald cuts lines at 48 KB and tools choke earlier; escaping may double this (systemd LineMax, read 2026-11-22). */
export const FIELDS_CHARACTERS_MAX = 8_000;

export type CleanFields = Readonly<Record<string, string | number | boolean | null>>;

export interface Cleaner {
  text(value: string): string;
  fields(fields: LogFields): CleanFields;
}

/** Never throws, whatever callers pass against the types. */
export function createCleaner(secrets: readonly Secret[]): Cleaner {
  const values = new Set(secrets.map((secret) => secret.reveal()).filter((value) => value !== ""));
  const text = (value: string): string => {
    const oneLine = stripVTControlCharacters(value)
      .replaceAll(/\s+/gu, " ")
      .replaceAll(/[\p{Cc}\p{Cf}]/gu, "");
    const clean = values.has(oneLine) ? "[secret]" : hideSecrets(oneLine);
    return clean.length > VALUE_CHARACTERS_MAX ? `${clean.slice(0, VALUE_CHARACTERS_MAX)}…` : clean;
  };
  return { text, fields: (fields) => cleanFields(fields, text) };
}

function cleanFields(fields: LogFields, text: (value: string) => string): CleanFields {
  const clean: Record<string, string | number | boolean | null> = {};
  let characters = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) {
      continue;
    }
    const cleanValue = cleanScalar(value, text);
    characters += name.length + String(cleanValue).length;
    if (characters > FIELDS_CHARACTERS_MAX) {
      clean["cut"] = true;
      break;
    }
    clean[isReserved(name) ? `${name}_` : text(name)] = cleanValue;
  }
  return clean;
}

/** What a line says of itself: a field may not forge it. */
function isReserved(name: string): boolean {
  return name === "at" || name === "level" || name === "message";
}

function cleanScalar(value: unknown, text: (value: string) => string): string | number | boolean | null {
  if (value === null || typeof value === "boolean") {
    return value;
  }
  if (typeof value === "number") {
    // A secret of digits alone is one too.
    return Number.isFinite(value) && text(String(value)) === String(value) ? value : text(String(value));
  }
  // Objects could hold anything, and one that arrives here breaks the type already.
  return typeof value === "string" ? text(value) : `[${typeof value}]`;
}
