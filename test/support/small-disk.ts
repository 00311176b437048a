/** A file system of its own for one test, small enough to be filled: a tmpfs, which only root may mount. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk {
  readonly path: string;
  /** Takes all the room that is left, to the last block. */
  fill(): void;
  /** Gives it back. */
  makeRoom(): void;
  /** From now on nothing can be written. Nobody may have a file open for writing there. */
  makeReadOnly(): void;
  /** Everybody must have gone. */
  remove(): void;
}

/** Or the reason why there is none, to skip with. */
export function mountSmallDisk(megabytes: number): SmallDisk | string {
  const path = mkdtempSync(join(tmpdir(), "shipbot-disk-"));
  const mount = (...args: readonly string[]): void => void execFileSync("mount", [...args], { stdio: "pipe" });
  try {
    mount("-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "shipbot-test", path);
  } catch {
    rmdirSync(path);
    return "a small file system can only be mounted by root, and not in every container";
  }
  const filler = join(path, "filler");
  return {
    path,
    fill() {
      const file = openSync(filler, "a");
      try {
        for (let size = 64 * 1024; size >= 1; ) {
          try {
            writeSync(file, Buffer.alloc(size));
          } catch {
            size = Math.floor(size / 2);
          }
        }
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(filler, { force: true }),
    makeReadOnly: () => mount("-o", "remount,ro", path),
    remove() {
      execFileSync("umount", [path], { stdio: "pipe" });
      rmdirSync(path);
    },
  };
}
