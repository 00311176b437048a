/**
 * Writes what is said about the settings outside the code: the JSON Schema and the example of the config file, and
 * docs/settings.md. `node config/build/settings-docs.ts`; a test holds the three against the schema.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { SECTIONS, SETTINGS, type SettingDefinition } from "../../src/settings/catalog.ts";
import { configFileSchema } from "../../src/settings/schema.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** The files by their path in the project. Same code, same text. */
export function writeSettingsFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["config/shipbot.schema.json", writeJsonSchema()],
    ["config/shipbot.example.yaml", writeExample()],
    ["docs/settings.md", writeDocument()],
  ]);
}

function writeJsonSchema(): string {
  const schema = z.toJSONSchema(configFileSchema, { io: "input", target: "draft-7" });
  return `${JSON.stringify({ ...schema, title: "shipbot.yaml" }, null, 2)}\n`;
}

function writeExample(): string {
  const lines = [
    "# yaml-language-server: $schema=./shipbot.schema.json",
    "# $schema: ./shipbot.schema.json",
    "#",
    "# Every setting of the config file with its default. Copy what you change to shipbot.yaml; nothing here is needed.",
    "# Credentials and addresses of shop and provider are set in the environment: see docs/settings.md.",
  ];
  for (const setting of fileSettings()) {
    const [group = "", name] = setting.key.split(".");
    const section = SECTIONS.find((candidate) => candidate.key === group);
    const indent = name === undefined ? "" : "  ";
    if (section !== undefined && !lines.includes(`${group}:`)) {
      lines.push("", `# ${section.doc}`, `${group}:`);
    } else if (section === undefined) {
      lines.push("");
    }
    lines.push(
      `${indent}# ${setting.doc} (${setting.env})`,
      `${indent}${name ?? group}: ${writeYaml(setting.defaultValue)}`,
    );
    if (setting.example !== null) {
      lines.push(
        `${indent}# Instead of ${writeYaml(setting.defaultValue)}, for example:`,
        ...setting.example.split("\n").map((line) => `${indent}#   ${line}`),
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

function writeYaml(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 }).trim();
}

function writeDocument(): string {
  return `${[
    "# Settings",
    "",
    "Made by `node config/build/settings-docs.ts` from `schema.ts` and `environment-schema.ts` in `src/settings`: change it there.",
    "",
    "A flag wins over the environment, the environment over the config file, the config file over the default.",
    "`shipbot config show` tells what holds and where it came from; `shipbot config check` lists every problem at once.",
    "",
    "A variable that is empty counts as not set. Secrets are taken from the environment only: from `NAME`, or from the",
    "file whose path is in `NAME_FILE` (newlines at its end are dropped). Both at once is a problem, and so is a secret in",
    "the config file or on the command line.",
    "",
    "## Environment",
    "",
    ...writeTable(
      ["variable", "meaning", "default", "secret"],
      SETTINGS.filter((setting) => !setting.inFile).map((setting) => [
        `\`${setting.env}\``,
        setting.doc,
        writeDefault(setting),
        setting.secret ? `yes; or \`${setting.env}_FILE\`` : "",
      ]),
    ),
    "",
    "## Config file",
    "",
    "YAML, `./shipbot.yaml` unless `SHIPBOT_CONFIG` or `--config` names another. Every key has a variable too: lists are",
    "separated by commas there, and `SHIPBOT_SHIP_FROM` is JSON that replaces all senders of the file.",
    "A running daemon takes a changed file by itself, or on SIGHUP: everything but `poll`, `resync`, `check_webhooks`,",
    "`prune`, `concurrency`, `retention` and `backup`, which it names as needing a restart, as it does the environment. A file",
    "with mistakes changes nothing: the policy from before goes on, and `shipbot status` says what is wrong and on which line.",
    "`config/shipbot.example.yaml` shows every key, `config/shipbot.schema.json` is its JSON Schema.",
    "",
    ...writeTable(
      ["key", "meaning", "default", "variable"],
      fileSettings().map((setting) => [`\`${setting.key}\``, setting.doc, writeDefault(setting), `\`${setting.env}\``]),
    ),
  ].join("\n")}\n`;
}

function fileSettings(): readonly SettingDefinition[] {
  return SETTINGS.filter((setting) => setting.inFile);
}

function writeDefault(setting: SettingDefinition): string {
  if (setting.required !== null) {
    return setting.required;
  }
  return setting.defaultValue === null ? setting.defaultText : `\`${writeYaml(setting.defaultValue)}\``;
}

function writeTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

if (import.meta.main) {
  for (const [path, text] of writeSettingsFiles()) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
}
