/** `shipbot config`: whether the settings can be used, and where each value comes from. No secret is shown. */
import { relative } from "node:path";
import type { SettingDescription, SettingsReport } from "../../settings/describe.ts";
import { formatProblem } from "../../settings/problems.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { cleanText, countOf, printTable } from "../output.ts";
import { type ConfigReport, describeAll } from "../surroundings.ts";

export type ConfigAction = "check" | "show";

export interface ConfigFlags {
  readonly json?: boolean;
}

export async function run(action: ConfigAction, flags: ConfigFlags, invocation: Invocation): Promise<ExitCode> {
  const report = describeAll(invocation);
  if (flags.json === true) {
    invocation.terminal.printJson(toJson(action, report));
  } else {
    invocation.terminal.print(action === "check" ? checkText(report, invocation) : showText(report, invocation));
  }
  for (const { position, message } of flags.json === true ? [] : report.warnings) {
    invocation.terminal.note(cleanText(`warning: ${position === null ? "" : `${position}  `}${message}`));
  }
  for (const { path, message, remedy } of flags.json === true ? [] : report.exposures) {
    invocation.terminal.note(`warning: ${message} (${cleanText(path)})\n  do: ${cleanText(remedy)}`);
  }
  return report.problems.length > 0 ? EXIT.settings : EXIT.fine;
}

function toJson(action: ConfigAction, report: ConfigReport): unknown {
  const { configPath, problems, exposures, warnings } = report;
  const settings = report.settings.map(({ key, env, secret, value, source }) => ({ key, env, secret, value, source }));
  return {
    version: 1,
    ok: problems.length === 0,
    configPath,
    problems,
    exposures,
    warnings,
    ...(action === "show" && { settings }),
  };
}

function checkText(report: SettingsReport, invocation: Invocation): readonly string[] {
  const { problems } = report;
  if (problems.length > 0) {
    return [...problems.map((problem) => cleanText(formatProblem(problem))), `${countOf(problems.length, "problem")}`];
  }
  const given = report.settings.filter((setting) => setting.source.kind !== "default").length;
  return [
    `ok: ${countOf(given, "setting")} given, ${report.settings.length - given} by default; ${fileText(report, invocation)}`,
  ];
}

function fileText({ configPath }: SettingsReport, { cwd }: Invocation): string {
  return configPath === null ? "no config file" : `config file ${shorter(configPath, cwd)}`;
}

function shorter(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short !== "" && short.length < path.length ? short : path;
}

/** What was given first, then the defaults. */
function showText(report: SettingsReport, invocation: Invocation): readonly string[] {
  const given = report.settings.filter((setting) => setting.source.kind !== "default");
  const defaults = report.settings.filter((setting) => setting.source.kind === "default");
  return [
    ...printTable(
      [{ title: "SETTING" }, { title: "VALUE" }, { title: "FROM" }],
      [...given, ...defaults].map((setting) => [setting.key, valueText(setting), sourceText(setting)]),
    ),
    fileText(report, invocation),
    ...report.problems.map(
      (problem) => `${invocation.terminal.paint("red", "FAIL")} ${cleanText(formatProblem(problem))}`,
    ),
  ];
}

function valueText({ value }: SettingDescription): string {
  return cleanText(value);
}

function sourceText({ source }: SettingDescription): string {
  switch (source.kind) {
    case "file":
      return source.position;
    case "default":
      return "default";
    default:
      return source.name;
  }
}
