import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { withLock } from "../../config/build/lock.js";

function aLockPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "shipbot-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "lock");
}

describe("the lock of a checkout", () => {
  it("lets one in at a time and tells the others whom they wait for", async () => {
    const path = aLockPath();
    const waitedFor: number[] = [];
    let inside = 0;
    let mostInside = 0;
    const enter = async (): Promise<void> => {
      await withLock(
        path,
        (pid) => waitedFor.push(pid),
        async () => {
          inside += 1;
          mostInside = Math.max(mostInside, inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        },
      );
    };
    await Promise.all([enter(), enter(), enter()]);
    expect(mostInside).toBe(1);
    expect(waitedFor).toEqual([process.pid, process.pid]);
  });

  it("names its owner while it is held and leaves nothing behind", async () => {
    const path = aLockPath();
    const owner = await withLock(
      path,
      () => {},
      async () => readFileSync(path, "utf8"),
    );
    expect(owner).toBe(String(process.pid));
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  it("is released when the work fails", async () => {
    const path = aLockPath();
    const failing = withLock(
      path,
      () => {},
      async () => {
        throw new Error("no");
      },
    );
    await expect(failing).rejects.toThrow("no");
    expect(existsSync(path)).toBe(false);
  });

  it("is taken over from a process that is gone", async () => {
    const path = aLockPath();
    const gone = spawnSync(process.execPath, ["-e", "0"]).pid;
    writeFileSync(path, String(gone));
    await expect(
      withLock(
        path,
        () => expect.unreachable(),
        async () => "in",
      ),
    ).resolves.toBe("in");
  });
});
