import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogFile } from "../../src/base/log-files.ts";
import { Secret } from "../../src/base/secret.ts";
import { aLog } from "./log-support.ts";

let folder = "";
let dir = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shipbot-log-"));
  dir = join(folder, "data", "logs");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const SMALL = { fileBytesMax: 2_000, filesMax: 5, pendingBytesMax: 1_000_000 };

/** All lines under a name, oldest first. */
function linesOf(name: string): readonly { readonly message: string; readonly n?: number; readonly lines?: number }[] {
  return readdirSync(dir)
    .filter((file) => file === name || file.startsWith(`${name}.`))
    .toSorted((a, b) => b.localeCompare(a))
    .flatMap((file) =>
      readFileSync(join(dir, file), "utf8")
        .split("\n")
        .filter((line) => line !== ""),
    )
    .map((line) => JSON.parse(line));
}

describe("the log files", () => {
  it("hold every line, and errors once more by themselves", async () => {
    const { log, screen } = aLog({ dir, format: "pretty" });
    log.info("a");
    log.error("b", { code: "X" });
    log.debug("c");
    await log.flush();
    expect(linesOf("combined.log").map((line) => line.message)).toEqual(["a", "b", "c"]);
    expect(readFileSync(join(dir, "error.log"), "utf8")).toBe(
      '{"at":"2026-11-22T12:00:00.000Z","level":"error","message":"b","code":"X"}\n',
    );
    expect(screen.lines).toHaveLength(3);
  });

  it("are not made before there is something to write", async () => {
    const { log } = aLog({ dir });
    await log.close();
    expect(existsSync(dir)).toBe(false);
  });

  it("hide secrets as well", async () => {
    const { log } = aLog({ dir, secrets: [new Secret("canary-secret")] });
    log.error("canary-secret", { value: "x canary-secret" });
    await log.close();
    for (const file of readdirSync(dir)) {
      expect(readFileSync(join(dir, file), "utf8")).not.toContain("canary");
    }
  });

  it("are written no more after close, which may come twice; stderr still is", async () => {
    const { log, screen } = aLog({ dir });
    log.info("a");
    await Promise.all([log.close(), log.close()]);
    log.info("b");
    await log.flush();
    expect(linesOf("combined.log").map((line) => line.message)).toEqual(["a"]);
    expect(screen.lines).toHaveLength(2);
  });

  it("are rotated by size and never take more than their share", async () => {
    const { log } = aLog({ dir, fileLimits: SMALL });
    for (let n = 0; n < 300; n += 1) {
      log.info("line", { n });
      if (n % 7 === 0) {
        await log.flush();
      }
    }
    await log.close();
    expect(readdirSync(dir).toSorted()).toEqual(["combined.log", ...[1, 2, 3, 4].map((n) => `combined.log.${n}`)]);
    for (const file of readdirSync(dir)) {
      expect(statSync(join(dir, file)).size).toBeLessThanOrEqual(SMALL.fileBytesMax);
    }
    const numbers = linesOf("combined.log").map((line) => line.n);
    expect(numbers.length).toBeGreaterThan(50);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 300 - numbers.length + index));
  });

  it("are shared by two programs without a torn or lost line", async () => {
    const large = { ...SMALL, fileBytesMax: 1_000_000 };
    const logs = [aLog({ dir, fileLimits: large }).log, aLog({ dir, fileLimits: large }).log];
    for (let n = 0; n < 200; n += 1) {
      logs[n % 2]?.info("line", { n });
      if (n % 5 === 0) {
        await logs[n % 2]?.flush();
      }
    }
    await Promise.all(logs.map((log) => log.close()));
    expect(
      linesOf("combined.log")
        .map((line) => line.n)
        .toSorted((a = 0, b = 0) => a - b),
    ).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  it("begin a new line after one that a crash tore", async () => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "combined.log"), '{"message":"whole"}\n{"messa');
    const { log } = aLog({ dir });
    log.info("after");
    log.info("next");
    await log.close();
    const lines = readFileSync(join(dir, "combined.log"), "utf8").split("\n");
    expect(lines.slice(0, 2)).toEqual(['{"message":"whole"}', '{"messa']);
    expect(lines.slice(2, 4).map((line) => JSON.parse(line).message)).toEqual(["after", "next"]);
  });
});

describe("a disk that does not take them", () => {
  it("does not stop the program, is told once, and what is missing is counted", async () => {
    mkdirSync(join(folder, "data"));
    writeFileSync(dir, "a file where the folder should be");
    const { log, screen } = aLog({ dir });
    for (const message of ["a", "b", "c"]) {
      log.error(message);
      await log.flush();
    }
    expect(screen.lines.map((line) => JSON.parse(line).message)).toEqual([
      "a",
      "log files cannot be written: lines are only here",
      "b",
      "c",
    ]);
    rmSync(dir);
    log.error("d");
    await log.close();
    expect(linesOf("combined.log")).toMatchObject([{ message: "log lines were lost", lines: 3 }, { message: "d" }]);
    expect(linesOf("error.log")).toMatchObject([{ message: "log lines were lost", lines: 3 }, { message: "d" }]);
    expect(screen.lines).toHaveLength(5);
  });

  it("may be full", async (context) => {
    if (!existsSync("/dev/full")) {
      context.skip("this system has no /dev/full");
    }
    mkdirSync(dir, { recursive: true });
    symlinkSync("/dev/full", join(dir, "combined.log"));
    const { log, screen } = aLog({ dir });
    log.info("a");
    await log.flush();
    log.info("b");
    await log.close();
    expect(screen.text.match(/ENOSPC/g)).toHaveLength(1);
    expect(screen.lines).toHaveLength(3);
  });
});

describe("LogFile", () => {
  it("keeps a bounded number of bytes in memory, and counts the rest", async () => {
    const events = {
      onFailure: () => expect.unreachable(),
      describeLoss: (lines: number) => JSON.stringify({ message: "lost", lines }),
    };
    const file = new LogFile(join(dir, "x.log"), events, { ...SMALL, fileBytesMax: 100_000, pendingBytesMax: 1_000 });
    const line = JSON.stringify({ message: "x".repeat(85) });
    for (let count = 0; count < 25; count += 1) {
      file.append(line);
    }
    await file.flush();
    file.append(line);
    await file.flush();
    const lines = linesOf("x.log");
    expect(lines.filter((entry) => entry.message.startsWith("x"))).toHaveLength(11);
    expect(lines.find((entry) => entry.message === "lost")).toEqual({ message: "lost", lines: 15 });
  });
});
