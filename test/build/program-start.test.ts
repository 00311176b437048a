/** `bin/shipbot.js`: the first lines that run, also on a Node that cannot run the rest. */
import { chmodSync, existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CheckoutCopy, copyCheckout } from "./checkout-copy.ts";

const BIN = "bin/shipbot.js";
/** Loaded before the program: from then on this Node says that it is an older one. */
const OLD_NODE = [
  "--import",
  `data:text/javascript,${encodeURIComponent(
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });',
  )}`,
];

function aCheckout(main: string): CheckoutCopy {
  return copyCheckout({ "dist/main.js": main });
}

/** Instead of the shared dependencies: none, or a Node of the right version and nothing else. */
function giveNode(copy: CheckoutCopy, present: boolean): void {
  copy.remove("node_modules");
  if (present) {
    copy.write("node_modules/node/bin/.keep", "");
    symlinkSync(process.execPath, join(copy.root, "node_modules/node/bin/node"));
  }
}

describe("the program's start", () => {
  it("prints the version without the bundle, on any Node", async () => {
    const copy = aCheckout("");
    copy.remove("dist");
    for (const flags of [[], OLD_NODE]) {
      const exit = await copy.node([...flags, BIN, "--version"]);
      expect(exit.code).toBe(0);
      expect(exit.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    }
  });

  it("runs the bundle with the arguments as they are", async () => {
    const copy = aCheckout("process.stdout.write(JSON.stringify(process.argv.slice(2)));");
    expect(await copy.node([BIN, "status", "--order", "#1001"])).toMatchObject({
      code: 0,
      stdout: '["status","--order","#1001"]',
      stderr: "",
    });
  });

  it("says how to build when it is not built", async () => {
    const copy = aCheckout("");
    copy.remove("dist");
    const exit = await copy.node([BIN, "status"]);
    expect(exit).toMatchObject({ code: 78, stdout: "" });
    expect(exit.stderr).toMatch(/^error: .+\n {2}do: npm run build\n$/);
  });

  it("refuses an old Node in two lines when there is no other", async () => {
    const copy = aCheckout("process.stdout.write('ran');");
    giveNode(copy, false);
    const exit = await copy.node([...OLD_NODE, BIN, "status"]);
    expect(exit).toMatchObject({ code: 78, stdout: "" });
    expect(exit.stderr).toBe(
      "error: shipbot needs Node 24 or newer, this is 20.20.2\n  do: install it from https://nodejs.org\n",
    );
  });

  it("goes on with the Node of the dependencies when its own is old", async () => {
    const copy = aCheckout(`
      let input = "";
      process.stdin.on("data", (text) => { input += text; }).on("end", () => {
        process.stdout.write(process.versions.node.split(".")[0] + process.argv[2] + input);
        process.exitCode = 5;
      });`);
    giveNode(copy, true);
    const exit = await copy.node([...OLD_NODE, BIN, "x"], { input: "piped" });
    expect(exit).toMatchObject({ code: 5, stdout: `${process.versions.node.split(".")[0]}xpiped`, stderr: "" });
  });

  it("passes signals on to that Node, and dies of the signal it died of", async () => {
    const copy = aCheckout(`
      setInterval(() => {}, 60_000);
      process.once("SIGTERM", () => { process.stdout.write("draining\\n"); });
      process.stdout.write("up\\n");`);
    giveNode(copy, true);
    const program = copy.start([...OLD_NODE, BIN]);
    await program.waitForLine(/^up$/);
    program.kill("SIGTERM");
    await program.waitForLine(/^draining$/);
    program.kill("SIGTERM");
    expect(await program.exited).toMatchObject({ code: null, signal: "SIGTERM" });
  });

  it("does not outlive the process that was started, however that one ends", async () => {
    // It ends by itself in time, should nobody else end it; its output is read to the end only when it is gone.
    const copy = aCheckout(`
      setInterval(() => process.exit(9), 20_000);
      process.stdout.write("up " + (process.env.SHIPBOT_RELAYED ?? "clean") + "\\n");`);
    giveNode(copy, true);
    const program = copy.start([...OLD_NODE, BIN], { timeoutMs: 8_000 });
    expect(await program.waitForLine(/^up /)).toBe("up clean");
    program.kill("SIGKILL");
    expect(await program.exited).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  it("ends by itself when it is done, with a starter that waits for it", async () => {
    const copy = aCheckout("process.stdout.write('done');");
    giveNode(copy, true);
    expect(await copy.node([...OLD_NODE, BIN])).toMatchObject({ code: 0, stdout: "done" });
  });

  it("says so when that Node does not run here", async () => {
    const copy = aCheckout("");
    giveNode(copy, false);
    copy.write("node_modules/node/bin/node", "not a program");
    chmodSync(join(copy.root, "node_modules/node/bin/node"), 0o644);
    const exit = await copy.node([...OLD_NODE, BIN, "status"]);
    expect(exit.code).toBe(78);
    expect(exit.stderr).toMatch(/^error: .+ does not run \(.+\)\n {2}do: install Node 24 or newer\n$/);
  });

  it("ends quietly when the reader of its output has gone", async () => {
    const copy = aCheckout(`
      const more = () => { process.stdout.write("line\\n".repeat(20_000)); setImmediate(more); };
      more();`);
    const pipe = `"${process.execPath}" ${BIN} | head -1; echo "exit \${PIPESTATUS[0]}"`;
    writeFileSync(join(copy.root, "pipe.cjs"), shellScript(pipe));
    expect(await copy.node(["pipe.cjs"])).toMatchObject({ stdout: "line\nexit 0\n", stderr: "" });
  });

  it("says in two lines that the disk is full", async (context) => {
    if (!existsSync("/dev/full")) {
      context.skip("this system has no /dev/full");
    }
    const copy = aCheckout('process.stdout.write("line\\n");');
    writeFileSync(join(copy.root, "full.cjs"), shellScript(`"${process.execPath}" ${BIN} > /dev/full; echo "exit $?"`));
    const exit = await copy.node(["full.cjs"]);
    expect(exit.stdout).toBe("exit 70\n");
    expect(exit.stderr).toMatch(/^error: the output could not be written \(ENOSPC\)\n {2}do: .+\n$/);
  });
});

function shellScript(line: string): string {
  return `require("node:child_process").spawnSync("bash", ["-c", ${JSON.stringify(line)}], { stdio: "inherit" });`;
}
