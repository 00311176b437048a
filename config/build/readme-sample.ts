/**
 * Puts a real run of the demo into the README: `node config/build/readme-sample.ts`. The test in `test/build` runs the
 * same command and compares; what differs from run to run (tracking numbers, times, faults) is compared by its form only.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const README = join(ROOT, "README.md");

/** What the README shows being typed, behind `npm run demo --`. */
export const SAMPLE_FLAGS = ["--orders", "8", "--chaos"] as const;

const BLOCK = /(```console\n\$ npm run demo[^\n]*\n)([\s\S]*?)(```)/;

/** The sample as it stands in the README. */
export function readSample(): string {
  return BLOCK.exec(readFileSync(README, "utf8"))?.[2] ?? "";
}

/** The demo's answer now. */
export function runSample(): string {
  return execFileSync(process.execPath, [join(ROOT, "bin/shipbot.js"), "demo", ...SAMPLE_FLAGS], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** The same text without what chance decides: tracking numbers, faults, and the columns EVENTS and TIME. */
export function withoutChance(sample: string): string {
  return sample
    .replace(/\d{22}/g, "<tracking>")
    .replace(/ +EVENTS +TIME$/m, "")
    .replace(/^( +\d+.*?) +\d+ +[\d.]+s$/m, "$1")
    .replace(/under \d+ faults/g, "under <n> faults");
}

if (process.argv[1] === import.meta.filename) {
  const readme = readFileSync(README, "utf8");
  writeFileSync(
    README,
    readme.replace(BLOCK, (_, open: string, __, close: string) => `${open}${runSample()}${close}`),
  );
}
