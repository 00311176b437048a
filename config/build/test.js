/**
 * Runs the tests; every argument is vitest's. The last line on stdout is the count: `N passed, N failed`, and
 * `, N skipped` when there are any. Before it, each skipped test with its reason.
 *
 * The exit code is 1 when anything failed, and also when nothing ran: a filter that matches no test proves nothing.
 */
import { parseCLI, startVitest } from "vitest/node";
import { ROOT } from "./checkout.js";

/** vitest waits for its workers on its own; this is for when that waiting hangs. */
const CLOSE_MAX_MS = 20_000;

process.chdir(ROOT);
const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const filteredByName = options.testNamePattern !== undefined;
const vitest = await startVitest(filter, { ...options, watch: false });
const modules = vitest.state.getTestModules();
const tests = modules.flatMap((module) => [...module.children.allTests()]);
// A file that cannot be loaded has no failed test, and an error outside of any test belongs to none: both count.
const brokenFiles = modules.filter((module) => module.errors().length > 0);
const brokenSuites = modules.flatMap((module) => [...module.children.allSuites()]).filter((s) => s.errors().length > 0);
const strayErrors = vitest.state.getUnhandledErrors();
await Promise.race([vitest.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_MAX_MS).unref())]);

const passed = tests.filter((test) => test.result().state === "passed").length;
const failedTests = tests.filter((test) => test.result().state === "failed").length;
const skipped = tests.filter((test) => test.result().state === "skipped");
const failed = failedTests + brokenFiles.length + brokenSuites.length + strayErrors.length;

/** @type {string[]} */
const lines = [];
/** @type {Map<string, number>} */
const unexplained = new Map();
for (const test of filteredByName ? [] : skipped) {
  const result = test.result();
  const file = test.module.relativeModuleId;
  if (result.state === "skipped" && result.note !== undefined) {
    lines.push(`skipped: ${file} > ${test.fullName}: ${result.note}`);
  } else {
    unexplained.set(file, (unexplained.get(file) ?? 0) + 1);
  }
}
for (const [file, count] of unexplained) {
  lines.push(`skipped: ${file}: ${count} tests, for the reason that the file printed above`);
}
lines.push(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`);
const exitCode = failed > 0 || passed === 0 ? 1 : 0;
process.stdout.write(`${lines.join("\n")}\n`, () => process.exit(exitCode));
