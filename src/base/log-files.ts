/**
 * One log file that is rotated by size: `combined.log`, then `combined.log.1` (newer) to `.4` (older), then gone.
 *
 * Lines wait in memory and are appended by one writer at a time, a batch at once. The file is opened anew for each
 * batch, so that a second process (the command line beside the daemon) may write and rotate the same file: lines are
 * appended whole, and if both rotate in the same instant the oldest file goes early; nothing else is lost.
 *
 * A crash loses what waits in memory, at most the last moments; a line that a crash or a full disk tore is closed with
 * a line break before the next one. When writing fails the lines are dropped and counted, and the program goes on: a log
 * must not stop it. When writing works again, the file says how many are missing.
 */
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

export interface LogFileLimits {
  readonly fileBytesMax: number;
  /** With the one that is written to. */
  readonly filesMax: number;
  /** What may wait in memory; lines beyond are dropped and counted. */
  readonly pendingBytesMax: number;
}

export const LOG_FILE_LIMITS: LogFileLimits = {
  // Five of ten megabytes: weeks of a busy shop, and little on the 25 GB disk of the smallest droplet.
  fileBytesMax: 10_000_000,
  filesMax: 5,
  // Seconds of the worst flood while a disk hangs.
  pendingBytesMax: 4_000_000,
};

/** One write: large enough to keep up, small against a file. */
const BATCH_BYTES_MAX = 1_000_000;
/** Names and ids of orders are in it: the owner's alone, as everything in the data folder. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export interface LogFileEvents {
  /** Called for each batch of lines that could not be written. */
  onFailure(error: unknown): void;
  /** The line that says how many are missing, without its line break. */
  describeLoss(lines: number): string;
}

export class LogFile {
  readonly #path: string;
  readonly #limits: LogFileLimits;
  readonly #events: LogFileEvents;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #lost = 0;
  /** Whether the last line in the file may lack its end. An earlier process may have left one. */
  #torn = true;
  #drained: Promise<void> | null = null;

  constructor(path: string, events: LogFileEvents, limits: LogFileLimits = LOG_FILE_LIMITS) {
    this.#path = path;
    this.#events = events;
    this.#limits = limits;
  }

  /** Takes one line without its line break and returns at once. Never throws. */
  append(line: string): void {
    const bytes = Buffer.from(`${line}\n`, "utf8");
    if (this.#pendingBytes + bytes.length > this.#limits.pendingBytesMax) {
      this.#lost += 1;
      return;
    }
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#drained ??= this.#drain();
  }

  /** Resolves when all lines so far are written or counted as lost. Never rejects. */
  async flush(): Promise<void> {
    while (this.#drained !== null) {
      await this.#drained;
    }
  }

  async #drain(): Promise<void> {
    // One turn later, so that lines of the same moment share a write.
    await Promise.resolve();
    while (this.#pending.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#write(batch);
      } catch (error) {
        this.#lost += batch.length;
        this.#torn = true;
        this.#events.onFailure(error);
      }
    }
    this.#drained = null;
  }

  #takeBatch(): readonly Buffer[] {
    let count = 0;
    let bytes = 0;
    const bytesMax = Math.min(BATCH_BYTES_MAX, this.#limits.fileBytesMax);
    for (const line of this.#pending) {
      if (count > 0 && bytes + line.length > bytesMax) {
        break;
      }
      count += 1;
      bytes += line.length;
    }
    this.#pendingBytes -= bytes;
    return this.#pending.splice(0, count);
  }

  async #write(batch: readonly Buffer[]): Promise<void> {
    const lost = this.#lost;
    const loss = lost === 0 ? [] : [Buffer.from(`${this.#events.describeLoss(lost)}\n`, "utf8")];
    const bytes = Buffer.concat([...loss, ...batch]);
    await mkdir(dirname(this.#path), { recursive: true, mode: FOLDER_MODE });
    if (!(await this.#appendIfRoom(bytes))) {
      await this.#rotate();
      await this.#appendIfRoom(bytes);
    }
    this.#lost -= lost;
    this.#torn = false;
  }

  /** `false` when the file is too full for it; an empty file takes anything. */
  async #appendIfRoom(bytes: Buffer): Promise<boolean> {
    const handle = await open(this.#path, "a+", FILE_MODE);
    try {
      const { size } = await handle.stat();
      if (size > 0 && size + bytes.length > this.#limits.fileBytesMax) {
        return false;
      }
      if (this.#torn && size > 0) {
        const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
        if (buffer.toString("latin1") !== "\n") {
          await handle.appendFile("\n");
        }
      }
      await handle.appendFile(bytes);
      return true;
    } finally {
      await handle.close();
    }
  }

  async #rotate(): Promise<void> {
    for (let number = this.#limits.filesMax - 2; number >= 0; number -= 1) {
      const from = number === 0 ? this.#path : `${this.#path}.${number}`;
      try {
        await rename(from, `${this.#path}.${number + 1}`);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
          throw error;
        }
      }
    }
  }
}
