/** The built program as a child process, for tests that must see what a user sees: text and an exit code. */
import { builtBundle, PROGRAM, wantedBundle } from "../../config/build/checkout.js";
import { type ChildExit, type ChildOptions, type RunningChild, startChild } from "./child.ts";

/** The path of the program. Throws, with what to do, when `dist/` is absent or older than its sources. */
export function programPath(): string {
  const built = builtBundle();
  if (built === null) {
    throw new Error("dist/ is not built: run `npm run build` first (`npm test` does it by itself)");
  }
  // The runner has just built this bundle; files that somebody edits while the tests run do not spoil them.
  if (built !== process.env["TESTED_BUNDLE"] && built !== wantedBundle()) {
    throw new Error("dist/ is older than its sources: run `npm run build` first (`npm test` does it by itself)");
  }
  return PROGRAM;
}

/** Runs the program to its end. Rejects when it does not end in time; any exit code is an answer, not an error. */
export async function runProgram(args: readonly string[], options: ChildOptions = {}): Promise<ChildExit> {
  return startProgram(args, options).exited;
}

/** Starts the program and returns at once. The caller ends it (`kill`) and awaits `exited`. */
export function startProgram(args: readonly string[], options: ChildOptions = {}): RunningChild {
  return startChild(process.execPath, [programPath(), ...args], options);
}
