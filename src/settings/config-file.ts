/** Finds and reads the config file: plain values for the schema, and every mistake in it with its line. */
import { basename, isAbsolute, relative, resolve } from "node:path";
import type { z } from "zod";
import { SECTIONS, SETTINGS } from "./catalog.ts";
import { errorCode, type WrittenText } from "./environment.ts";
import { describeIssue, type KeyedProblem } from "./problems.ts";
import { showable } from "./redact.ts";
import { configFileSchema } from "./schema.ts";
import { readYaml } from "./yaml-positions.ts";

export const DEFAULT_CONFIG_FILE = "shipbot.yaml";

export interface ConfigFileContent {
  /** Absolute; `null` when there is none. */
  readonly path: string | null;
  readonly value: Readonly<Record<string, unknown>>;
  readonly problems: readonly KeyedProblem[];
  /** Where a setting stands in it: `shipbot.yaml:3:10`; `null` when it does not. */
  positionOf(key: string): string | null;
}

const NO_FILE: ConfigFileContent = { path: null, value: {}, problems: [], positionOf: () => null };

/**
 * `named` is what flag or environment say; then the file must be there. Otherwise `./shipbot.yaml` is read if it is.
 * `secrets` are kept out of the problems.
 */
export function readConfigFile(
  named: WrittenText | null,
  cwd: string,
  readFile: (path: string) => string,
  secrets: readonly string[],
): ConfigFileContent {
  const path = resolve(cwd, named?.text ?? DEFAULT_CONFIG_FILE);
  let source: string;
  try {
    source = readFile(path);
  } catch (error) {
    if (named === null && errorCode(error) === "ENOENT") {
      return NO_FILE;
    }
    return { ...NO_FILE, path, problems: [refuseFile(named, path, errorCode(error))] };
  }
  return checkContent(path, source, shortName(path, cwd), secrets);
}

function checkContent(path: string, source: string, name: string, secrets: readonly string[]): ConfigFileContent {
  const yaml = readYaml(source, name);
  const problems: KeyedProblem[] = yaml.problems.map((problem) => ({
    key: null,
    setting: showable(problem.subject, secrets),
    env: null,
    value: null,
    message: problem.message,
    position: problem.position,
  }));
  const value = dropEmptySections(yaml.value);
  if (!isGroup(value)) {
    problems.push(aboutFile(basename(path), "must hold settings, each as `name: value`", `${name}:1:1`));
    return { path, value: {}, problems, positionOf: () => null };
  }
  const parsed = configFileSchema.safeParse(value);
  let untold = 0;
  for (const whole of parsed.error?.issues ?? []) {
    const { issue, left } = withinReason(whole, problems.length);
    untold += left;
    for (const text of describeIssue(issue, (at) => valueAt(value, at))) {
      const key = settingOf(text.path.map(String).join("."));
      const written = text.unknownKey || key === "ship_from" ? null : yaml.textOf(text.path);
      problems.push({
        key: key ?? null,
        setting: showable(text.path.map(String).join("."), secrets),
        env: SETTINGS.find((setting) => setting.key === key)?.env ?? null,
        // Unknown keys may hold anything, and a sender's address is nobody's business in a log.
        value: written === null ? null : showable(written, secrets),
        message: text.message,
        position: text.unknownKey ? yaml.positionOfKey(text.path) : yaml.positionOf(text.path),
      });
    }
  }
  problems.sort(byPosition);
  if (untold > 0) {
    problems.push(aboutFile(basename(path), `has ${untold} more settings that do not exist: mend these first`, null));
  }
  return {
    path,
    value,
    problems,
    positionOf: (key) => (valueAt(value, key.split(".")) === undefined ? null : yaml.positionOf(key.split("."))),
  };
}

/** Nobody mends more at once, and each is looked up in the file and compared with all that it may have meant. */
const PROBLEMS_MAX = 100;

/** A file that is none of ours may have thousands of keys, all in one issue. */
function withinReason(
  issue: z.core.$ZodIssue,
  told: number,
): { readonly issue: z.core.$ZodIssue; readonly left: number } {
  const room = Math.max(1, PROBLEMS_MAX - told);
  return issue.code === "unrecognized_keys" && issue.keys.length > room
    ? { issue: { ...issue, keys: issue.keys.slice(0, room) }, left: issue.keys.length - room }
    : { issue, left: 0 };
}

/** `ready.tags.0` belongs to the setting `ready.tags`. */
export function settingOf(path: string): string | undefined {
  return SETTINGS.find((setting) => setting.inFile && (path === setting.key || path.startsWith(`${setting.key}.`)))
    ?.key;
}

function refuseFile(named: WrittenText | null, path: string, code: string): KeyedProblem {
  const what = code === "ENOENT" ? "is not there" : `cannot be read (${code})`;
  return {
    ...aboutFile(named?.source.name ?? basename(path), `names a config file that ${what}`, null),
    key: "config",
    env: "SHIPBOT_CONFIG",
    value: showable(named?.text ?? path, []),
  };
}

function aboutFile(setting: string, message: string, position: string | null): KeyedProblem {
  return { key: null, setting, env: null, value: null, message, position };
}

/** A group whose lines are all commented out reads as null and means the defaults. So does a file without a line. */
function dropEmptySections(value: unknown): unknown {
  if (value === null) {
    return {};
  }
  if (!isGroup(value)) {
    return value;
  }
  const groups = new Set([...SECTIONS.map((section) => section.key), "ship_from", "rules"]);
  return Object.fromEntries(Object.entries(value).filter(([key, child]) => !(child === null && groups.has(key))));
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) {
      return undefined;
    }
    current = Reflect.get(current, step);
  }
  return current;
}

/** Relative inside the working folder, as people know it; otherwise the whole path. */
function shortName(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}

function byPosition(a: KeyedProblem, b: KeyedProblem): number {
  const [lineA = 0, columnA = 0] = lineAndColumn(a.position);
  const [lineB = 0, columnB = 0] = lineAndColumn(b.position);
  return lineA - lineB || columnA - columnB;
}

function lineAndColumn(position: string | null): readonly number[] {
  return (
    /:(\d+):(\d+)$/
      .exec(position ?? "")
      ?.slice(1)
      .map(Number) ?? []
  );
}
