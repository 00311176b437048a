/** What must not be in the repository: this machine's paths, and the address of a registry that others may not reach. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFiles, ROOT } from "./source.ts";

const MACHINE_PATH = /(?<![\w.~-])\/(?:work\/\w|root\/(?:\.|\w+\/)|(?:home|Users)\/[A-Za-z]\w*\/)/;
const REGISTRY_HOST = /https?:\/\/[^\s"'`/]*(?:registry|artifactory|\.pkg\.dev|verdaccio|nexus)[^\s"'`]*/i;
/** Nothing of ours is larger; a data file that is belongs elsewhere. */
const SIZE_MAX_BYTES = 2 * 1024 * 1024;

function linesWith(pattern: RegExp, path: string, text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) => {
    const found = pattern.exec(line)?.[0];
    return found === undefined ? [] : [`${path}:${index + 1} ${found}`];
  });
}

const files = projectFiles()
  .filter((path) => statSync(join(ROOT, path)).isFile())
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));

describe("the repository", () => {
  it("names no path of a particular machine", () => {
    expect(files.flatMap(({ path, text }) => linesWith(MACHINE_PATH, path, text))).toEqual([]);
  });

  it("names no package registry", () => {
    expect(files.flatMap(({ path, text }) => linesWith(REGISTRY_HOST, path, text))).toEqual([]);
  });

  it("pins every dependency exactly, and to no address", () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(ranges.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)))).toEqual([]);
    const lock = readFileSync(join(ROOT, "package-lock.json"), "utf8");
    expect(linesWith(/"resolved": *"[^"]*"/, "package-lock.json", lock)).toEqual([]);
  });

  it("holds no large file", () => {
    expect(files.filter(({ text }) => text.length > SIZE_MAX_BYTES).map(({ path }) => path)).toEqual([]);
  });

  it.each([
    [MACHINE_PATH, ["see /", "work/main/a.ts"].join("")],
    [MACHINE_PATH, ['"/', 'home/ada/shipbot"'].join("")],
    [REGISTRY_HOST, ["https://", "registry.example.com/a/-/a-1.0.0.tgz"].join("")],
  ])("is searched with %s, which finds %s", (pattern, text) => {
    expect(linesWith(pattern, "a.md", text)).toHaveLength(1);
  });

  it.each([
    "https://x.myshopify.com/admin/work/items",
    "a/root/b",
    "./home/a",
    "/homepage/x",
  ])("takes %s for no machine path", (text) => {
    expect(linesWith(MACHINE_PATH, "a.md", text)).toEqual([]);
  });
});
