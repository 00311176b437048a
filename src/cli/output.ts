/**
 * Words and columns for a terminal, a pipe and a screen reader alike: the text is the same everywhere, only colour and
 * width differ. State is said in words first; colour only repeats it. No borders, no emoji.
 */
import { stripVTControlCharacters, styleText } from "node:util";
import type { DurationMs, Instant } from "../core/time.ts";
import { formatAge, formatInstant } from "../core/time.ts";

/** What is printed is made for this width; wider terminals are not filled, narrower ones get shorter lines. */
const WIDTH: number = 80;
/** Narrower than this nothing sensible can be wrapped. */
const WIDTH_MIN = 40;

export type Colour = "red" | "yellow" | "green" | "dim" | "bold";

/** Colours `text` where the answer goes to a terminal that wants it; else gives it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export const PLAIN: Paint = (_, text) => text;

/** Where a command writes. stdout is the answer and nothing else. */
export interface Terminal {
  /** How many columns a line may have. */
  readonly width: number;
  readonly paint: Paint;
  /** Whether a person is there to answer a question. */
  readonly canAsk: boolean;
  /** Whether stderr can redraw a line. */
  readonly isLive: boolean;
  /** The answer, line by line, to stdout. */
  print(lines: readonly string[]): void;
  /** One document as JSON, to stdout. */
  printJson(document: unknown): void;
  /** Everything else, to stderr, without a line break of its own. */
  write(text: string): void;
  /** A line to stderr. */
  note(line: string): void;
}

type Output = Pick<NodeJS.WriteStream, "write"> & { readonly isTTY?: boolean; readonly columns?: number };

export function createTerminal(streams: {
  readonly stdout: Output & NodeJS.WritableStream;
  readonly stderr: Output & NodeJS.WritableStream;
  readonly stdin: { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}): Terminal {
  const { stdout, stderr, stdin, env } = streams;
  const inCi = env["CI"] !== undefined && env["CI"] !== "";
  const columns = stdout.isTTY === true ? (stdout.columns ?? WIDTH) : WIDTH;
  return {
    width: Math.min(WIDTH, Math.max(WIDTH_MIN, columns)),
    paint: (colour, text) => styleText(colour, text, { stream: stdout }),
    canAsk: stdin.isTTY === true && stderr.isTTY === true && !inCi,
    isLive: stderr.isTTY === true && !inCi && env["TERM"] !== "dumb",
    print: (lines) => void stdout.write(lines.map((line) => `${line}\n`).join("")),
    printJson: (document) => void stdout.write(`${JSON.stringify(document)}\n`),
    write: (text) => void stderr.write(text),
    note: (line) => void stderr.write(`${line}\n`),
  };
}

/**
 * Takes out of text from outside what could drive the terminal or hide in it: escape sequences, control characters, marks
 * that change the direction of writing. A line break becomes a space.
 */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\r\n\t\u2028\u2029]+/g, " ")
    .replace(/[\p{Cc}\p{Cf}]/gu, "");
}

export interface Column {
  /** Without any title the table has no head. */
  readonly title?: string;
  readonly align?: "left" | "right";
}

/** Left text, right numbers, two spaces between; a column without any text is left out. Cells may be coloured. */
export function printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const hasHead = columns.some((column) => column.title !== undefined);
  const all = hasHead ? [columns.map((column) => column.title ?? ""), ...rows] : rows;
  const widths = columns.map((_, index) => Math.max(0, ...all.map((row) => widthOf(row[index] ?? ""))));
  return all.map((row) =>
    columns
      .flatMap((column, index) => {
        const width = widths[index] ?? 0;
        return width === 0 ? [] : [pad(row[index] ?? "", width, column.align ?? "left")];
      })
      .join("  ")
      .trimEnd(),
  );
}

function pad(cell: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - widthOf(cell)));
  return align === "right" ? space + cell : cell + space;
}

/** How many columns a text takes on a terminal, without its colours. */
export function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}

/** One of our commands with its flags, inside a sentence: it is pasted whole, so it is never broken; nor is a mark. */
const WHOLE = /<- decides|shipbot [\w-]+(?: [a-z]+(?= --))?(?: --[\w-]+(?: [\w'./:@#+<>-]*[\w'>])?)*/g;
const UNBROKEN = "\u0001";

/** Breaks at spaces; lines after the first are indented. A word that is too long stays whole: it may have to be copied. */
export function wrapText(text: string, width: number, indent = 0): readonly string[] {
  const lines: string[] = [];
  let line = "";
  const words = text.replace(WHOLE, (words) => words.replaceAll(" ", UNBROKEN)).split(" ");
  for (const word of words.map((part) => part.replaceAll(UNBROKEN, " "))) {
    const room = lines.length === 0 ? width : width - indent;
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((text, index) => (index === 0 ? text : " ".repeat(indent) + text));
}

/** Every line indented, the text broken so that it stays within `width`. */
export function indentText(text: string, width: number, indent: number): readonly string[] {
  return wrapText(text, width - indent).map((line) => " ".repeat(indent) + line);
}

/** A label in a column of its own, and text that wraps beside it. */
export function printField(label: string, text: string, terminal: Pick<Terminal, "width">, labelWidth = 9): string[] {
  return [...wrapText(`${label.padEnd(labelWidth - 1)} ${text}`.trimEnd(), terminal.width, labelWidth)];
}

/** `6m`, `3h 5m`: how long ago, never negative. */
export function ageOf(at: Instant, now: Instant): string {
  return formatAge(now - at);
}

/** `1.8s`, `240ms`: how long something took. */
export function formatElapsed(durationMs: DurationMs): string {
  return durationMs < 1_000 ? `${Math.max(0, Math.round(durationMs))}ms` : `${(durationMs / 1_000).toFixed(1)}s`;
}

/** `2026-11-22 14:02:11 UTC`. */
export function formatTime(at: Instant): string {
  const text = formatInstant(at);
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}

/** What went wrong, without the advice that some messages end with: it is said on its own line. */
export function withoutRemedy(trouble: { readonly message: string | null; readonly remedy: string | null }): string {
  const message = trouble.message ?? "no reason given";
  const what = trouble.remedy === null ? message : message.replace(trouble.remedy, "");
  return what.trim().replace(/\.$/, "");
}

/** `1 label`, `2 labels`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `financialStatus` as people write it. */
export function toWords(camelCase: string): string {
  return camelCase.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** An order's name as a shell takes it: without the `#`, quoted when it must be. */
export function shellName(orderName: string): string {
  const bare = cleanText(orderName).replace(/^#/, "");
  return /^[\w./:@+-]+$/.test(bare) ? bare : `'${bare.replaceAll("'", "'\\''")}'`;
}
