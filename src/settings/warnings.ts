/** What the settings say that is no mistake and cannot be meant, with its place in the file. */
import { findRuleWarnings } from "../core/rules/warnings.ts";
import { gatherSettings, type SettingsInput } from "./gather.ts";
import { loadSettings } from "./load.ts";

export interface SettingsWarning {
  /** `shipbot.yaml:7:9`; `null` where it was not given in a file. */
  readonly position: string | null;
  readonly message: string;
}

/** Call it only for settings without problems: throws `SettingsError` else. */
export function findWarnings(input: SettingsInput): readonly SettingsWarning[] {
  const { rules } = loadSettings({ ...input, need: "local" }).policy;
  const { file } = gatherSettings(input);
  return findRuleWarnings(rules).map(({ group, rule, message }) => ({
    position: file.positionOf(`rules.${group}.rules.${rule}.name`),
    message: `the rule "${rules[group]?.rules[rule]?.name ?? ""}" ${message}`,
  }));
}
