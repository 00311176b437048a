/**
 * One preparer at a time in one checkout. The lock is a file that names its owner's process id.
 *
 * It is created complete or not at all (written aside, then hard-linked), so a reader never meets a half-written one.
 * A crash leaves the file behind; the next run sees that the process is gone and moves the file away. Two runs that
 * do so at once cannot both win: the link that follows succeeds once.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** An install on a slow line takes minutes; a lock older than this belongs to something that hangs. */
const WAIT_MAX_MS = 15 * 60_000;
const LOOK_EVERY_MS = 100;

/**
 * Runs `work` while holding the lock at `path`, and waits for the lock as long as a living process has it.
 * @template T
 * @param {string} path
 * @param {(ownerPid: number) => void} onWait called once when another process has the lock
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, onWait, work) {
  await acquire(path, onWait);
  const release = () => {
    if (ownerOf(path) === process.pid) {
      rmSync(path, { force: true });
    }
  };
  process.on("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

/**
 * @param {string} path
 * @param {(ownerPid: number) => void} onWait
 */
async function acquire(path, onWait) {
  const startedAt = Date.now();
  const own = `${path}.${process.pid}`;
  let told = false;
  mkdirSync(dirname(path), { recursive: true });
  while (!tryToTake(path, own)) {
    const owner = ownerOf(path);
    if (owner !== null && !isAlive(owner)) {
      removeAbandoned(path, owner);
      continue;
    }
    if (owner !== null && !told) {
      told = true;
      onWait(owner);
    }
    if (Date.now() - startedAt > WAIT_MAX_MS) {
      throw new Error(
        `process ${owner} has held ${path} for too long: end it, or remove the file if it is no run of ours`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/**
 * @param {string} path
 * @param {string} own
 */
function tryToTake(path, own) {
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") {
      return false;
    }
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Between our look and the rename another run may have replaced the dead owner's lock by its own: then it goes back.
 * @param {string} path
 * @param {number} deadPid
 */
function removeAbandoned(path, deadPid) {
  const aside = `${path}.${process.pid}.abandoned`;
  try {
    renameSync(path, aside);
    if (ownerOf(aside) !== deadPid) {
      linkSync(aside, path);
    }
  } catch {
    // Another waiter was faster; the caller looks again.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @param {string} path */
function ownerOf(path) {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
