/** The settings as one flat list, read off the schemas: for loading from the environment, for documents and `config show`. */
import { z } from "zod";
import { environmentSchema } from "./environment-schema.ts";
import { configFileSchema } from "./schema.ts";
import { type Form, settingFacts } from "./setting-facts.ts";

export interface SettingDefinition {
  /** Path in the config file (`poll.orders`), or the name that `config show` uses for what is not in it. */
  readonly key: string;
  readonly env: string;
  readonly inFile: boolean;
  readonly secret: boolean;
  readonly form: Form;
  readonly doc: string;
  /** As it would be written; `null` when nothing holds by default. */
  readonly defaultValue: unknown;
  readonly defaultText: string;
  readonly required: string | null;
  readonly example: string | null;
  readonly schema: z.ZodType;
}

/** A group of settings in the config file, such as `poll`. */
export interface Section {
  readonly key: string;
  readonly doc: string;
}

const fileEntries = collect(configFileSchema, "");

/** In the order of the schema: the config file first. */
export const SETTINGS: readonly SettingDefinition[] = [
  ...fileEntries.filter((entry) => "schema" in entry),
  ...Object.entries(environmentSchema.shape).map(([key, schema]) => define(key, schema, false)),
];

export const SECTIONS: readonly Section[] = fileEntries.filter((entry) => !("schema" in entry));

export const SECRETS: readonly SettingDefinition[] = SETTINGS.filter((setting) => setting.secret);

/** Settings that commands without any call to the outside do without. */
export function isRemote(key: string): boolean {
  return key.startsWith("shopify.") || key.startsWith("shipping.");
}

const BY_NAME: ReadonlyMap<string, SettingDefinition> = new Map(
  SETTINGS.flatMap((setting) => [
    [plainName(setting.key), setting],
    [plainName(setting.env), setting],
  ]),
);

/**
 * Finds a setting by any spelling of its key or env name: `pollOrders`, `poll-orders`, `SHIPBOT_POLL_ORDERS`. Used for
 * flags, and for telling where something belongs that was found in the wrong place.
 */
export function findSetting(name: string): SettingDefinition | null {
  return BY_NAME.get(plainName(name)) ?? null;
}

/** The setting of exactly this key. Throws for a key that is none: keys come from the schemas. */
export function settingAt(key: string): SettingDefinition {
  const setting = SETTINGS.find((candidate) => candidate.key === key);
  if (setting === undefined) {
    throw new TypeError(`${key} is no setting`);
  }
  return setting;
}

function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^--/, "")
    .replaceAll(/[^a-z0-9]/g, "")
    .replace(/^shipbot/, "");
}

function collect(schema: z.ZodType, path: string): readonly (SettingDefinition | Section)[] {
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  if (!(inner instanceof z.ZodObject)) {
    return [define(path, schema, true)];
  }
  const entries = Object.entries(inner.shape).flatMap(([key, child]) =>
    child instanceof z.ZodType ? collect(child, path === "" ? key : `${path}.${key}`) : [],
  );
  return path === "" ? entries : [{ key: path, doc: settingFacts.get(schema)?.doc ?? "" }, ...entries];
}

function define(key: string, schema: z.ZodType, inFile: boolean): SettingDefinition {
  const facts = settingFacts.get(schema);
  if (facts === undefined) {
    throw new TypeError(`${key} has no line of documentation`);
  }
  const defaultValue: unknown = schema instanceof z.ZodPrefault ? schema.def.defaultValue : null;
  return {
    key,
    env: facts.env ?? `SHIPBOT_${key.toUpperCase().replaceAll(".", "_")}`,
    inFile,
    secret: facts.secret ?? false,
    form: facts.form ?? "text",
    doc: facts.doc,
    defaultValue,
    defaultText: facts.defaultText ?? writeValue(defaultValue),
    required: facts.required ?? null,
    example: facts.example ?? null,
    schema,
  };
}

/** A value as it would be written in an environment variable; the empty text for nothing. */
export function writeValue(value: unknown): string {
  if (value === null || value === undefined) {
    return "";
  }
  if (Array.isArray(value)) {
    return value.some((entry) => typeof entry === "object") ? `${value.length} given` : value.join(", ");
  }
  return typeof value === "object" ? Object.keys(value).join(", ") : String(value);
}
