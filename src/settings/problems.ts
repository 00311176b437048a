/** Turns what a schema refused into sentences that follow the setting's name and value: `poll.orders "30 sec" is no duration: …`. */
import type { z } from "zod";
import type { SettingsProblem } from "../base/errors.ts";
import { findSetting, SETTINGS } from "./catalog.ts";
import { ADDRESS_FIELDS } from "./schema.ts";
import { ruleKeysAt } from "./sections/rules.ts";
import { suggestWord } from "./suggest.ts";

/** A problem, and whose it is: commands without calls to the outside ignore those of remote settings. */
export interface KeyedProblem extends SettingsProblem {
  readonly key: string | null;
}

/** What one issue of the schema says about one setting. */
export interface IssueText {
  readonly path: readonly PropertyKey[];
  readonly unknownKey: boolean;
  readonly message: string;
}

/** One issue can be about several unknown keys. `read` gives the refused value at a path, for "did you mean". */
export function describeIssue(
  issue: z.core.$ZodIssue,
  read: (path: readonly PropertyKey[]) => unknown,
): readonly IssueText[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.flatMap((key) => {
      const path = [...issue.path, key];
      return describeUnknown(path, read(path));
    });
  }
  if (issue.code === "invalid_union") {
    // Of the forms that it may have, the one that was meant: that which finds fault with a part and not with the whole.
    const meant = issue.errors.find(
      (issues) =>
        !issues.some(({ code, path }) => path.length === 0 && (code === "invalid_type" || code === "invalid_union")),
    );
    if (meant !== undefined) {
      return meant.flatMap((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, read));
    }
  }
  return [
    { path: issue.path, unknownKey: issue.code === "invalid_key", message: describeValue(issue, read(issue.path)) },
  ];
}

function describeValue(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      // Where the schema has words of its own, they know more.
      return issue.message.startsWith("Invalid input") ? describeType(issue.expected, value) : issue.message;
    case "too_small":
      return describeBound("at least", Number(issue.minimum), issue.origin);
    case "too_big":
      return describeBound("at most", Number(issue.maximum), issue.origin);
    case "invalid_value": {
      const words = issue.values.map(String);
      const near = typeof value === "string" ? suggestWord(value, words) : null;
      const known = words.length === 1 ? words[0] : `one of ${words.join(", ")}`;
      return near === null ? `must be ${known}` : `must be ${known}: did you mean ${near}?`;
    }
    case "invalid_key":
      return issue.issues[0]?.message ?? "is no key here";
    default:
      return issue.message;
  }
}

function describeType(expected: string, value: unknown): string {
  if (value === undefined) {
    return "is missing";
  }
  if (value === null) {
    return "has no value";
  }
  switch (expected) {
    case "string":
      return typeof value === "object" ? "must be text" : 'must be text: put it in quotes, "…"';
    case "boolean":
      return "must be true or false";
    case "int":
      return "must be a whole number";
    case "number":
      return "must be a number without a unit";
    case "array":
      return "must be a list, such as [one, two]";
    default:
      return "must be a group of settings, one on each line below it";
  }
}

function describeBound(which: "at least" | "at most", bound: number, origin: string): string {
  if (origin === "string") {
    return which === "at least" && bound === 1 ? "must not be empty" : `must have ${which} ${bound} characters`;
  }
  if (origin === "array") {
    return `must have ${which} ${bound} ${bound === 1 ? "entry" : "entries"}`;
  }
  return `must be ${which} ${bound}`;
}

/** A key that the file does not take: a slip, a setting of the environment, or a credential that must not stand there. */
function describeUnknown(path: readonly PropertyKey[], value: unknown): readonly IssueText[] {
  const key = path.map(String).join(".");
  const known = ruleKeysAt(path);
  if (known !== null) {
    return [{ path, unknownKey: true, message: describeRuleKey(String(path.at(-1)), known) }];
  }
  const setting = findSetting(key);
  if (
    setting === null &&
    isGroup(value) &&
    Object.keys(value).some((child) => findSetting(`${key}.${child}`) !== null)
  ) {
    // Such as `shopify:` with settings of the environment below it: each is told where it belongs.
    return Object.entries(value).flatMap(([child, grandchild]) => describeUnknown([...path, child], grandchild));
  }
  return [{ path, unknownKey: true, message: describePlace(key, setting?.key ?? null) }];
}

function describeRuleKey(key: string, known: readonly string[]): string {
  const near = key === "then" && known.includes("do") ? "do" : suggestWord(key, known);
  return near === null ? `is no key here: ${known.join(", ")}` : `is no key here: did you mean ${near}?`;
}

function describePlace(key: string, known: string | null): string {
  const setting = SETTINGS.find((candidate) => candidate.key === known);
  if (setting === undefined) {
    return describeSlip(key);
  }
  if (setting.inFile) {
    return `is no setting: did you mean ${setting.key}?`;
  }
  return setting.secret
    ? `must not stand in this file: set ${setting.env} or ${setting.env}_FILE in the environment`
    : `is not set in this file: set ${setting.env} in the environment`;
}

function describeSlip(key: string): string {
  const field = /^ship_from\.[^.]+\.(.+)$/.exec(key)?.[1];
  if (field !== undefined) {
    const nearField = suggestWord(field, ADDRESS_FIELDS);
    return `is no field of an address${nearField === null ? "" : `: did you mean ${nearField}?`}`;
  }
  const fileKeys = SETTINGS.filter((setting) => setting.inFile).map((setting) => setting.key);
  const sections = new Set(fileKeys.flatMap((name) => (name.includes(".") ? [name.slice(0, name.indexOf("."))] : [])));
  const known = [...fileKeys, ...sections];
  const last = key.slice(key.lastIndexOf(".") + 1);
  // `tags:` at the left margin: right word, wrong place.
  const misplaced = fileKeys.filter((name) => name.endsWith(`.${last}`));
  const near = suggestWord(key, known) ?? (misplaced.length === 1 ? misplaced[0] : null) ?? null;
  return near === null ? "is no setting" : `is no setting: did you mean ${near}?`;
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One line for a screen, without the line break. */
export function formatProblem(problem: SettingsProblem): string {
  const place = problem.position === null ? "" : `${problem.position}  `;
  const value = problem.value === null ? "" : ` "${problem.value}"`;
  return `${place}${problem.setting}${value} ${problem.message}`;
}
