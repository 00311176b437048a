/**
 * Reads the project's own files as syntax trees, so that a rule about code is not fooled by a string or a comment.
 * The parser is the one that vitest itself transforms tests with; it knows TypeScript, types included.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vitest/node";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

export interface SourceFile {
  /** From the project root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: SyntaxNode;
}

/** One place that breaks a rule. */
export interface Offence {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

export interface ImportStatement {
  /** `null` when the module's name is computed and so cannot be checked. */
  readonly specifier: string | null;
  readonly start: number;
}

const CODE = new Set([".ts", ".tsx", ".js"]);
/** What git ignores, for a copy of the project that is no git checkout. */
const GENERATED = new Set(["node_modules", "dist", "coverage", ".git"]);

/** Every code file under the folders. An absent folder has none. */
export function sourceFiles(...folders: readonly string[]): readonly SourceFile[] {
  return folders
    .flatMap((folder) => filesUnder(join(ROOT, folder)))
    .filter((path) => CODE.has(extname(path)))
    .map((path) => parseSource(toProjectPath(path), readFileSync(path, "utf8")));
}

/** Everything that git tracks or would track. */
export function projectFiles(): readonly string[] {
  if (!existsSync(join(ROOT, ".git"))) {
    return filesUnder(ROOT).map(toProjectPath);
  }
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  return [...new Set(listed.toString().split("\0"))].filter((path) => path !== "" && existsSync(join(ROOT, path)));
}

export function parseSource(path: string, text: string): SourceFile {
  const lang = path.endsWith(".tsx") ? "tsx" : "ts";
  return { path, text, program: parseAst(text, { lang }) as unknown as SyntaxNode };
}

/** Calls `visitor` for every node, parents first. `field` is where in its parent the node sits. */
export function visit(
  node: SyntaxNode,
  visitor: (node: SyntaxNode, parent: SyntaxNode | null, field: string) => void,
  parent: SyntaxNode | null = null,
  place = "",
): void {
  visitor(node, parent, place);
  for (const [field, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) {
        visit(child, visitor, node, field);
      }
    }
  }
}

/** All the ways in which a file names another module: import, export from, import(), and import("…") in a type. */
export function importsOf(file: SourceFile): readonly ImportStatement[] {
  const found: ImportStatement[] = [];
  visit(file.program, (node) => {
    const source = node["source"] ?? node["argument"];
    const names =
      node.type === "ImportDeclaration" ||
      node.type === "ExportAllDeclaration" ||
      node.type === "ImportExpression" ||
      node.type === "TSImportType" ||
      (node.type === "ExportNamedDeclaration" && node["source"] !== null);
    if (names) {
      found.push({ specifier: literalText(source), start: node.start });
    }
  });
  return found;
}

/** Whether an identifier stands for a variable, and is not the name of a member or a property. */
export function isReference(parent: SyntaxNode | null, field: string): boolean {
  if (parent === null || parent["computed"] === true) {
    return true;
  }
  return !(
    field === "property" ||
    field === "key" ||
    field === "imported" ||
    field === "exported" ||
    field === "label"
  );
}

/** `a.b` as text, for a member access by name; otherwise `null`. */
export function memberName(node: unknown): string | null {
  if (!isNode(node) || node.type !== "MemberExpression" || node["computed"] === true) {
    return null;
  }
  const object = identifierName(node["object"]) ?? memberName(node["object"]);
  const property = identifierName(node["property"]);
  return object === null || property === null ? null : `${object}.${property}`;
}

export function identifierName(node: unknown): string | null {
  return isNode(node) && node.type === "Identifier" ? String(node["name"]) : null;
}

export function literalText(node: unknown): string | null {
  if (!isNode(node)) {
    return null;
  }
  const literal = node.type === "TSLiteralType" ? node["literal"] : node;
  return isNode(literal) && literal.type === "Literal" && typeof literal["value"] === "string"
    ? literal["value"]
    : null;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

export function offence(file: SourceFile, start: number, what: string): Offence {
  return { path: file.path, line: file.text.slice(0, start).split("\n").length, what };
}

/** `src/a.ts:12 what is wrong`, sorted: what a failing test shows. */
export function report(offences: readonly Offence[]): readonly string[] {
  return offences.map(({ path, line, what }) => `${path}:${line} ${what}`).sort();
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !GENERATED.has(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)]));
}

function toProjectPath(path: string): string {
  return relative(ROOT, path).split(sep).join("/");
}
