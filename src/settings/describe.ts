/** Data for `config show` and `config check`: each setting with its value and its origin; no secret ever. Nothing is printed here. */
import { join, resolve } from "node:path";
import type { SettingsProblem } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import { SETTINGS, type SettingDefinition, settingAt, writeValue } from "./catalog.ts";
import { valueAt } from "./config-file.ts";
import { type Gathered, gatherSettings, type SettingsInput } from "./gather.ts";
import { defaultLogFormat, findProblems, type Need } from "./load.ts";
import { showable } from "./redact.ts";
import type { LocalSettings, Settings } from "./types.ts";

export interface SettingDescription {
  readonly key: string;
  readonly env: string;
  readonly doc: string;
  readonly secret: boolean;
  /** As written; `[secret]` for what is secret, `(not set)` for what has neither value nor default. */
  readonly value: string;
  readonly source: SettingSource;
}

export type SettingSource =
  | { readonly kind: "flag"; readonly name: string }
  /** The variable, or `NAME_FILE` where the value came from that file. */
  | { readonly kind: "env"; readonly name: string }
  /** `position` is `shipbot.yaml:3:10`. */
  | { readonly kind: "file"; readonly position: string }
  | { readonly kind: "default" };

export interface SettingsReport {
  readonly settings: readonly SettingDescription[];
  readonly problems: readonly SettingsProblem[];
  /** Absolute; `null` when no config file was read. */
  readonly configPath: string | null;
}

/** Every setting, also beside problems: a bad value is shown as it was written. Never throws for bad settings. */
export function describeSettings(input: SettingsInput & { readonly need?: Need }): SettingsReport {
  const gathered = gatherSettings(input);
  return {
    settings: SETTINGS.map((setting) => describeSetting(setting, gathered, input.cwd)),
    problems: findProblems(gathered, input.cwd, input.need ?? "all"),
    configPath: gathered.file.path,
  };
}

function describeSetting(setting: SettingDefinition, gathered: Gathered, cwd: string): SettingDescription {
  const { key, env, doc, secret } = setting;
  const hidden = gathered.environment.secrets;
  const written = gathered.environment.texts.get(key);
  if (written !== undefined) {
    return { key, env, doc, secret, value: showText(setting, written.text, hidden), source: written.source };
  }
  const position = setting.inFile ? gathered.file.positionOf(key) : null;
  if (position !== null) {
    const value = writeValue(valueAt(gathered.file.value, key.split("."))) || "(none)";
    return { key, env, doc, secret, value: showable(value, hidden), source: { kind: "file", position } };
  }
  return {
    key,
    env,
    doc,
    secret,
    value: effectiveDefault(setting, gathered, cwd) || "(not set)",
    source: { kind: "default" },
  };
}

/** What holds now, where the documentation has to say "in the data folder" or "depends". */
function effectiveDefault(setting: SettingDefinition, gathered: Gathered, cwd: string): string {
  const { texts, problems } = gathered.environment;
  const dataDir = resolve(cwd, texts.get("data_dir")?.text ?? settingAt("data_dir").defaultText);
  switch (setting.key) {
    case "config":
      return gathered.file.path ?? "";
    case "data_dir":
      return dataDir;
    case "database.url":
      return `sqlite:${join(dataDir, "shipbot.db")}`;
    case "log.format":
      return defaultLogFormat(texts.get("node_env")?.text);
    case "shopify.webhook_secret":
      return texts.has("shopify.client_secret") ? setting.defaultText : "";
    default:
      // A credential whose file cannot be read is set, although there is no value.
      return problems.some((problem) => problem.key === setting.key) ? "(unusable)" : setting.defaultText;
  }
}

function showText(setting: SettingDefinition, text: string, hidden: readonly string[]): string {
  // Paths are worth seeing, and in `sqlite:` there is no password.
  if (setting.key === "database.url" && text.startsWith("sqlite:")) {
    return showable(text, []);
  }
  if (setting.secret) {
    return "[secret]";
  }
  return setting.form === "json" ? "(given)" : showable(text, hidden);
}

/** Every secret in the settings, for the log's last line of defence; with a password that stands in `database.url`. */
export function listSecrets(settings: LocalSettings | Settings): readonly Secret[] {
  const password = readPassword(settings.database.url);
  const redisPassword = settings.redisUrl === null ? null : readPassword(settings.redisUrl.reveal());
  const secrets = [settings.redisUrl, password, redisPassword].filter((secret) => secret !== null);
  if (!("shopify" in settings)) {
    return secrets;
  }
  const { shopify, shipping } = settings;
  return [
    ...secrets,
    shopify.auth.kind === "token" ? shopify.auth.token : shopify.auth.clientSecret,
    ...shopify.webhookSecrets,
    shipping.apiKey,
    ...(shipping.webhookSecret === null ? [] : [shipping.webhookSecret]),
  ];
}

function readPassword(url: string): Secret | null {
  const password = URL.canParse(url) ? new URL(url).password : "";
  return password === "" ? null : new Secret(decodePercent(password));
}

/** As the database gets it; a lone `%` stays as it is. */
function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
