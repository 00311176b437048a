/** The core computes and nothing else; time and chance come in as arguments everywhere but in three named places. */
import { describe, expect, it } from "vitest";
import {
  identifierName,
  isReference,
  memberName,
  type Offence,
  offence,
  parseSource,
  report,
  type SourceFile,
  type SyntaxNode,
  sourceFiles,
  visit,
} from "./source.ts";

/** The composition root, the bricks that face Node, and the first lines of the program. */
const MAY_READ_CLOCK = /^src\/(wiring\.ts|base\/.*|cli\/main\.ts)$/;

/** What makes an answer depend on more than the arguments, or makes it come later. */
const IMPURE_NAMES = new Set([
  ...["process", "globalThis", "global", "require", "Buffer", "console", "performance", "crypto", "fetch", "Promise"],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "eval"],
]);

function clockReads(file: SourceFile): readonly Offence[] {
  const found: Offence[] = [];
  visit(file.program, (node) => {
    const name = clockRead(node);
    if (name !== null) {
      found.push(offence(file, node.start, `${name}: time and chance are arguments (src/ports/clock.ts)`));
    }
  });
  return found;
}

function clockRead(node: SyntaxNode): string | null {
  const member = memberName(node);
  if (member !== null && /^(globalThis\.)?(Date\.now|Math\.random|performance\.now)$/.test(member)) {
    return member;
  }
  if (node.type === "NewExpression" && identifierName(node["callee"]) === "Date") {
    return Array.isArray(node["arguments"]) && node["arguments"].length > 0 ? null : "new Date()";
  }
  return node.type === "CallExpression" && identifierName(node["callee"]) === "Date" ? "Date()" : null;
}

function impurities(file: SourceFile): readonly Offence[] {
  const found: Offence[] = [];
  visit(file.program, (node, parent, field) => {
    const name = identifierName(node);
    if (name !== null && IMPURE_NAMES.has(name) && isReference(parent, field)) {
      found.push(offence(file, node.start, `${name} in the core`));
    }
    if (node["async"] === true || node.type === "AwaitExpression" || node["await"] === true) {
      found.push(offence(file, node.start, "async in the core"));
    }
  });
  return [...found, ...clockReads(file)];
}

describe("the core", () => {
  it("has no input but its arguments and no output but its answer", () => {
    const files = sourceFiles("src/core");
    expect(files.length).toBeGreaterThan(0);
    expect(report(files.flatMap(impurities))).toEqual([]);
  });

  it.each([
    ["export const at = Date.now();", "Date.now: time and chance are arguments (src/ports/clock.ts)"],
    ["export const at = new Date();", "new Date(): time and chance are arguments (src/ports/clock.ts)"],
    ["export const at = new Date;", "new Date(): time and chance are arguments (src/ports/clock.ts)"],
    ["export const at = Date();", "Date(): time and chance are arguments (src/ports/clock.ts)"],
    ["export const n = Math.random();", "Math.random: time and chance are arguments (src/ports/clock.ts)"],
    ["export const { random } = globalThis;", "globalThis in the core"],
    ['export const home = process.env["HOME"];', "process in the core"],
    ["export async function f() {}", "async in the core"],
    ["export const f = async () => 1;", "async in the core"],
    ["export class A { async f() {} }", "async in the core"],
    ["export function f(): Promise<void> { throw 1; }", "Promise in the core"],
    ["export const a = { fetch };", "fetch in the core"],
  ])("is impure with %s", (text, what) => {
    expect(impurities(parseSource("src/core/a.ts", text))).toContainEqual({ path: "src/core/a.ts", line: 1, what });
  });

  it.each([
    "export const text = (at: number) => new Date(at).toISOString();",
    "export const parsed = Date.parse('2026-11-22');",
    "interface A { process: string; fetch(): void } export const f = (a: A) => a.process;",
    "// Date.now() and await\nexport const text = 'Math.random()';",
  ])("stays pure with %s", (text) => {
    expect(impurities(parseSource("src/core/a.ts", text))).toEqual([]);
  });
});

describe("time and chance", () => {
  it("are arguments everywhere but in the wiring, the base and the program's first lines", () => {
    const files = sourceFiles("src").filter((file) => !MAY_READ_CLOCK.test(file.path));
    expect(report(files.flatMap(clockReads))).toEqual([]);
  });
});
