/** Emulates a disk whose sync takes 1 ms: the same on every machine, where real disks differ a hundredfold. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NotMeasured } from "./row.ts";

const SOURCE = fileURLToPath(new URL("slow-fsync.c", import.meta.url));
const COMPILERS = ["cc", "gcc", "clang"];

/** Compiles the shim into `folder` and returns what a child needs in its environment. Throws `NotMeasured`. */
export function buildSlowFsync(folder: string): Readonly<Record<string, string>> {
  if (process.platform !== "linux") {
    throw new NotMeasured("a slow disk is emulated by LD_PRELOAD, which needs Linux");
  }
  const library = join(folder, "slow-fsync.so");
  for (const compiler of COMPILERS) {
    const built = spawnSync(compiler, ["-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], { encoding: "utf8" });
    if (built.status === 0) {
      return { LD_PRELOAD: library };
    }
    if (built.error === undefined) {
      throw new NotMeasured(`${compiler} could not build the emulation of a slow disk: ${built.stderr.split("\n")[0]}`);
    }
  }
  throw new NotMeasured("no C compiler (cc, gcc, clang), so a slow disk cannot be emulated");
}

/** In memory where there is such a place, so that only the emulated sync costs anything. */
export function fastFolder(): string {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return "/dev/shm";
  } catch {
    return tmpdir();
  }
}
