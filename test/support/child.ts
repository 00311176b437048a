/**
 * A child process that a test talks to: what it wrote, when it wrote a certain line, how it ended. Everything is
 * bounded in time, and nothing is killed but the child that was started here.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** A command that has not ended by then hangs. */
export const CHILD_TIMEOUT_MS = 30_000;
/** More output than this from one test is a runaway loop. */
const OUTPUT_MAX_CHARACTERS = 64 * 1024 * 1024;

export interface ChildOptions {
  /** Added to a bare environment (PATH, HOME, TMPDIR): no setting of the developer's shell gets in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What the child reads on stdin; without it stdin is at its end. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningChild {
  readonly pid: number;
  /** Resolves when the child has ended and its output is read; rejects when it had to be killed for its timeout. */
  readonly exited: Promise<ChildExit>;
  /**
   * The first complete line of stdout or stderr that matches, also one that came before the call. Rejects when the
   * child ends or `timeoutMs` pass without such a line.
   */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Sends the signal; harmless after the end. */
  kill(signal: NodeJS.Signals): void;
}

const alive = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of alive) {
    child.kill("SIGKILL");
  }
});

/** Starts `command` and returns at once. The caller ends it (`kill`) and awaits `exited`. */
export function startChild(command: string, args: readonly string[], options: ChildOptions = {}): RunningChild {
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    env: { ...bareEnvironment(), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  // A program that ends without reading its input closes the pipe: that is its right.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  return new Running(child, [command, ...args].join(" "), options.timeoutMs ?? CHILD_TIMEOUT_MS);
}

class Running implements RunningChild {
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #listeners = new Set<() => void>();
  #stdout = "";
  #stderr = "";
  #ended = false;

  constructor(child: ChildProcess, name: string, timeoutMs: number) {
    this.#child = child;
    this.#name = name;
    this.pid = child.pid ?? 0;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#afterOutput();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#afterOutput();
    });
    this.exited = this.#untilExit(timeoutMs);
    // A test that fails before it awaits the end must report its own failure, not this one.
    this.exited.catch(() => {});
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async waitForLine(pattern: RegExp, timeoutMs = CHILD_TIMEOUT_MS): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = this.#lines().find((candidate) => pattern.test(candidate));
        if (line !== undefined) {
          finish();
          resolve(line);
        } else if (this.#ended) {
          finish();
          reject(this.#failure(`ended without a line like ${pattern}`));
        }
      };
      const timer = setTimeout(() => {
        finish();
        reject(this.#failure(`wrote no line like ${pattern} in ${timeoutMs} ms`));
      }, timeoutMs);
      const finish = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** Complete lines only, as long as more may come: half of "listening on 40123" names another port. */
  #lines(): readonly string[] {
    return [this.#stdout, this.#stderr].flatMap((text) =>
      (this.#ended ? text : text.replace(/[^\n]*$/, "")).split("\n"),
    );
  }

  #untilExit(timeoutMs: number): Promise<ChildExit> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#child.kill("SIGKILL");
        reject(this.#failure(`did not end in ${timeoutMs} ms and was killed`));
      }, timeoutMs);
      this.#child.once("error", (cause) => {
        clearTimeout(timer);
        reject(new Error(`${this.#name} could not be started`, { cause }));
      });
      // "close" and not "exit": by then the output is complete.
      this.#child.once("close", (code, signal) => {
        clearTimeout(timer);
        this.#ended = true;
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
        this.#notify();
      });
    });
  }

  #afterOutput(): void {
    if (this.#stdout.length + this.#stderr.length > OUTPUT_MAX_CHARACTERS) {
      this.#child.kill("SIGKILL");
    }
    this.#notify();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }

  #failure(what: string): Error {
    return new Error(`${this.#name} ${what}\n--- stdout\n${this.#stdout}\n--- stderr\n${this.#stderr}`);
  }
}

function bareEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ["PATH", "HOME", "TMPDIR"]) {
    const value = process.env[name];
    if (value !== undefined) {
      kept[name] = value;
    }
  }
  return kept;
}
