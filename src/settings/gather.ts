/**
 * Brings together what flags, environment, config file and defaults say: flag > environment > config file > default.
 * Nothing is thrown here: problems are collected, so that all can be told at once and `config show` works beside them.
 */
import { readFileSync } from "node:fs";
import { SETTINGS, type SettingDefinition } from "./catalog.ts";
import { type ConfigFileContent, readConfigFile, valueAt } from "./config-file.ts";
import { type Environment, type EnvironmentTexts, readTexts, type WrittenText } from "./environment.ts";
import { describeIssue, type KeyedProblem } from "./problems.ts";
import { showable } from "./redact.ts";

export interface SettingsInput {
  readonly env: Environment;
  /** By any spelling of the setting: `{ port: "0", pollOrders: "5s" }`. `undefined`: not given. */
  readonly flags?: Environment;
  /** What `--config` said. */
  readonly configPath?: string | undefined;
  /** Absolute; paths in settings are relative to it. */
  readonly cwd: string;
  /** For tests. Throws as `readFileSync` does. */
  readonly readFile?: (path: string) => string;
}

export interface Gathered {
  readonly environment: EnvironmentTexts;
  readonly file: ConfigFileContent;
  /** What flags and environment say, in the types of the schema; only what the schema takes. */
  readonly given: ReadonlyMap<string, unknown>;
  readonly problems: readonly KeyedProblem[];
}

export function gatherSettings(input: SettingsInput): Gathered {
  const readFile = input.readFile ?? ((path: string) => readFileSync(path, "utf8"));
  const flags = { ...input.flags, ...(input.configPath === undefined ? {} : { config: input.configPath }) };
  const environment = readTexts(input.env, flags, input.cwd, readFile);
  const named = environment.texts.get("config") ?? null;
  const file = readConfigFile(named, input.cwd, readFile, environment.secrets);
  const given = new Map<string, unknown>();
  const problems: KeyedProblem[] = [];
  for (const setting of SETTINGS) {
    const written = environment.texts.get(setting.key);
    if (written === undefined) {
      continue;
    }
    const value = understand(setting, written.text);
    const refused = checkValue(setting, written, value, environment.secrets);
    if (refused.length === 0) {
      given.set(setting.key, value);
    }
    problems.push(...refused);
  }
  return { environment, file, given, problems: [...file.problems, ...environment.problems, ...problems] };
}

/** The config file with what flags and environment say in its place. Whatever they replace is gone. */
export function overlayFile(gathered: Gathered): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = structuredClone({ ...gathered.file.value });
  for (const [key, value] of gathered.given) {
    const setting = SETTINGS.find((candidate) => candidate.key === key && candidate.inFile);
    if (setting === undefined) {
      continue;
    }
    const [first = key, second] = key.split(".");
    if (second === undefined) {
      merged[first] = value;
    } else {
      const group = valueAt(merged, [first]);
      merged[first] = { ...(typeof group === "object" ? group : {}), [second]: value };
    }
  }
  return merged;
}

/** Environment variables are text; the schema wants lists, numbers and switches. What does not fit stays text. */
function understand(setting: SettingDefinition, text: string): unknown {
  switch (setting.form) {
    case "list":
      return text
        .split(",")
        .map((entry) => entry.trim())
        .filter((entry) => entry !== "");
    case "number":
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case "switch":
      return text === "true" ? true : text === "false" ? false : text;
    case "json":
      return readJson(text);
    case "text":
      return text;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function checkValue(
  setting: SettingDefinition,
  written: WrittenText,
  value: unknown,
  secrets: readonly string[],
): readonly KeyedProblem[] {
  const parsed = setting.schema.safeParse(value);
  const isJson = setting.form === "json";
  const prefix = isJson ? setting.key.split(".") : [];
  return (parsed.error?.issues ?? []).flatMap((issue) =>
    describeIssue({ ...issue, path: [...prefix, ...issue.path] }, (path) =>
      valueAt(value, path.slice(prefix.length)),
    ).map((text) => ({
      key: setting.key,
      setting: [written.source.name, ...(isJson ? text.path.slice(prefix.length) : [])]
        .map((step) => showable(String(step), secrets))
        .join("."),
      env: setting.env,
      value: setting.secret || isJson ? null : showable(entryText(value, text.path) ?? written.text, secrets),
      message: isJson && typeof value === "string" ? "is not JSON" : text.message,
      position: null,
    })),
  );
}

function entryText(value: unknown, path: readonly PropertyKey[]): string | null {
  const entry = path.length === 0 ? null : valueAt(value, path);
  return typeof entry === "string" ? entry : null;
}
