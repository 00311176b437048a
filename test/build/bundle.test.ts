/** The bundle: one entry, lazy chunks, CommonJS dependencies, the version. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyCheckout } from "./checkout-copy.ts";

const BUNDLE = "config/build/bundle.js";

describe("the bundle", () => {
  it("knows the version and that it is a production build", async () => {
    const copy = copyCheckout({
      "src/cli/main.ts": `process.stdout.write(process.env["SHIPBOT_VERSION"] + " " + process.env["NODE_ENV"] + "\\n");`,
    });
    expect((await copy.node([BUNDLE])).code).toBe(0);
    const { version } = JSON.parse(readFileSync(join(copy.root, "package.json"), "utf8"));
    expect((await copy.node(["dist/main.js"])).stdout).toBe(`${version} production\n`);
  });

  it("runs a CommonJS dependency that requires Node's own modules", async () => {
    const copy = copyCheckout({
      "src/cli/main.ts": `import express from "express"; process.stdout.write(typeof express() + "\\n");`,
    });
    await copy.node([BUNDLE]);
    expect(await copy.node(["dist/main.js"])).toMatchObject({ code: 0, stdout: "function\n", stderr: "" });
  });

  it("opens a database from a lazily imported chunk", async () => {
    const copy = copyCheckout({
      "src/cli/main.ts": `const { version } = await import("./commands/status.ts"); process.stdout.write(version() + "\\n");`,
      "src/cli/commands/status.ts": `import Database from "better-sqlite3";
        export function version(): string { return new Database(":memory:").prepare("select 'open'").pluck().get() as string; }`,
    });
    await copy.node([BUNDLE]);
    expect(await copy.node(["dist/main.js"])).toMatchObject({ code: 0, stdout: "open\n", stderr: "" });
  });

  it("keeps the chunks that a running program may still import", async () => {
    const copy = copyCheckout({
      "src/cli/main.ts": `await import("./late.ts");`,
      "src/cli/late.ts": `process.stdout.write("first\\n");`,
    });
    await copy.node([BUNDLE]);
    const first = readdirSync(join(copy.root, "dist/chunks"));
    copy.write("src/cli/late.ts", `process.stdout.write("second\\n");`);
    await copy.node([BUNDLE]);
    expect(readdirSync(join(copy.root, "dist/chunks"))).toEqual(expect.arrayContaining(first));
    expect((await copy.node(["dist/main.js"])).stdout).toBe("second\n");
  });
});
