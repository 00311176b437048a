/**
 * The log that a process really writes: to stderr for whoever watches, and to files in the data folder for whoever asks
 * later. stdout is never touched: it belongs to the answer of a command. Nothing here throws into the program.
 */
import { join } from "node:path";
import type { Writable } from "node:stream";
import { styleText } from "node:util";
import { type ConsolaReporter, createConsola, LogLevels } from "consola/core";
import { formatInstant, type Instant } from "../core/time.ts";
import type { Log, LogFields, LogLevel } from "./log.ts";
import { LogFile, type LogFileLimits } from "./log-files.ts";
import { type CleanFields, createCleaner } from "./log-redaction.ts";
import type { Secret } from "./secret.ts";

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: "pretty" | "json";
  /** Where `combined.log` and `error.log` are written; `null` for no files. Made when it is not there. */
  readonly dir: string | null;
  readonly clock: { now(): Instant };
  /** Hidden also where they are too short to be looked for inside of texts; longer ones are hidden whoever made them. */
  readonly secrets: readonly Secret[];
  /** For tests: instead of the process's stderr. */
  readonly stderr?: Writable;
  readonly fileLimits?: LogFileLimits;
}

export interface OutputLog extends Log {
  /** Resolves when the files hold every line so far. Never rejects; may be called at any time. */
  flush(): Promise<void>;
  /** Flushes; later lines go to stderr only. May be called twice. */
  close(): Promise<void>;
}

interface Line {
  readonly at: Instant;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: CleanFields;
}

/** consola's numbers; its own environment variables would change the level behind our back, so it is always given. */
const CONSOLA_LEVEL: Readonly<Record<LogLevel, number>> = {
  error: LogLevels.error,
  warn: LogLevels.warn,
  info: LogLevels.info,
  debug: LogLevels.debug,
};

const COLOUR = { error: "red", warn: "yellow", info: "cyan", debug: "gray" } as const;

/** May be called several times; each log has its own files open only while it writes. */
export function createLog(options: LogOptions): OutputLog {
  const stderr = options.stderr ?? process.stderr;
  const cleaner = createCleaner(options.secrets);
  const terminal = reportLines((line) => {
    stderr.write(`${options.format === "json" ? writeJson(line) : writePretty(line, stderr)}\n`);
  });
  const files = options.dir === null ? null : openFiles(options, options.dir, terminal.log);
  const consola = createConsola({
    level: CONSOLA_LEVEL[options.level],
    // Otherwise consola holds back the seventh of equal lines, and loses it when the process ends. `throttle: 0` saves
    // comparing lines, but does not hold when the clock is set back.
    throttle: 0,
    throttleMin: Number.POSITIVE_INFINITY,
    reporters: files === null ? [terminal.reporter] : [terminal.reporter, files.reporter],
  });
  surviveClosedPipe(stderr);
  const log = (level: LogLevel, message: string, fields: LogFields | undefined) => {
    if (CONSOLA_LEVEL[level] > CONSOLA_LEVEL[options.level]) {
      return;
    }
    const line: Line = {
      at: options.clock.now(),
      level,
      message: cleaner.text(String(message)),
      fields: cleaner.fields(fields ?? {}),
    };
    // Two arguments: consola merges a single object over its own record, level and time included.
    consola[level]("", line);
  };
  const flush = async () => {
    await Promise.all((files?.all ?? []).map((file) => file.flush()));
  };
  return {
    error: (message, fields) => log("error", message, fields),
    warn: (message, fields) => log("warn", message, fields),
    info: (message, fields) => log("info", message, fields),
    debug: (message, fields) => log("debug", message, fields),
    flush,
    close: async () => {
      consola.setReporters([terminal.reporter]);
      await flush();
    },
  };
}

const guarded = new WeakSet<Writable>();

/** Nobody reading stderr any more is no reason to stop working. */
function surviveClosedPipe(stream: Writable): void {
  if (!guarded.has(stream)) {
    guarded.add(stream);
    stream.on("error", () => {});
  }
}

function openFiles(options: LogOptions, dir: string, say: (line: Line) => void) {
  let said = false;
  const at = () => options.clock.now();
  const open = (name: string) =>
    new LogFile(
      join(dir, name),
      {
        onFailure: (error) => {
          if (!said) {
            said = true;
            const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
            say({
              at: at(),
              level: "error",
              message: "log files cannot be written: lines are only here",
              fields: { code },
            });
          }
        },
        describeLoss: (lines) =>
          writeJson({ at: at(), level: "warn", message: "log lines were lost", fields: { lines } }),
      },
      options.fileLimits,
    );
  const combined = open("combined.log");
  const errors = open("error.log");
  const { reporter } = reportLines((line) => {
    const text = writeJson(line);
    combined.append(text);
    if (line.level === "error") {
      errors.append(text);
    }
  });
  return { all: [combined, errors], reporter };
}

/** A consola reporter for our lines. What `write` throws stays here: consola would throw it into the caller. */
function reportLines(write: (line: Line) => void): { reporter: ConsolaReporter; log: (line: Line) => void } {
  const log = (line: Line) => {
    try {
      write(line);
    } catch {
      // There is nowhere left to say it.
    }
  };
  return { log, reporter: { log: (record) => log(record.args[1]) } };
}

function writeJson(line: Line): string {
  return JSON.stringify({ at: formatInstant(line.at), level: line.level, message: line.message, ...line.fields });
}

/** `12:03:33 warn  message  order=#1001`: short on a terminal, the whole time elsewhere. */
function writePretty(line: Line, stream: Writable): string {
  const at = formatInstant(line.at);
  const time = "isTTY" in stream && stream.isTTY === true ? at.slice(11, 19) : at;
  const level = styleText(COLOUR[line.level], line.level.padEnd(5), { stream });
  const fields = Object.entries(line.fields).map(([name, value]) => ` ${name}=${writeValue(value)}`);
  return `${time} ${level} ${line.message}${fields.length > 0 ? ` ${fields.join("")}` : ""}`;
}

function writeValue(value: string | number | boolean | null): string {
  return typeof value === "string" && /[\s="]|^$/.test(value) ? JSON.stringify(value) : String(value);
}
