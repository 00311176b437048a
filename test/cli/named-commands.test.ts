/** Every command that a sentence of the program names is there: advice that cannot be followed is worse than none. */
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/system.ts";
import type { Terminal } from "../../src/cli/output.ts";
import { createProgram } from "../../src/cli/program.ts";
import { offence, parseSource, report, type SourceFile, sourceFiles, visit } from "../tidy/source.ts";

/** Words that follow the name in sentences about shipbot itself. None of them may become a command unnoticed. */
const PROSE = [
  ...[
    "buys",
    "can",
    "follows",
    "in",
    "is",
    "leaves",
    "made",
    "may",
    "needs",
    "never",
    "polls",
    "reads",
    "settings",
    "ship",
  ],
  ...["should", "works", "will"],
];

const SILENT: Terminal = {
  width: 80,
  paint: (_, text) => text,
  canAsk: false,
  isLive: false,
  print: () => undefined,
  printJson: () => undefined,
  write: () => undefined,
  note: () => undefined,
};

const commands = new Map(
  createProgram(
    { terminal: SILENT, env: {}, cwd: "/", version: "0", clock: systemClock },
    () => undefined,
  ).commands.map((command) => [command.name(), new Set(command.commands.map((child) => child.name()))]),
);

/** `shipbot config check` in a string of the file, with where it stands: the words after the name. */
function namedIn(file: SourceFile): readonly { readonly start: number; readonly words: readonly string[] }[] {
  const found: { start: number; words: readonly string[] }[] = [];
  visit(file.program, (node) => {
    const text = textOf(node["type"] === "Literal" || node["type"] === "TemplateElement" ? node["value"] : null);
    for (const match of text.matchAll(/\bshipbot ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+))?/g)) {
      found.push({ start: node.start, words: match.slice(1).filter((word) => word !== undefined) });
    }
  });
  return found;
}

function textOf(value: unknown): string {
  if (typeof value === "object" && value !== null && "cooked" in value) {
    return textOf(value.cooked);
  }
  return typeof value === "string" ? value : "";
}

function isThere([command = "", child]: readonly string[]): boolean {
  const children = commands.get(command);
  if (children === undefined) {
    return PROSE.includes(command);
  }
  return children.size === 0 || child === undefined || children.has(child);
}

describe("the commands that the program's sentences name", () => {
  const named = sourceFiles("src").flatMap((file) => namedIn(file).map((one) => ({ file, ...one })));

  it("are found at all, as advice and as prose", () => {
    const words = new Set(named.map(({ words: [first] }) => first));
    expect(words.size).toBeGreaterThan(15);
    expect(words).toContain("config");
  });

  it("are there", () => {
    const missing = named.filter(({ words }) => !isThere(words));
    expect(report(missing.map(({ file, start, words }) => offence(file, start, `shipbot ${words.join(" ")}`)))).toEqual(
      [],
    );
  });

  it("are not hidden by a word that is taken for prose", () => {
    expect(PROSE.filter((word) => commands.has(word))).toEqual([]);
  });

  it.each([
    ['"run shipbot doctor first"', false],
    [["`shipbot mend --order $", "{name}`"].join(""), false],
    ['"shipbot config look"', false],
    ['"shipbot config check"', true],
    ['"shipbot sync, or shipbot daemon"', true],
    ['"the scopes that shipbot needs"', true],
  ])("%s is judged %s", (code, good) => {
    const found = namedIn(parseSource("x.ts", `export const x = ${code};`));
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ words }) => isThere(words))).toBe(good);
  });
});
