/** `config/build/run.js`: prepares only what is stale, then gets out of the target's way. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyCheckout } from "./checkout-copy.ts";

const RUN = "config/build/run.js";
const ECHO = `process.stdout.write(JSON.stringify(process.argv.slice(2)) + "\\n");`;
const SERVE = `
process.stdin.resume();
setTimeout(() => process.exit(9), 20_000); // Nobody ends it when its parent was killed.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => { process.stdout.write("got " + signal + "\\n"); process.exit(7); });
}
process.stdout.write("up\\n");
`;

describe("a run", () => {
  it("gives stdout to the target alone, with its arguments and exit code", async () => {
    const copy = copyCheckout({ "src/cli/main.ts": `${ECHO} process.exitCode = 3;` });
    const exit = await copy.node([RUN, "demo", "--orders", "25", "--json"]);
    expect(exit).toMatchObject({ code: 3, stdout: '["demo","--orders","25","--json"]\n' });
    expect(exit.stderr).toMatch(/^shipbot: building dist\/ … \d+\.\d s\n$/);
  });

  it("builds again when a source changed and only then", async () => {
    const copy = copyCheckout({ "src/cli/main.ts": ECHO });
    expect((await copy.node([RUN, "build"])).stderr).toContain("building");
    const builtAt = statSync(join(copy.root, "dist/main.js")).mtimeMs;
    expect(await copy.node([RUN, "build"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(statSync(join(copy.root, "dist/main.js")).mtimeMs).toBe(builtAt);
    copy.write("src/cli/main.ts", `process.stdout.write("new\\n");`);
    const exit = await copy.node([RUN, "shipbot"]);
    expect(exit.stderr).toContain("building");
    expect(exit.stdout).toBe("new\n");
  });

  it("builds again when the bundle is gone", async () => {
    const copy = copyCheckout({ "src/cli/main.ts": ECHO });
    await copy.node([RUN, "build"]);
    copy.remove("dist/main.js");
    expect((await copy.node([RUN, "build"])).stderr).toContain("building");
    expect(existsSync(join(copy.root, "dist/main.js"))).toBe(true);
  });

  it("keeps the last build and says what is wrong when the sources do not build", async () => {
    const copy = copyCheckout({ "src/cli/main.ts": ECHO });
    await copy.node([RUN, "build"]);
    const before = readFileSync(join(copy.root, "dist/main.js"), "utf8");
    copy.write("src/cli/main.ts", `import "./absent.ts";`);
    const exit = await copy.node([RUN, "demo"]);
    expect(exit.code).toBe(70);
    expect(exit.stdout).toBe("");
    expect(exit.stderr).toMatch(/absent\.ts/);
    expect(exit.stderr).toMatch(/error: the build failed \(exit 1\)\n {2}do: .+\n$/);
    expect(readFileSync(join(copy.root, "dist/main.js"), "utf8")).toBe(before);
  });

  it("prepares once when two start together", async () => {
    const copy = copyCheckout({ "src/cli/main.ts": ECHO });
    const exits = await Promise.all([copy.node([RUN, "demo"]), copy.node([RUN, "demo"])]);
    expect(exits.map(({ code, stdout }) => ({ code, stdout }))).toEqual([
      { code: 0, stdout: '["demo"]\n' },
      { code: 0, stdout: '["demo"]\n' },
    ]);
    expect(
      exits
        .map(({ stderr }) => stderr)
        .join("")
        .match(/building/g),
    ).toHaveLength(1);
  });

  it("takes over from a preparer that died", async () => {
    const copy = copyCheckout({ "src/cli/main.ts": ECHO });
    const dead = copy.start(["-e", "0"]);
    await dead.exited;
    copy.write("dist/.lock", String(dead.pid));
    expect(await copy.node([RUN, "demo"])).toMatchObject({ code: 0, stdout: '["demo"]\n' });
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("passes %s on and ends as the target does", async (signal) => {
    const copy = copyCheckout({ "src/cli/main.ts": SERVE });
    const run = copy.start([RUN, "start"]);
    await run.waitForLine(/^up$/);
    run.kill(signal);
    expect(await run.exited).toMatchObject({ code: 7, stdout: `up\ngot ${signal}\n` });
  });

  it("names the targets when it is asked for something else", async () => {
    const copy = copyCheckout({});
    const exit = await copy.node([RUN, "dmeo"]);
    expect(exit).toMatchObject({ code: 2, stdout: "" });
    expect(exit.stderr).toMatch(/^error: "dmeo" is nothing to run\n {2}do: one of: .*\bdemo\b/);
  });
});

describe("npm run", () => {
  it("writes nothing of its own on stdout", async () => {
    const copy = copyCheckout({ "src/cli/main.ts": ECHO });
    const npm = `const { spawnSync } = require("node:child_process");
      const done = spawnSync("npm", ["run", "demo", "--", "--json"], { encoding: "utf8" });
      process.stdout.write(done.stdout); process.exitCode = done.status;`;
    writeFileSync(join(copy.root, "npm.cjs"), npm);
    expect(await copy.node(["npm.cjs"])).toMatchObject({ code: 0, stdout: '["demo","--json"]\n' });
  });
});
