/** `backup` and `restore` as users type them, and what they are told when something is damaged. */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectPlain, expectTwoLines, readJson, useFloor } from "./shop-floor.ts";

describe("backup and restore", () => {
  const floor = useFloor();
  const backupsOf = () =>
    readdirSync(join(floor().folder, "backups"))
      .filter((name) => name.endsWith(".db"))
      .sort();

  test("a backup says what is in it, and a dry run writes nothing", async () => {
    const { run } = floor();
    expectTwoLines((await run(["backup"])).stderr, /no database yet/, /shipbot sync/);
    floor().addOrder({ name: "#1001" });
    await run(["sync", "--order", "1001"]);
    const dry = await run(["backup", "--dry-run"]);
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Would back up .*Nothing was written/s) });
    const { code, stdout } = await run(["backup"]);
    expectPlain(stdout.split("\n").slice(1).join("\n"));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/shipbot-.*\.db\n.* 1 order, 1 label; checked/)]);
    expect(backupsOf()).toHaveLength(1);
    expectTwoLines((await run(["backup", "--out", "shipbot.db"])).stderr, /is there already/, /another --out/);
  });

  test("a restore asks, or is told not to; it says how to undo it, and status says what goes on", async () => {
    const { folder, run } = floor();
    const backup = join(folder, "backups", backupsOf()[0] ?? "");
    floor().addOrder({ name: "#1002" });
    await run(["sync", "--order", "1002"]);
    const asked = await run(["restore", backup]);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/knows 1 order and\s+1 label more/);
    expectTwoLines(asked.stderr, /nobody is here to answer/, /--yes, if so; the one that is there is kept/);
    const done = await run(["restore", backup, "--yes"]);
    const undo = /undo: shipbot restore (.*)/.exec(done.stdout)?.[1] ?? "";
    expect(done.code).toBe(0);
    expect(readJson(await run(["status", "--json"]))).toMatchObject({
      ...{ orders: { pending_pickup: 1 }, restored: { cause: "restored", takenAt: expect.any(String), unverified: 1 } },
    });
    const status = await run(["status"]);
    expectPlain(status.stdout);
    expect(status.stdout.replaceAll(/\n\s+/g, " ")).toMatch(
      /restored from a backup.*looked up at the provider before anything is bought; 1 order still to verify/,
    );
    // The order that the backup never heard of: its label is found, not bought.
    const why = await run(["why", "--order", "1002"]);
    expect(why.stdout).toMatch(/wait {2}verified after a restore/);
    await run(["sync", "--order", "1002"]);
    expect(floor().sandbox.easypost.ledger().purchases).toHaveLength(2);
    expect((await run(["restore", undo, "--yes"])).code).toBe(0);
    expect(readJson(await run(["status", "--json"]))).toMatchObject({ orders: { pending_pickup: 2 } });
  });

  test("a damaged backup is refused with a sentence that names a whole one", async () => {
    const { folder, run } = floor();
    const [name = ""] = backupsOf();
    const bad = join(folder, "bad.db");
    const bytes = readFileSync(join(folder, "backups", name));
    bytes[9_000] = (bytes[9_000] ?? 0) ^ 1;
    writeFileSync(bad, bytes);
    copyFileSync(join(folder, "backups", `${name}.json`), `${bad}.json`);
    const { code, stderr } = await run(["restore", bad, "--yes"]);
    expect(code).toBe(70);
    expectTwoLines(stderr, /bad\.db is damaged .*checksum.* Nothing was changed/, /shipbot restore .*backups/);
  });

  test("a recovery without a log says so, and what cannot be read is told of the backup", async () => {
    const { folder, run } = floor();
    const [name = ""] = backupsOf();
    const backup = join(folder, "backups", name);
    const told = async (...args: readonly string[]) =>
      (await run(["restore", ...args, "--dry-run"])).stderr.replaceAll(/\n\s+/g, " ");
    expect(await told(backup)).not.toMatch(/log/);
    expect(await told(backup, "--recover")).toMatch(/taken .* ago.*nothing that came after it, as it has no log/);
    const copy = join(folder, "copy.db");
    copyFileSync(backup, copy);
    expect(await told(copy)).toMatch(/no manifest is beside it/);
    writeFileSync(`${copy}.json`, "{");
    expect(await told(copy)).toMatch(/the manifest beside it cannot be read/);
    const refused = await run(["restore", join(folder, "backups"), "--yes"]);
    expect(refused.code).toBe(2);
    expectTwoLines(refused.stderr, /The backup \S*backups is a folder/, /Name the file of the backup in it/);
    expect(refused.stderr).not.toContain("database");
  });

  test("a damaged database says at the start which backup is whole", async () => {
    const { folder, run } = floor();
    writeFileSync(join(folder, "shipbot.db"), "no database any more".repeat(500));
    for (const command of ["daemon", "status"]) {
      const { code, stderr } = await run([command]);
      expect(code).toBe(70);
      expectTwoLines(stderr, /damaged or not a database/, /shipbot restore \S*backups\S* --recover/);
    }
  });

  test("nothing is restored where a daemon works", async () => {
    const { folder, run, start } = floor();
    const backup = join(folder, "backups", backupsOf()[0] ?? "");
    expect((await run(["restore", backup, "--yes"])).code).toBe(0);
    const daemon = start(["daemon"], { LOG_FORMAT: "json" });
    await daemon.waitForLine(/shipbot is running/, 20_000);
    const { code, stderr } = await run(["restore", backup, "--yes"]);
    expect(code).toBe(78);
    expectTwoLines(stderr, /Another shipbot daemon works/, /Stop it first/);
    expect((await run(["backup", "--json"])).code).toBe(0);
    daemon.kill("SIGTERM");
    expect(await daemon.exited).toMatchObject({ code: 0 });
    expect(floor().sandbox.easypost.ledger().purchases).toHaveLength(2);
  });
});
