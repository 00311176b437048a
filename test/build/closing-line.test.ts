/** `npm test` ends with the true counts: what people and CI read last. */
import { describe, expect, it } from "vitest";
import { copyCheckout } from "./checkout-copy.ts";

const TEST = "config/build/test.js";
const PASSING = `import { expect, it } from "vitest"; it("adds", () => { expect(1 + 1).toBe(2); });`;

/** The last line on stdout. */
function closingLine(stdout: string): string {
  return stdout.trimEnd().split("\n").at(-1) ?? "";
}

describe("the closing line", () => {
  it("counts what passed, failed and was skipped, with the reason for each skip", async () => {
    const copy = copyCheckout({
      "test/a.test.ts": `${PASSING}
        it("fails", () => { expect(1).toBe(2); });
        it("needs a server", (context) => { context.skip("no server here"); });`,
    });
    const exit = await copy.node([TEST]);
    expect(exit.code).toBe(1);
    expect(closingLine(exit.stdout)).toBe("1 passed, 1 failed, 1 skipped");
    expect(exit.stdout).toContain("\nskipped: test/a.test.ts > needs a server: no server here\n");
  });

  it("counts per file what is skipped on a condition", async () => {
    const copy = copyCheckout({
      "test/a.test.ts": `${PASSING} it.skipIf(true)("b", () => {}); it.skipIf(true)("c", () => {});`,
    });
    const exit = await copy.node([TEST]);
    expect(closingLine(exit.stdout)).toBe("1 passed, 0 failed, 2 skipped");
    expect(exit.stdout).toContain("\nskipped: test/a.test.ts: 2 tests, for the reason that the file printed above\n");
  });

  it("is short when everything passed", async () => {
    const copy = copyCheckout({ "test/a.test.ts": PASSING });
    const exit = await copy.node([TEST]);
    expect(exit.code).toBe(0);
    expect(closingLine(exit.stdout)).toBe("1 passed, 0 failed");
  });

  it.each([
    ["a file that cannot be loaded", `throw new Error("no");`],
    [
      "a hook that fails",
      `import { beforeAll, it } from "vitest"; beforeAll(() => { throw new Error("no"); }); it("a", () => {});`,
    ],
    [
      "a hook of a group that fails",
      `import { beforeAll, describe, it } from "vitest";
        describe("group", () => { beforeAll(() => { throw new Error("no"); }); it("a", () => {}); });`,
    ],
    [
      "an error outside of any test",
      `import { it } from "vitest"; it("a", () => { void Promise.reject(new Error("no")); });`,
    ],
    ["a test that runs alone", `import { it } from "vitest"; it.only("a", () => {});`],
  ])("counts %s as failed", async (_what, text) => {
    const copy = copyCheckout({ "test/a.test.ts": PASSING, "test/b.test.ts": text });
    const exit = await copy.node([TEST]);
    expect(exit.code).toBe(1);
    expect(closingLine(exit.stdout)).toMatch(/^[12] passed, 1 failed/);
  });

  it("fails when no test ran", async () => {
    const copy = copyCheckout({ "test/a.test.ts": PASSING });
    const exit = await copy.node([TEST, "no-such-file"]);
    expect(exit.code).toBe(1);
    expect(closingLine(exit.stdout)).toBe("0 passed, 0 failed");
  });

  it("passes arguments on to vitest", async () => {
    const copy = copyCheckout({
      "test/a.test.ts": `${PASSING} it("fails", () => { throw new Error("no"); });`,
      "test/b.test.ts": `throw new Error("no");`,
    });
    const exit = await copy.node([TEST, "test/a", "-t", "adds"]);
    expect(exit.code).toBe(0);
    expect(closingLine(exit.stdout)).toBe("1 passed, 0 failed, 1 skipped");
  });

  it("hides the developer's own settings from the tests", async () => {
    const copy = copyCheckout({
      "test/a.test.ts": `import { expect, it } from "vitest";
        it("sees no token", () => { expect(process.env["SHOPIFY_ACCESS_TOKEN"]).toBeUndefined(); });`,
    });
    const exit = await copy.node([TEST], { env: { SHOPIFY_ACCESS_TOKEN: "secret" } });
    expect(closingLine(exit.stdout)).toBe("1 passed, 0 failed");
  });
});
