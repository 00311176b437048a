/**
 * `npm run fuzz -- [--payloads N] [--seed S] [--target NAME]… [--only K] [--own-bases]`: hostile payloads against
 * everything that reads what others wrote. Prints one line a target; exits 1 when one failed. A payload that failed is
 * written to a file as hexadecimal and comes again with `--seed S --only K` (and the same bases).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../tidy/source.ts";
import { readBases } from "./bases.ts";
import { runCampaign, type TargetReport } from "./campaign.ts";
import { allTargets } from "./targets.ts";

const { values } = parseArgs({
  options: {
    payloads: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    target: { type: "string", multiple: true },
    only: { type: "string" },
    "own-bases": { type: "boolean", default: false },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function number(name: string, text: string): number {
  const value = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`--${name} is a whole number, not ${text}`);
  }
  return value;
}

const seed = number("seed", values.seed);
const payloads = number("payloads", values.payloads);
const bases = readBases(values["own-bases"]);
const all = allTargets(bases);
const unknown = values.target?.filter((name) => all.every((target) => target.name !== name)) ?? [];
if (unknown.length > 0) {
  throw new RangeError(`no target ${unknown.join(", ")}; there are: ${all.map(({ name }) => name).join(", ")}`);
}
const folder = join(ROOT, "node_modules", ".cache", "shipbot-fuzz");

say(`${payloads.toLocaleString("en")} payloads, seed ${seed}; ${bases.note}`);
say(
  `${"target".padEnd(20)}${"payloads".padStart(10)}${"failed".padStart(8)}${"seconds".padStart(9)}${"a second".padStart(10)}`,
);

function tell({ target, payloads: sent, failures, faults, elapsedMs }: TargetReport): void {
  const seconds = elapsedMs / 1_000;
  const columns = [sent.toLocaleString("en").padStart(10), String(failures.length + faults.length).padStart(8)];
  say(
    target.padEnd(20) +
      columns.join("") +
      seconds.toFixed(1).padStart(9) +
      Math.round(sent / seconds)
        .toLocaleString("en")
        .padStart(10),
  );
  for (const { index, what, payload } of failures.slice(0, 10)) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${target}-${seed}-${index}.hex`);
    writeFileSync(file, payload.toString("hex"));
    say(`  case ${index}: ${what}`);
    say(`    ${payload.length} bytes in ${file}`);
    say(`    again: npm run fuzz -- --seed ${seed} --only ${index}`);
  }
  for (const fault of faults) {
    say(`  ${fault}`);
  }
}

const startedAt = performance.now();
const reports = await runCampaign({
  ...{ targets: all, seed, payloads, tell },
  ...(values.target === undefined ? {} : { names: values.target }),
  ...(values.only === undefined ? {} : { only: number("only", values.only) }),
});
const failed = reports.reduce((sum, { failures, faults }) => sum + failures.length + faults.length, 0);
const sent = reports.reduce((sum, report) => sum + report.payloads, 0);
const memory = Math.round(process.resourceUsage().maxRSS / 1_024);
say(
  `${sent.toLocaleString("en")} payloads in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s, ${failed} failures, at most ${memory} MB`,
);
process.exitCode = failed === 0 ? 0 : 1;
