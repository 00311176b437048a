/** The built program beside a sandbox in this process: what a user types, and what comes back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { systemClock } from "../../src/base/system.ts";
import { DAY_MS } from "../../src/core/time.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import type { OrderSpec } from "../../src/sandbox/shopify/orders.ts";
import { openStore } from "../../src/store/store.ts";
import type { Store } from "../../src/store/types.ts";
import { runProgram, startProgram } from "../support/built-program.ts";
import type { ChildExit, RunningChild } from "../support/child.ts";

type Env = Readonly<Record<string, string>>;

export interface Floor {
  readonly sandbox: Sandbox;
  /** Empty but for what the program puts there; it is also the working folder. */
  readonly folder: string;
  /** What a user would have exported. */
  readonly env: Env;
  /** A paid order that is tagged ready, unless `spec` says otherwise. Gives its gid. */
  addOrder(spec: OrderSpec): string;
  run(args: readonly string[], env?: Env): Promise<ChildExit>;
  start(args: readonly string[], env?: Env): RunningChild;
  /** The program's database, opened beside it; closed after `use`. */
  withStore<T>(use: (store: Store) => Promise<T>): Promise<T>;
}

/** One floor for the tests of a `describe`. */
export function useFloor(): () => Floor {
  let floor: Floor | null = null;
  beforeAll(async () => {
    floor = await openFloor();
  });
  afterAll(async () => {
    await floor?.sandbox.close();
    await rm(floor?.folder ?? "", { recursive: true, force: true });
  });
  return () => floor ?? expect.fail("the floor is open only while tests run");
}

async function openFloor(): Promise<Floor> {
  const folder = await mkdtemp(join(tmpdir(), "shipbot-cli-"));
  // Parcels stand still: a test that wants one to move says so.
  const sandbox = await startSandbox({ clock: systemClock, port: 0, seed: 7, stepMs: DAY_MS, indexLagMs: 0 });
  const env: Env = { ...sandbox.environment, SHIPBOT_DATA_DIR: folder, SHIPBOT_USER: "ada", PORT: "0" };
  const optionsOf = (more: Env) => ({ cwd: folder, env: { ...env, ...more } });
  return {
    ...{ sandbox, folder, env },
    addOrder: (spec) => sandbox.shopify.addOrder({ tags: ["ready_to_ship"], ...spec }).id,
    run: (args, more = {}) => runProgram(args, optionsOf(more)),
    start: (args, more = {}) => startProgram(args, optionsOf(more)),
    async withStore(use) {
      const shopId = sandbox.url.replace("http://", "");
      const store = await openStore({ url: `sqlite:${join(folder, "shipbot.db")}`, shopId, clock: systemClock });
      try {
        return await use(store);
      } finally {
        await store.close();
      }
    },
  };
}

/** What every answer in a pipe keeps to: no escape byte, no line wider than a screen. */
export function expectPlain(text: string): void {
  expect(text).not.toContain("\u001b");
  const wide = text.split("\n").filter((line) => [...line].length > 80);
  expect(wide).toEqual([]);
}

/** The one JSON document of stdout. */
export function readJson(exit: ChildExit): Record<string, unknown> {
  const lines = exit.stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  const document: unknown = JSON.parse(lines[0] ?? "");
  expect(document).toMatchObject({ version: 1 });
  return document as Record<string, unknown>;
}

/** The first and the last line of an error, as the contract wants them: what, and what to do. */
export function expectTwoLines(stderr: string, what: RegExp, todo: RegExp): void {
  const start = stderr.indexOf("error: ");
  expect(start, stderr).toBeGreaterThanOrEqual(0);
  const [told = "", remedy = ""] = stderr
    .slice(start)
    .trimEnd()
    .split(/\n {2}do: /);
  expect(told.replaceAll(/\n\s+/g, " ")).toMatch(what);
  expect(remedy.replaceAll(/\n\s+/g, " ")).toMatch(todo);
  expect(stderr).not.toMatch(/^\s+at /m);
}

export const WITHOUT_WEIGHT: OrderSpec = {
  lines: [{ sku: "GIFT-BOX", title: "Gift box", grams: null, price: "5.00" }],
};
