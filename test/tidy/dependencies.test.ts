/**
 * Which folder of src may import which. The order of the table is the order of the layers, lowest first. There are no
 * exceptions: a file that needs more than its folder may have is in the wrong folder.
 */
import { dirname, join } from "node:path/posix";
import { describe, expect, it } from "vitest";
import { importsOf, type Offence, offence, parseSource, report, type SourceFile, sourceFiles } from "./source.ts";

const BELOW_RECONCILE = ["core", "ports", "base", "store"];
const BELOW_SERVICES = [...BELOW_RECONCILE, "settings", "queue", "reconcile"];
/** Running parts of one daemon: they may know each other's types. */
const SERVICES = ["scheduler", "server", "daemon"];

/** A folder may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: ["core"],
  // Not only core: the real clock is a brick that faces Node, and it implements a port.
  base: ["core", "ports"],
  settings: ["core", "base"],
  store: ["core", "ports", "base"],
  queue: ["core", "ports", "base"],
  shopify: ["core", "ports", "base"],
  shipping: ["core", "ports", "base"],
  reconcile: BELOW_RECONCILE,
  scheduler: [...BELOW_SERVICES, ...SERVICES],
  server: [...BELOW_SERVICES, ...SERVICES],
  daemon: [...BELOW_SERVICES, ...SERVICES],
  sandbox: ["core", "ports"],
  tui: [...BELOW_SERVICES, ...SERVICES],
  cli: [...BELOW_SERVICES, ...SERVICES, "sandbox", "tui", "wiring.ts"],
};

/** Folders that may use only these packages; the others may use what package.json declares. */
const MAY_USE_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: [],
  sandbox: ["graphql", "ofetch"],
};

/** Folders without Node's own modules: they must run anywhere, and give the same answer everywhere. */
const WITHOUT_NODE = ["core", "ports"];

/** `src/core/order.ts` is in `core`, `src/wiring.ts` in `wiring.ts`. */
function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function brokenImports(file: SourceFile): readonly Offence[] {
  return importsOf(file).flatMap(({ specifier, start }) => {
    const problem = specifier === null ? "imports a computed name" : problemOf(file.path, specifier);
    return problem === null ? [] : [offence(file, start, problem)];
  });
}

function problemOf(path: string, specifier: string): string | null {
  const folder = folderOf(path);
  if (!specifier.startsWith(".")) {
    return problemOfPackage(folder, specifier);
  }
  const target = join(dirname(path), specifier);
  if (!target.startsWith("src/")) {
    return `imports ${target}, which is outside src`;
  }
  const targetFolder = folderOf(target);
  if (folder === targetFolder || folder === "wiring.ts") {
    return null;
  }
  const allowed = MAY_IMPORT[folder];
  if (allowed === undefined) {
    return `is in "${folder}", which has no row in the table of layers`;
  }
  return allowed.includes(targetFolder) ? null : `${folder} may not import ${targetFolder} (${specifier})`;
}

function problemOfPackage(folder: string, specifier: string): string | null {
  if (specifier.startsWith("node:")) {
    return WITHOUT_NODE.includes(folder) ? `${folder} may not use ${specifier}` : null;
  }
  const packages = MAY_USE_PACKAGES[folder];
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  return packages === undefined || packages.includes(name) ? null : `${folder} may not use the package ${name}`;
}

describe("the dependency rule", () => {
  it("holds in every file of src", () => {
    expect(report(sourceFiles("src").flatMap(brokenImports))).toEqual([]);
  });

  it("has a row for every folder of src", () => {
    const folders = sourceFiles("src").map((file) => folderOf(file.path));
    expect([...new Set(folders)].filter((folder) => folder !== "wiring.ts" && !(folder in MAY_IMPORT))).toEqual([]);
  });

  it.each([
    ["src/core/a.ts", 'import { open } from "../store/open.ts";', "core may not import store (../store/open.ts)"],
    ["src/core/a.ts", 'import type { Row } from "../store/rows.ts";', "core may not import store (../store/rows.ts)"],
    ["src/core/a.ts", 'import { type Row } from "../ports/shop.ts";', "core may not import ports (../ports/shop.ts)"],
    ["src/core/a.ts", 'type Row = import("../base/log.ts").Row;', "core may not import base (../base/log.ts)"],
    ["src/core/a.ts", 'export type { Row } from "../base/log.ts";', "core may not import base (../base/log.ts)"],
    ["src/core/a.ts", 'export * from "../base/log.ts";', "core may not import base (../base/log.ts)"],
    ["src/core/a.ts", 'import fs from "node:fs";', "core may not use node:fs"],
    ["src/core/a.ts", 'import { z } from "zod";', "core may not use the package zod"],
    ["src/ports/a.ts", 'import "../base/log.ts";', "ports may not import base (../base/log.ts)"],
    ["src/store/a.ts", 'await import("../queue/local.ts");', "store may not import queue (../queue/local.ts)"],
    [
      "src/shipping/easypost/a.ts",
      'import "../../shopify/b.ts";',
      "shipping may not import shopify (../../shopify/b.ts)",
    ],
    ["src/reconcile/a.ts", 'import "../shopify/b.ts";', "reconcile may not import shopify (../shopify/b.ts)"],
    ["src/daemon/a.ts", 'import "../wiring.ts";', "daemon may not import wiring.ts (../wiring.ts)"],
    ["src/sandbox/a.ts", 'import "../shopify/b.ts";', "sandbox may not import shopify (../shopify/b.ts)"],
    ["src/cli/a.ts", 'import "../shopify/b.ts";', "cli may not import shopify (../shopify/b.ts)"],
    ["src/cli/a.ts", 'import "../../test/b.ts";', "imports test/b.ts, which is outside src"],
    ["src/cli/a.ts", "await import(name);", "imports a computed name"],
    ["src/extra/a.ts", 'import "../core/b.ts";', 'is in "extra", which has no row in the table of layers'],
  ])("is broken by %s: %s", (path, text, what) => {
    expect(brokenImports(parseSource(path, text))).toEqual([{ path, line: 1, what }]);
  });

  it.each([
    ["src/wiring.ts", 'import "./shopify/shop.ts";'],
    ["src/cli/commands/demo.ts", 'import "../../sandbox/serve.ts"; import "../../wiring.ts";'],
    ["src/shipping/easypost/client.ts", 'import "../../base/http.ts"; import { ofetch } from "ofetch";'],
    ["src/core/a.ts", '// import "../store/b.ts"\nexport const text = \'import "../store/b.ts"\';'],
  ])("is not broken by %s: %s", (path, text) => {
    expect(brokenImports(parseSource(path, text))).toEqual([]);
  });
});
