/** What a setting is besides its type: its line of documentation, its names, and whether it is secret. */
import { z } from "zod";
import type { Parsed } from "./parsed.ts";

/** How a setting is written in an environment variable, where everything is text. */
export type Form = "text" | "list" | "number" | "switch" | "json";

export interface SettingFacts {
  /** One sentence for the documentation; for a group of settings too. */
  readonly doc: string;
  readonly form?: Form;
  /** Where it differs from `SHIPBOT_` and the path. */
  readonly env?: string;
  /** Its value is never shown, and may stand in a file named by `<env>_FILE`. */
  readonly secret?: boolean;
  /** What holds when it is not set, where no fixed value says it. */
  readonly defaultText?: string;
  /** Said in the documentation of a setting that must be given. */
  readonly required?: string;
  /** An entry for the example file, where the default is empty. */
  readonly example?: string;
}

export const settingFacts = z.registry<SettingFacts>();

/** Gives a schema its facts: without them it is no setting. */
export function setting<T extends z.ZodType>(schema: T, facts: SettingFacts): T {
  const described = schema.describe(facts.doc);
  settingFacts.add(described, facts);
  return described;
}

/** Text that one of our readers understands; its problem becomes the message. */
export function text<T>(read: (text: string) => Parsed<T>, numberProblem?: string) {
  const written = z.string({ error: (issue) => (typeof issue.input === "number" ? numberProblem : undefined) });
  return written.transform((value, context) => {
    const parsed = read(value);
    if ("problem" in parsed) {
      context.addIssue({ code: "custom", message: parsed.problem });
      return z.NEVER;
    }
    return parsed.value;
  });
}
