import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { acquireDaemonLock, isDaemonRunning } from "../../src/store/lock.ts";
import { startChild } from "../support/child.ts";
import { useDatabases } from "../support/database.ts";

const databases = useDatabases();
const CHILD = join(import.meta.dirname, "children", "lock.ts");

test("one daemon has the lock of a data folder, and another gets it after the release", () => {
  const dataDir = join(databases.folder(), "data");
  expect(isDaemonRunning(dataDir)).toBe(false);
  const lock = acquireDaemonLock(dataDir);
  expect(isDaemonRunning(dataDir)).toBe(true);
  expect(() => acquireDaemonLock(dataDir)).toThrow(expect.objectContaining({ kind: "busy" }));
  lock.release();
  lock.release();
  expect(isDaemonRunning(dataDir)).toBe(false);
  acquireDaemonLock(dataDir).release();
});

test("asking whether a daemon runs makes no folder and no file", () => {
  const dataDir = join(databases.folder(), "data");
  expect(isDaemonRunning(dataDir)).toBe(false);
  expect(() => statSync(dataDir)).toThrow("ENOENT");
});

test("asking does not take the lock away from the daemon", () => {
  const dataDir = databases.folder();
  const lock = acquireDaemonLock(dataDir);
  for (let count = 0; count < 5; count += 1) {
    expect(isDaemonRunning(dataDir)).toBe(true);
  }
  expect(() => acquireDaemonLock(dataDir)).toThrow(expect.objectContaining({ kind: "busy" }));
  lock.release();
});

test("a daemon in another process holds the lock until it ends, however it ends", async () => {
  const dataDir = databases.folder();
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const child = startChild(process.execPath, ["--expose-gc", CHILD, dataDir]);
    await child.waitForLine(/^locked$/);
    // The child drops what it was given: the lock must outlive a garbage collection.
    child.kill("SIGUSR2");
    await child.waitForLine(/^collected$/);
    expect(isDaemonRunning(dataDir)).toBe(true);
    expect(() => acquireDaemonLock(dataDir)).toThrow(expect.objectContaining({ kind: "busy" }));
    child.kill(signal);
    await child.exited;
    expect(isDaemonRunning(dataDir)).toBe(false);
  }
  acquireDaemonLock(dataDir).release();
});

test("a data folder that cannot be used is named as such", () => {
  const file = join(databases.folder(), "file");
  acquireDaemonLock(file).release();
  expect(() => acquireDaemonLock(join(file, "daemon.lock"))).toThrow(expect.objectContaining({ kind: "unwritable" }));
});
