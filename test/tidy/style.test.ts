/** Habits that reviews should not have to ask for. No rule has a list of exceptions: then it would be none. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import {
  identifierName,
  importsOf,
  isNode,
  memberName,
  type Offence,
  offence,
  parseSource,
  ROOT,
  report,
  type SourceFile,
  sourceFiles,
  visit,
} from "./source.ts";

type Rule = (file: SourceFile) => readonly Offence[];

const LINES_MAX = 400;

const manifest: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
);
const shippedPackages = Object.keys(manifest["dependencies"] ?? {});
const allPackages = [...shippedPackages, ...Object.keys(manifest["devDependencies"] ?? {})];

const noLongFile: Rule = (file) => {
  const lines = file.text.trimEnd().split("\n").length;
  return lines > LINES_MAX
    ? [{ path: file.path, line: lines, what: `has ${lines} lines, the most is ${LINES_MAX}` }]
    : [];
};

const noDefaultExport: Rule = (file) => {
  return nodesWhere(file, (type) => type === "ExportDefaultDeclaration", "has a default export: name it");
};

/** A file of re-exports hides where things are, and lets a cycle in. */
const noBarrel: Rule = (file) => {
  const found = [...nodesWhere(file, (type) => type === "ExportAllDeclaration", "re-exports a whole module")];
  if (/(^|\/)index\.[jt]sx?$/.test(file.path)) {
    found.push({ path: file.path, line: 1, what: "is an index file: name it after what it does" });
  }
  const { body } = file.program;
  const reexports =
    Array.isArray(body) && body.length > 0 && body.every((node) => isNode(node) && isNode(node["source"]));
  if (reexports && body.some((node) => isNode(node) && node.type.startsWith("Export"))) {
    found.push({ path: file.path, line: 1, what: "only re-exports: import from where things are" });
  }
  return found;
};

const noAny: Rule = (file) => [
  ...nodesWhere(file, (type) => type === "TSAnyKeyword", "uses any"),
  ...nodesWhere(file, (type) => type === "TSNonNullExpression", "asserts non-null with !"),
];

/** What a check is silenced with, and notes about what is not done yet. Spelled so that this file does not match. */
const FORBIDDEN_WORDS = new RegExp(
  `\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b|${["@ts", "biome"].map((tool) => `${tool}-(ignore|expect-error|nocheck)`).join("|")}`,
);

const noForbiddenWord: Rule = (file) =>
  file.text.split("\n").flatMap((text, index) => {
    const word = FORBIDDEN_WORDS.exec(text)?.[0];
    return word === undefined ? [] : [{ path: file.path, line: index + 1, what: `says ${word}` }];
  });

const plainImports: Rule = (file) =>
  importsOf(file).flatMap(({ specifier, start }) => {
    const problem = specifier === null ? null : importProblem(file.path, specifier);
    return problem === null ? [] : [offence(file, start, problem)];
  });

function importProblem(path: string, specifier: string): string | null {
  if (specifier.startsWith("./") || specifier.startsWith("../")) {
    return /\.(ts|tsx|js|json)$/.test(specifier) ? null : `imports ${specifier} without its extension`;
  }
  if (specifier.startsWith("node:")) {
    return null;
  }
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const declared = path.startsWith("src/") ? shippedPackages : allPackages;
  return declared.includes(name) ? null : `imports ${specifier}, which package.json does not declare for it`;
}

const noMockedModule: Rule = (file) => memberCalls(file, /^vi\.(mock|doMock|unmock|hoisted)$/, "mocks a module");

const noFocusedTest: Rule = (file) => {
  const found: Offence[] = [];
  visit(file.program, (node) => {
    if (/^(it|test|describe|suite)(\.\w+)*\.only$/.test(memberName(node) ?? "")) {
      found.push(offence(file, node.start, "runs only itself"));
    }
  });
  return found;
};

/**
 * `context.skip("why")` inside the test carries its reason into the closing report. `skipIf` carries none: a file that
 * uses it, or a file of tests that it imports, prints a line that begins with "skipped: ".
 */
const noUnexplainedSkip: Rule = (file) => {
  const found: Offence[] = [];
  visit(file.program, (node) => {
    const kind = /^(?:it|test|describe|suite)(?:\.\w+)*\.(skip|todo|skipIf|runIf)$/.exec(memberName(node) ?? "")?.[1];
    if (kind === "skip" || kind === "todo") {
      found.push(offence(file, node.start, 'skips without a reason: use context.skip("why") in the test'));
    } else if (kind !== undefined && !printsSkips(file) && !importedTestFiles(file).some(printsSkips)) {
      found.push(offence(file, node.start, 'skips without a reason: print "skipped: why", or use context.skip("why")'));
    }
  });
  return found;
};

function printsSkips(file: SourceFile): boolean {
  let prints = false;
  visit(file.program, (node) => {
    const value = isNode(node["value"]) ? null : (node["value"] ?? null);
    const text = typeof value === "object" && value !== null && "cooked" in value ? value.cooked : value;
    prints ||= typeof text === "string" && text.startsWith("skipped: ");
  });
  return prints;
}

