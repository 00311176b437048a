import { Writable } from "node:stream";
import { createLog, type LogOptions, type OutputLog } from "../../src/base/log-output.ts";

/** Keeps what is written to it. */
export class Screen extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }

  get lines(): readonly string[] {
    return this.text.split("\n").slice(0, -1);
  }
}

export const START_AT = Date.parse("2026-11-22T12:00:00Z");

/** A JSON log on a screen at a clock that stands still. */
export function aLog(options: Partial<LogOptions> = {}): { readonly log: OutputLog; readonly screen: Screen } {
  const screen = new Screen();
  const log = createLog({
    level: "debug",
    format: "json",
    dir: null,
    clock: { now: () => START_AT },
    secrets: [],
    stderr: screen,
    ...options,
  });
  return { log, screen };
}
