/** Reads settings from environment and flags: texts with their origin. Empty variables count as not set, as in shells and compose files. */
import { resolve } from "node:path";
import { findSetting, SECRETS, SETTINGS, type SettingDefinition } from "./catalog.ts";
import type { KeyedProblem } from "./problems.ts";
import { suggestWord } from "./suggest.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface WrittenText {
  readonly text: string;
  readonly source: { readonly kind: "flag" | "env"; readonly name: string };
}

export interface EnvironmentTexts {
  readonly texts: ReadonlyMap<string, WrittenText>;
  /** Every credential that was met, also refused ones: none may show up in a message. */
  readonly secrets: readonly string[];
  readonly problems: readonly KeyedProblem[];
}

/** A credential file is one line; what is larger is the wrong file. */
const SECRET_FILE_CHARACTERS_MAX = 65_536;

/** A flag wins over the variable of the same setting. `readFile` may throw: that is a problem, not an error. */
export function readTexts(
  env: Environment,
  flags: Environment,
  cwd: string,
  readFile: (path: string) => string,
): EnvironmentTexts {
  const texts = new Map<string, WrittenText>();
  const problems: KeyedProblem[] = [...findSlips(env)];
  for (const setting of SETTINGS) {
    const written = setting.secret ? readSecret(setting, env, cwd, readFile) : readVariable(setting, env);
    if (written !== null && "message" in written) {
      problems.push(written);
    } else if (written !== null) {
      texts.set(setting.key, written);
    }
  }
  for (const [name, text] of Object.entries(flags)) {
    if (text === undefined) {
      continue;
    }
    const setting = findSetting(name);
    if (setting === null || setting.secret) {
      problems.push(refuseFlag(name, setting));
    } else {
      texts.set(setting.key, { text, source: { kind: "flag", name: toFlag(name) } });
    }
  }
  const secrets = SECRETS.flatMap((setting) => texts.get(setting.key)?.text ?? []).concat(
    SECRETS.flatMap((setting) => env[setting.env] ?? []),
    Object.entries(flags).flatMap(([name, text]) => (findSetting(name)?.secret === true ? (text ?? []) : [])),
  );
  return { texts, secrets: secrets.flatMap((secret) => [secret, ...secret.split(",")]), problems };
}

function readVariable(setting: SettingDefinition, env: Environment): WrittenText | KeyedProblem | null {
  const text = env[setting.env];
  if (text === undefined || text.trim() === "") {
    return null;
  }
  return checkQuotes(setting, text) ?? { text: text.trim(), source: { kind: "env", name: setting.env } };
}

function readSecret(
  setting: SettingDefinition,
  env: Environment,
  cwd: string,
  readFile: (path: string) => string,
): WrittenText | KeyedProblem | null {
  const fileVariable = `${setting.env}_FILE`;
  const path = env[fileVariable];
  if (path === undefined || path.trim() === "") {
    return readVariable(setting, env);
  }
  const refuse = (message: string): KeyedProblem => ({
    key: setting.key,
    setting: fileVariable,
    env: fileVariable,
    value: null,
    message,
    position: null,
  });
  if ((env[setting.env] ?? "").trim() !== "") {
    return refuse(`is set, and so is ${setting.env}: keep one of them`);
  }
  let text: string;
  try {
    text = readFile(resolve(cwd, path));
  } catch (error) {
    return refuse(`names a file that cannot be read (${errorCode(error)})`);
  }
  if (text.length > SECRET_FILE_CHARACTERS_MAX) {
    return refuse("names a file that is too large for a credential");
  }
  // Editors and `echo` end a file with a newline that is no part of the credential.
  const secret = text.replace(/[\r\n]+$/, "");
  return secret === "" ? refuse("names an empty file") : { text: secret, source: { kind: "env", name: fileVariable } };
}

/** Docker keeps the quotes of an env file, shells remove them (jef/streetmerchant#1059). */
function checkQuotes(setting: SettingDefinition, text: string): KeyedProblem | null {
  return setting.form !== "json" && /^\s*(["']).*\1\s*$/.test(text)
    ? {
        key: setting.key,
        setting: setting.env,
        env: setting.env,
        value: null,
        message: "is in quotes that are part of the value (Docker keeps them in env files): remove them",
        position: null,
      }
    : null;
}

/**
 * A misspelt `SHIPBOT_…` would be ignored without a word. Only near misses count, because others set variables that begin
 * the same: Kubernetes does for a service called shipbot (`SHIPBOT_PORT=tcp://10.0.0.1:3000`).
 */
function findSlips(env: Environment): readonly KeyedProblem[] {
  const known = SETTINGS.map((setting) => setting.env).filter((name) => name.startsWith("SHIPBOT_"));
  return Object.entries(env).flatMap(([name, value]) => {
    if (!name.startsWith("SHIPBOT_") || known.includes(name) || value === undefined || value.startsWith("tcp://")) {
      return [];
    }
    // `SHIPBOT_LOG_LEVEL` is called LOG_LEVEL here.
    const near = findSetting(name)?.env ?? suggestVariable(name, known);
    const message = `is no setting: did you mean ${near}?`;
    return near === null ? [] : [{ key: null, setting: name, env: name, value: null, message, position: null }];
  });
}

function suggestVariable(name: string, known: readonly string[]): string | null {
  const withoutPrefix = (variable: string) => variable.slice("SHIPBOT_".length);
  const near = suggestWord(withoutPrefix(name), known.map(withoutPrefix));
  return near === null ? null : `SHIPBOT_${near}`;
}

function refuseFlag(name: string, setting: SettingDefinition | null): KeyedProblem {
  const near =
    setting === null
      ? suggestWord(
          name,
          SETTINGS.map((known) => known.key),
        )
      : null;
  return {
    key: setting?.key ?? null,
    setting: toFlag(name),
    env: setting?.env ?? null,
    value: null,
    message:
      setting === null
        ? `is no setting${near === null ? "" : `: did you mean ${near}?`}`
        : `is secret, and others can read command lines: set ${setting.env} or ${setting.env}_FILE in the environment`,
    position: null,
  };
}

function toFlag(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2").replaceAll(/[._]/g, "-");
  return `--${words.replace(/^--/, "").toLowerCase()}`;
}

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unreadable";
}
