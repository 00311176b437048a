/**
 * `npm run bench [-- --only <row>…] [--json] [--strict]`: each figure beside its budget, with what it is compared to
 * measured in the same run. Progress goes to stderr. Exit 0 also when a budget is missed; with `--strict` 1 then, and
 * also when something could not be measured; 2 for arguments that it does not know.
 */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { CLI_START } from "./cli-start.ts";
import { INGEST } from "./ingest.ts";
import { LATENCY } from "./latency.ts";
import { MEMORY } from "./memory.ts";
import { type BenchLine, type BenchRow, NotMeasured } from "./row.ts";
import { RULE_COST } from "./rules.ts";

const ROWS: readonly BenchRow[] = [INGEST, CLI_START, MEMORY, LATENCY, RULE_COST];

/** A line of the report: a figure, or the reason why there is none. */
type ReportLine =
  | ({ readonly row: string } & BenchLine)
  | { readonly row: string; readonly what: string; readonly budget: string; readonly notMeasured: string };

interface Arguments {
  readonly rows: readonly BenchRow[];
  readonly json: boolean;
  readonly strict: boolean;
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    const rows = ROWS.map(({ name }) => name).join(", ");
    process.stdout.write(`npm run bench [-- --only <row>…] [--json] [--strict]\nrows: ${rows}\n`);
    process.exit(0);
  }
  const names = values.only.flatMap((value) => value.split(","));
  const unknown = names.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown !== undefined) {
    throw new TypeError(`there is no row "${unknown}": ${ROWS.map(({ name }) => name).join(", ")}`);
  }
  const rows = names.length === 0 ? ROWS : ROWS.filter(({ name }) => names.includes(name));
  return { rows, json: values.json, strict: values.strict };
}

async function measure(row: BenchRow): Promise<readonly ReportLine[]> {
  try {
    const lines = await row.measure((line) => process.stderr.write(`${row.name}: ${line}\n`));
    return lines.map((line) => ({ row: row.name, ...line }));
  } catch (error) {
    if (!(error instanceof NotMeasured)) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    }
    const notMeasured = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return row.budgets.map((budget) => ({ row: row.name, ...budget, notMeasured }));
  }
}

function toTable(lines: readonly ReportLine[]): string {
  const cells = lines.map((line) =>
    "notMeasured" in line
      ? [line.what, "–", line.budget, "–", `not measured: ${line.notMeasured}`]
      : [line.what, line.measured, line.budget, line.holds ? "holds" : "MISSED", line.detail],
  );
  const all = [["what", "measured", "budget", "", "from"], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A busy machine takes more from what computes than from what waits, and so distorts ratios too. */
function readLoad(): { readonly load: number; readonly cores: number } {
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  if (load > cores / 2) {
    process.stderr.write(
      `bench: this machine is busy (load ${load.toFixed(1)} on ${cores} cores): expect worse figures\n`,
    );
  }
  return { load, cores };
}

async function main(): Promise<void> {
  const { rows, json, strict } = readArguments();
  const { load, cores } = readLoad();
  const lines: ReportLine[] = [];
  for (const row of rows) {
    lines.push(...(await measure(row)));
  }
  process.stdout.write(`${json ? JSON.stringify({ version: 1, load, cores, lines }) : toTable(lines)}\n`);
  if (strict && lines.some((line) => "notMeasured" in line || !line.holds)) {
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof TypeError)) {
    throw error;
  }
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 2;
}
