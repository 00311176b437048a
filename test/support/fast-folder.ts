/**
 * A folder for a database that commits hundreds of times in one test: in memory where the system has such a place. What
 * these tests need is that a commit is seen by others; that it survives a power cut is tested elsewhere.
 */
import { accessSync, constants } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const IN_MEMORY = "/dev/shm";

/** A new folder; the caller removes it. */
export async function fastFolder(): Promise<string> {
  return mkdtemp(join(isWritable(IN_MEMORY) ? IN_MEMORY : tmpdir(), "shipbot-test-"));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
