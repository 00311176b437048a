import { join } from "node:path";
import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it, vi } from "vitest";
import type { LogFields } from "../../src/base/log.ts";
import { FIELDS_CHARACTERS_MAX, VALUE_CHARACTERS_MAX } from "../../src/base/log-redaction.ts";
import { Secret } from "../../src/base/secret.ts";
import { startChild } from "../support/child.ts";
import { aLog, Screen, START_AT } from "./log-support.ts";

const LOG_MODULE = join(import.meta.dirname, "..", "..", "src", "base", "log-output.ts");

describe("a line", () => {
  it("is one JSON object with time, level, message and fields", () => {
    const { log, screen } = aLog();
    log.warn("order parked", { order: "#1001", attempt: 2, dry: false, reason: null, nothing: undefined });
    expect(screen.lines).toEqual([
      '{"at":"2026-11-22T12:00:00.000Z","level":"warn","message":"order parked","order":"#1001","attempt":2,"dry":false,"reason":null}',
    ]);
  });

  it("cannot be forged by its fields", () => {
    const { log, screen } = aLog();
    log.info("real", { at: "never", level: "error", message: "forged", type: "fatal", args: "x" });
    expect(JSON.parse(screen.text)).toEqual({
      at: "2026-11-22T12:00:00.000Z",
      level: "info",
      message: "real",
      at_: "never",
      level_: "error",
      message_: "forged",
      type: "fatal",
      args: "x",
    });
  });

  it("stays one line without control characters, whatever the shop wrote", () => {
    const { log, screen } = aLog();
    log.info("note", {
      note: "a\r\nb\t\u001b[31mred\u001b]8;;http://x\u0007link\u202e\u0000\u009b2J",
      "na\u001b[2Jme": "x",
    });
    expect(screen.lines).toHaveLength(1);
    expect(screen.text).not.toMatch(/\\u00|\\r|\\n|\\t|\u202e|\u009b/);
    expect(JSON.parse(screen.text)).toMatchObject({ note: expect.stringContaining("a b red"), name: "x" });
  });

  it("is pretty and short on a terminal, with the whole time elsewhere", () => {
    const terminal = Object.assign(new Screen(), { isTTY: true, hasColors: () => true, getColorDepth: () => 8 });
    const fields: LogFields = { order: "#1001", note: "two words", empty: "", n: 1 };
    aLog({ format: "pretty", stderr: terminal }).log.warn("order parked", fields);
    const { log, screen } = aLog({ format: "pretty" });
    log.warn("order parked", fields);
    log.error("stopped");
    expect(stripVTControlCharacters(terminal.text)).toBe(
      '12:00:00 warn  order parked  order=#1001 note="two words" empty="" n=1\n',
    );
    expect(screen.lines).toEqual([
      '2026-11-22T12:00:00.000Z warn  order parked  order=#1001 note="two words" empty="" n=1',
      "2026-11-22T12:00:00.000Z error stopped",
    ]);
  });

  it("is written from its level on", () => {
    const { log, screen } = aLog({ level: "warn" });
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(screen.lines.map((line) => JSON.parse(line).message)).toEqual(["c", "d"]);
  });

  it("is written each time, also when it repeats", () => {
    const { log, screen } = aLog();
    for (let count = 0; count < 50; count += 1) {
      log.info("again", { order: "#1" });
    }
    expect(screen.lines).toHaveLength(50);
  });

  it("is written each time while the clock of the machine is set back", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: START_AT });
    const { log, screen } = aLog();
    for (let count = 0; count < 50; count += 1) {
      vi.setSystemTime(START_AT - count * 1_000);
      log.info("again", { order: "#1" });
    }
    vi.useRealTimers();
    expect(screen.lines).toHaveLength(50);
  });

  it("has a limit in each value and over all", () => {
    const { log, screen } = aLog();
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`field${n}`, "x".repeat(5_000)]));
    log.info("long", many);
    const line = JSON.parse(screen.text);
    expect(line.field0).toBe(`${"x".repeat(VALUE_CHARACTERS_MAX)}…`);
    expect(line.cut).toBe(true);
    expect(screen.text.length).toBeLessThan(FIELDS_CHARACTERS_MAX + 200);
  });
});