function importedTestFiles(file: SourceFile): readonly SourceFile[] {
  const paths = importsOf(file).map(({ specifier }) => posix.join(posix.dirname(file.path), specifier ?? ""));
  return tests.filter(({ path }) => paths.includes(path));
}

/** A test that waits for time to pass is slow when it works and wrong when the machine is busy. */
const noSleep: Rule = (file) => {
  const found: Offence[] = [];
  visit(file.program, (node) => {
    const callee = node.type === "CallExpression" ? node["callee"] : null;
    const name = identifierName(callee) ?? memberName(callee)?.split(".").at(-1) ?? "";
    if (/^(setTimeout|setInterval|sleep|delay)$/.test(name)) {
      found.push(offence(file, node.start, `waits with ${name}: wait for a signal, or move a clock`));
    }
  });
  const timers = importsOf(file).filter(({ specifier }) => /^(node:)?timers(\/|$)/.test(specifier ?? ""));
  return [...found, ...timers.map(({ start }) => offence(file, start, "imports timers: wait for a signal"))];
};

function nodesWhere(file: SourceFile, matches: (type: string) => boolean, what: string): Offence[] {
  const found: Offence[] = [];
  visit(file.program, (node) => {
    if (matches(node.type)) {
      found.push(offence(file, node.start, what));
    }
  });
  return found;
}

function memberCalls(file: SourceFile, pattern: RegExp, what: string): Offence[] {
  const found: Offence[] = [];
  visit(file.program, (node) => {
    if (node.type === "CallExpression" && pattern.test(memberName(node["callee"]) ?? "")) {
      found.push(offence(file, node.start, what));
    }
  });
  return found;
}

const code = sourceFiles("src", "test", "config", "bin");
/** Written by a person. What a script of ours wrote names that script in its first line, and the script exists. */
const written = code.filter((file) => {
  const script = /^\/\/ Generated .*\b(config\/build\/[\w-]+\.[jt]s)/.exec(file.text)?.[1];
  return script === undefined || !code.some(({ path }) => path === script);
});
const tests = code.filter((file) => file.path.startsWith("test/"));
/** Support code bounds its waits with timers, a benchmark measures real time, and the simulation's sleeps move its own clock. */
const promptTests = tests.filter((file) => !/^test\/(support|bench|sim)\//.test(file.path));

function notStandIn({ path }: SourceFile): boolean {
  return !path.startsWith("test/sim/replaced/");
}

const RULES: readonly (readonly [string, Rule, readonly SourceFile[], readonly string[]])[] = [
  ["no written file is longer than 400 lines", noLongFile, written, ["a();\n".repeat(LINES_MAX + 1)]],
  // What stands in for a package has to export what the package does.
  ["nothing is exported as default", noDefaultExport, code.filter(notStandIn), ["export default 1;"]],
  ["no file only passes on others", noBarrel, code, ['export * from "./a.ts";', 'export { a } from "./a.ts";']],
  ["nothing is any and nothing is asserted non-null", noAny, code, ["let a: any;", "let a: Array<any>;", "a!.b();"]],
  ["nothing is left for later or silenced", noForbiddenWord, written, ["// TO" + "DO later", "// @ts" + "-ignore"]],
  [
    "imports are relative with extension, or declared packages",
    plainImports,
    code,
    ['import "./a";', 'import "./a.mjs";', 'import "fs";', 'import "left-pad";', 'import type { A } from "vitest";'],
  ],
  ["no module is mocked", noMockedModule, tests, ['vi.mock("./a.ts");', 'vi.doMock("./a.ts");']],
  [
    "no test is focused",
    noFocusedTest,
    tests,
    ['it.only("a");', 'describe.concurrent.only("a");', "test.only.each([])"],
  ],
  [
    "no test is skipped without a reason",
    noUnexplainedSkip,
    tests,
    ['it.skip("a");', "describe.skipIf(true)", "it.todo", "it.runIf(1).each([])"],
  ],
  [
    "no test sleeps",
    noSleep,
    promptTests,
    [
      "setTimeout(f, 1);",
      "globalThis.setTimeout(f, 1);",
      "await sleep(1);",
      "clock.sleep(1)",
      'import "node:timers/promises";',
    ],
  ],
];

describe.each(RULES)("%s", (_name, rule, files, samples) => {
  it("in this project", () => {
    expect(report(files.flatMap(rule))).toEqual([]);
  });

  it.each(samples.map((text) => ({ text, start: text.slice(0, 60).trim() })))("and is broken by $start", ({ text }) => {
    expect(rule(parseSource("src/core/a.ts", text)).length).toBeGreaterThan(0);
  });
});

describe("a test that is skipped on a condition", () => {
  it.each([
    'import { it } from "vitest"; it("a", (context) => { context.skip("no server"); });',
    'process.stdout.write("skipped: no server\\n"); it.skipIf(true)("a", () => {});',
    `process.stderr.write(\`skipped: no \${server}\\n\`); it.skipIf(true)("a", () => {});`,
  ])("is explained by %s", (text) => {
    expect(noUnexplainedSkip(parseSource("test/core/a.test.ts", text))).toEqual([]);
  });
});
