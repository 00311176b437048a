/** docs/json.md tells what the program writes: every field that comes is documented, and the examples are JSON. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../tidy/source.ts";
import { readJson, useFloor, WITHOUT_WEIGHT } from "./shop-floor.ts";

/** Facts and status counts: their keys are data. */
const OPEN = new Set(["input", "data", "facts", "decision", "decided"]);

const examples = readExamples();

/** Each fenced example under the heading above it; a second one of a section is named after its number. */
function readExamples(): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const text = readFileSync(join(ROOT, "docs", "json.md"), "utf8");
  for (const section of text.split(/^## /m).slice(1)) {
    const title = section.slice(0, section.indexOf("\n"));
    for (const [index, match] of [...section.matchAll(/^```json\n([\s\S]*?)^```$/gm)].entries()) {
      found.set(index === 0 ? title : `${title} ${index + 1}`, JSON.parse(match[1] ?? ""));
    }
  }
  return found;
}

/** `orders[].after.status`: every field that has a name, at any depth. */
function fieldsOf(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((entry) => fieldsOf(entry, `${path}[]`));
  }
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = path === "" ? name : `${path}.${name}`;
    return [field, ...(OPEN.has(name) ? [] : fieldsOf(inner, field))];
  });
}

function undocumented(title: string, document: unknown): readonly string[] {
  const documented = new Set(fieldsOf(examples.get(title)));
  return [...new Set(fieldsOf(document))].filter((field) => !documented.has(field));
}

describe("docs/json.md", () => {
  const floor = useFloor();

  it("has every top-level field of every document, and no other", async () => {
    const { run } = floor();
    floor().addOrder({ name: "#1001" });
    floor().addOrder({ name: "#1002", ...WITHOUT_WEIGHT });
    await writeFile(join(floor().folder, "denied.yaml"), 'ready: {deny: ["#1001"]}\n');
    const env = { PUBLIC_URL: "https://ship.example.com" };
    const commands: readonly (readonly [string, readonly string[]])[] = [
      ["sync, retry, hold, release, void, settle 2", ["sync", "--order", "1001", "1002", "--dry-run", "--json"]],
      ["sync, retry, hold, release, void, settle", ["sync", "--order", "1001", "1002", "--json"]],
      ["status", ["status", "--json"]],
      ["status --order", ["status", "--order", "1001", "--json"]],
      ["why", ["why", "--order", "1001", "--json"]],
      ["why", ["why", "--order", "1002", "--json"]],
      ["label", ["label", "--order", "1001", "--json"]],
      ["personal-data show", ["personal-data", "show", "--order", "1001", "1002", "--json"]],
      ["rules test", ["rules", "test", "--config", "denied.yaml", "--json"]],
      ["personal-data erase", ["personal-data", "erase", "--order", "1002", "--yes", "--json"]],
      ["personal-data list", ["personal-data", "list", "--json"]],
      ["webhooks list", ["webhooks", "list", "--json"]],
      ["config check, config show", ["config", "show", "--json"]],
      ["report shadow", ["report", "shadow", "--json"]],
      ["backup", ["backup", "--json", "--out", "mine.db"]],
      ["restore", ["restore", "mine.db", "--json", "--yes"]],
    ];
    for (const [title, args] of commands) {
      const document = readJson(await run(args, env));
      expect(Object.keys(document).sort(), title).toEqual(Object.keys(examples.get(title) ?? {}).sort());
      expect(undocumented(title, document), title).toEqual([]);
    }
  });

  it("has the fields of an error", async () => {
    const { stderr } = await floor().run(["status", "--order", "9", "--json"]);
    expect(undocumented("Errors", JSON.parse(stderr))).toEqual([]);
  });

  it("would be noticed if a field were missing in it", () => {
    expect(undocumented("label", { version: 1, labels: [{ order: { id: "", age: 3 } }] })).toEqual([
      "labels[].order.age",
    ]);
  });
});
