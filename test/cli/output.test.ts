/** The columns and lines that every command is made of. */
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import {
  cleanText,
  createTerminal,
  formatElapsed,
  indentText,
  printTable,
  shellName,
  wrapText,
} from "../../src/cli/output.ts";

describe("a table", () => {
  it("puts text left and numbers right, two spaces apart, without trailing blanks", () => {
    const table = printTable(
      [{ title: "ORDER" }, { title: "COST", align: "right" }, { title: "NOTE" }],
      [
        ["#1", "8.45", "a"],
        ["#1042", "110.00", ""],
      ],
    );
    expect(table).toEqual(["ORDER    COST  NOTE", "#1       8.45  a", "#1042  110.00"]);
  });

  it("leaves out a column that has no text, and measures cells without their colours", () => {
    const table = printTable(
      [{}, {}, {}],
      [
        ["\u001b[31mFAIL\u001b[39m", "", "x"],
        ["ok", "", "y"],
      ],
    );
    expect(table).toEqual(["\u001b[31mFAIL\u001b[39m  x", "ok    y"]);
  });

  it("has no head without titles, and nothing at all without rows", () => {
    expect(printTable([{}], [["a"]])).toEqual(["a"]);
    expect(printTable([{}], [])).toEqual([]);
  });
});

describe("a long text", () => {
  it("is broken at spaces and indented after the first line", () => {
    expect(wrapText("one two three four", 9, 2)).toEqual(["one two", "  three", "  four"]);
    expect(indentText("one two three", 9, 2)).toEqual(["  one two", "  three"]);
  });

  it("keeps a command whole, because it is pasted", () => {
    const text = "set the weight of the product, then: shipbot retry --order 1004";
    expect(wrapText(text, 50)).toEqual(["set the weight of the product, then:", "shipbot retry --order 1004"]);
    expect(wrapText("shipbot void --order 1004, then: shipbot release --order 1004", 40)).toEqual([
      "shipbot void --order 1004, then:",
      "shipbot release --order 1004",
    ]);
  });

  it("never cuts a word", () => {
    expect(wrapText("x abcdefghij y", 5)).toEqual(["x", "abcdefghij", "y"]);
  });
});

describe("text from outside", () => {
  it.each([
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]8;;http://evil\u0007link\u001b]8;;\u0007", "link"],
    ["a\u0000b\u0008c", "abc"],
    ["first\r\nsecond", "first second"],
    ["a\u202eb\u200bc", "abc"],
  ])("%j is shown as %j", (text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  it("is quoted for the shell where it has to be", () => {
    expect(shellName("#1001")).toBe("1001");
    expect(shellName("EN1001-A")).toBe("EN1001-A");
    expect(shellName("#10 01; rm")).toBe("'10 01; rm'");
    expect(shellName("o'clock")).toBe("'o'\\''clock'");
  });
});

describe("a duration", () => {
  it.each([
    [240, "240ms"],
    [1_840, "1.8s"],
    [-5, "0ms"],
  ])("of %i ms is %s", (durationMs, text) => {
    expect(formatElapsed(durationMs)).toBe(text);
  });
});

describe("a terminal", () => {
  const streams = (env: Record<string, string>, isTTY: boolean) => ({
    stdout: Object.assign(new PassThrough(), { isTTY, columns: 200, getColorDepth: () => 8, hasColors: () => true }),
    stderr: Object.assign(new PassThrough(), { isTTY }),
    stdin: { isTTY },
    env,
  });

  it("is never filled beyond 80 columns, and gets shorter lines when it is narrow", () => {
    expect(createTerminal(streams({}, true)).width).toBe(80);
    const narrow = streams({}, true);
    narrow.stdout.columns = 60;
    expect(createTerminal(narrow).width).toBe(60);
    expect(createTerminal(streams({}, false)).width).toBe(80);
  });

  it("is asked nothing in a pipe and in continuous integration", () => {
    expect(createTerminal(streams({}, true)).canAsk).toBe(true);
    expect(createTerminal(streams({ CI: "1" }, true)).canAsk).toBe(false);
    expect(createTerminal(streams({}, false)).canAsk).toBe(false);
  });
});
