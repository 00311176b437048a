/** One line on stderr that says what is waited for: redrawn on a terminal, else said once and then every ten seconds. */
import type { DurationMs, Instant } from "../core/time.ts";
import { SECOND_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Terminal } from "./output.ts";

/** Enough to see that it works, too little to flood a log. */
const LINE_EVERY_MS: DurationMs = 10 * SECOND_MS;

export interface Progress {
  say(text: string): void;
  /** Takes the line away. May be called twice. */
  end(): void;
}

/** `quiet`: for `--json`, whose callers often read both streams as one. */
export function startProgress(terminal: Terminal, clock: Pick<Clock, "now">, quiet: boolean): Progress {
  let shown = "";
  let lastLineAt: Instant | null = null;
  return {
    say(text) {
      if (quiet) {
        return;
      }
      const line = text.slice(0, terminal.width - 1);
      if (terminal.isLive) {
        // Nothing is written where nothing changed: the line is asked for many times a second.
        if (line !== shown) {
          terminal.write(`\r${line.padEnd(shown.length)}`);
          shown = line;
        }
      } else if (lastLineAt === null || clock.now() - lastLineAt >= LINE_EVERY_MS) {
        lastLineAt = clock.now();
        terminal.note(text);
      }
    },
    end() {
      if (shown !== "") {
        terminal.write(`\r${" ".repeat(shown.length)}\r`);
        shown = "";
      }
    },
  };
}

const BAR_WIDTH = 24;

/** `Replaying [######------] 45,000 of 100,000`. */
export function progressBar(what: string, done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * done) / total);
  const count = (number: number) => number.toLocaleString("en");
  return `${what} [${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}] ${count(done)} of ${count(total)}`;
}
