/** What every command gets besides its own flags. Types only. */
import type { Clock } from "../ports/clock.ts";
import type { Terminal } from "./output.ts";

export interface Invocation {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute: paths in flags and settings are relative to it. */
  readonly cwd: string;
  /** Of shipbot. */
  readonly version: string;
  readonly clock: Clock;
  /** `--config`. */
  readonly configPath: string | undefined;
  /** `--data-dir`. */
  readonly dataDir: string | undefined;
  /** `--verbose`: log lines and stacks on stderr. */
  readonly verbose: boolean;
}
