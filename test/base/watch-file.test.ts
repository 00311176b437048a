/** A file is watched however it is replaced; each test makes the change that one kind of program makes. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FileWatch, placesOnTheWay, watchFile } from "../../src/base/watch-file.ts";
import { useDatabases } from "../support/database.ts";
import { until } from "../support/until.ts";

const QUIET_MS = 60;
const databases = useDatabases();
let folder = "";
let file = "";
const watches: FileWatch[] = [];

beforeEach(() => {
  folder = databases.folder();
  file = join(folder, "shipbot.yaml");
});
afterEach(() => {
  for (const watch of watches.splice(0)) {
    watch.close();
  }
});

/** What was in the file each time that a change was told. */
function watching(path = file): readonly string[] {
  const seen: string[] = [];
  const options = {
    quietMs: QUIET_MS,
    onChange: () => {
      seen.push(readFileSync(path, "utf8"));
    },
    onTrouble: (error: unknown) => expect.fail(String(error)),
  };
  watches.push(watchFile(path, options));
  return seen;
}

test("written in place, in pieces: told when it is whole", async () => {
  writeFileSync(file, "old");
  const seen = watching();
  writeFileSync(file, "");
  appendFileSync(file, "new ");
  appendFileSync(file, "and whole");
  await until("the change", () => seen.at(-1) === "new and whole");
  expect(seen).toEqual(["new and whole"]);
});

test("renamed over, again and again, as editors do", async () => {
  writeFileSync(file, "old");
  const seen = watching();
  for (const text of ["one", "two", "three"]) {
    renameSync(file, `${file}~`);
    writeFileSync(`${file}.swp`, text);
    renameSync(`${file}.swp`, file);
    await until(text, () => seen.at(-1) === text);
  }
});

test("links that are switched beside it, as Kubernetes does with a ConfigMap, again and again", async () => {
  const version = (name: string, text: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "shipbot.yaml"), text);
    symlinkSync(name, join(folder, "..tmp"));
    renameSync(join(folder, "..tmp"), join(folder, "..data"));
  };
  version("..1", "one");
  symlinkSync(join("..data", "shipbot.yaml"), file);
  const seen = watching();
  for (const [name, text] of [
    ["..2", "two"],
    ["..3", "three"],
  ] as const) {
    version(name, text);
    await until(text, () => seen.at(-1) === text);
  }
  rmSync(join(folder, "..1"), { recursive: true });
});

test("not there, with its folder, and then there", async () => {
  const late = join(folder, "etc", "shipbot", "shipbot.yaml");
  const seen: string[] = [];
  const onChange = (): void => {
    seen.push("told");
  };
  watches.push(watchFile(late, { quietMs: QUIET_MS, onChange, onTrouble: (error) => expect.fail(String(error)) }));
  mkdirSync(join(folder, "etc"));
  await until("the folder", () => seen.length > 0);
  mkdirSync(join(folder, "etc", "shipbot"));
  writeFileSync(late, "new");
  await until("the file", () => seen.length > 1);
});

test("what happens beside it is nobody's business", async () => {
  writeFileSync(file, "old");
  const seen = watching();
  writeFileSync(join(folder, "shipbot.db-wal"), "x");
  writeFileSync(join(folder, "shipbot.yaml.bak"), "x");
  writeFileSync(file, "new");
  await until("the change", () => seen.length > 0);
  expect(seen).toEqual(["new"]);
});

test("a link that leads to itself ends", () => {
  symlinkSync("shipbot.yaml", file);
  expect([...placesOnTheWay(file).keys()]).toEqual([folder]);
});
