/** A small checkout beside the real one: the real build scripts, and a program and tests of a few lines. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { installIsCurrent, ROOT } from "../../config/build/checkout.js";
import { type ChildExit, type ChildOptions, type RunningChild, startChild } from "../support/child.ts";

const COPIED = [
  "bin",
  "config/build",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  ".npmrc",
  "vitest.config.ts",
];

export interface CheckoutCopy {
  readonly root: string;
  write(path: string, text: string): void;
  remove(path: string): void;
  /** Runs Node with these arguments in the copy. */
  node(args: readonly string[], options?: ChildOptions): Promise<ChildExit>;
  start(args: readonly string[], options?: ChildOptions): RunningChild;
}

/** Shares the real dependencies, and is removed at the end of the test. */
export function copyCheckout(files: Readonly<Record<string, string>>): CheckoutCopy {
  if (!installIsCurrent()) {
    // The copy would install them, through the link, into the real folder.
    throw new Error("the dependencies are not what package-lock.json says: run `npm run build` first");
  }
  const root = mkdtempSync(join(tmpdir(), "shipbot-checkout-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const path of COPIED) {
    cpSync(join(ROOT, path), join(root, path), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  const start = (args: readonly string[], options?: ChildOptions): RunningChild =>
    startChild(process.execPath, args, { cwd: root, ...options });
  const copy: CheckoutCopy = {
    root,
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    remove: (path) => rmSync(join(root, path), { recursive: true, force: true }),
    node: async (args, options) => start(args, options).exited,
    start,
  };
  for (const [path, text] of Object.entries(files)) {
    copy.write(path, text);
  }
  return copy;
}