describe("secrets", () => {
  const canary = "shpat_canary/0+1=";
  const secrets = [new Secret(canary), new Secret("abc"), new Secret("12345678"), new Secret(`${canary}longer`)];

  it.each<readonly [string, LogFields]>([
    ["as they are", { url: `https://x/?token=${canary}&y` }],
    ["in a URL", { url: `https://x/?token=${encodeURIComponent(canary)}` }],
    ["in base64", { header: `Bearer ${Buffer.from(canary).toString("base64")}` }],
    ["as HTTP Basic", { header: `Basic ${Buffer.from(`${canary}:`).toString("base64")}` }],
    ["around control characters", { text: `shpat_can\u0000ary/0+1=` }],
    ["as a number", { code: 12_345_678 }],
    ["as the name of a field", { [canary]: 1 }],
    ["short, as the whole value", { code: "abc" }],
    ["beside a longer one", { code: `x ${canary}longer` }],
  ])("are hidden %s", (_, fields) => {
    const { log, screen } = aLog({ secrets });
    log.info("call", fields);
    expect(screen.text).toContain("[secret]");
    for (const form of [
      canary,
      "canary",
      "longer",
      encodeURIComponent(canary),
      "c2hwYXRf",
      "12345678",
      "12345678".slice(0, 6),
      '"abc"',
    ]) {
      expect(screen.text).not.toContain(form);
    }
  });

  it("are hidden in messages, in pretty lines, and where a value is cut", () => {
    const { log, screen } = aLog({ secrets, format: "pretty" });
    log.error(`refused ${canary}`, { text: `${"x".repeat(VALUE_CHARACTERS_MAX - 8)}${canary}` });
    expect(screen.text).not.toMatch(/shpat_c|canary/);
    expect(screen.text).toContain("refused [secret]");
  });

  it("leave other text alone", () => {
    const { log, screen } = aLog({ secrets: [...secrets, new Secret("")] });
    log.info("plain", { text: "abcdef shpat_other", n: 1_234_567 });
    expect(JSON.parse(screen.text)).toMatchObject({ text: "abcdef shpat_other", n: 1_234_567 });
  });
});

describe("a program", () => {
  it("is not stopped by what breaks the types", () => {
    const { log, screen } = aLog();
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const wrong: unknown = {
      circular,
      big: 10n,
      error: new Error("street"),
      list: ["name"],
      call: () => 1,
      nan: Number.NaN,
    };
    Reflect.apply(log.info, log, ["wrong", wrong]);
    Reflect.apply(log.info, log, [undefined, null]);
    expect(JSON.parse(screen.lines[0] ?? "")).toMatchObject({
      circular: "[object]",
      big: "[bigint]",
      error: "[object]",
      list: "[object]",
      nan: "NaN",
    });
    expect(screen.text).not.toMatch(/street|"name"/);
    expect(screen.lines).toHaveLength(2);
  });

  it("is not stopped by a stderr that throws, or that nobody reads", async () => {
    const throwing = new Writable();
    throwing.write = () => {
      throw new Error("broken");
    };
    const closed = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("EPIPE"), { code: "EPIPE" })),
    });
    const gone = new Promise((resolve) => closed.once("close", resolve));
    aLog({ stderr: throwing }).log.error("a");
    const { log } = aLog({ stderr: closed });
    log.error("b");
    await gone;
    log.error("c");
    await log.close();
  });

  it("has stdout for itself, whatever the environment says", async () => {
    const script = `
      const { createLog } = await import(${JSON.stringify(LOG_MODULE)});
      for (const format of ["json", "pretty"]) {
        const log = createLog({ level: "info", format, dir: null, clock: { now: () => 0 }, secrets: [] });
        log.debug("debug"); log.info("info"); log.warn("warn"); log.error("error");
      }`;
    const env = {
      CI: "1",
      GITHUB_ACTIONS: "1",
      CONSOLA_LEVEL: "warn",
      DEBUG: "1",
      NODE_ENV: "test",
      NODE_NO_WARNINGS: "1",
    };
    const { stdout, stderr, code } = await startChild(process.execPath, ["--input-type=module", "-e", script], { env })
      .exited;
    expect({ stdout, code }).toEqual({ stdout: "", code: 0 });
    expect(stderr.split("\n")).toEqual([
      '{"at":"1970-01-01T00:00:00.000Z","level":"info","message":"info"}',
      '{"at":"1970-01-01T00:00:00.000Z","level":"warn","message":"warn"}',
      '{"at":"1970-01-01T00:00:00.000Z","level":"error","message":"error"}',
      "1970-01-01T00:00:00.000Z info  info",
      "1970-01-01T00:00:00.000Z warn  warn",
      "1970-01-01T00:00:00.000Z error error",
      "",
    ]);
  });
});
