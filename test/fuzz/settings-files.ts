/** Aims at the config file: whatever stands in it, every problem is told, no secret is, and it takes no time. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SettingsError } from "../../src/base/errors.ts";
import { formatProblem } from "../../src/settings/problems.ts";
import { load } from "../settings/support.ts";
import { WRONG_FILES } from "../settings/wrong-files.ts";
import { ROOT } from "../tidy/source.ts";
import type { Chance } from "./chance.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import { type FuzzTarget, pureTarget } from "./target.ts";

/** In the environment of the tests, in the file of every tenth case. */
const CANARIES = ["shpat_canary0token", "EZTKcanary0key"];
const GOOD = JSON.stringify({
  ready: { tags: ["ready_to_ship"], financial_statuses: ["paid"] },
  ship_from: {
    default: {
      name: "Sample",
      street1: "1 Way",
      city: "Ottawa",
      province: "ON",
      postal_code: "K1A 0A1",
      country: "CA",
    },
  },
  parcel: { length_mm: 300, width_mm: 200, height_mm: 100, tare_grams: 100 },
  poll: { orders: "30s", tracking: "15m" },
  label: { format: "pdf" },
  writeback: { notify_customer: true },
  concurrency: 4,
  resync: "10m",
});
const NOISE = [
  "&a ",
  "*a",
  "!!binary ",
  "!<tag:x> ",
  "<<: *a\n",
  "---\n",
  "...\n",
  "%YAML 9.9\n",
  "? ",
  "- ",
  "|\n",
  ">-\n",
  "\t",
  "{",
  "]",
  "'",
  '"',
  ": ",
  "#",
  "\u0000",
  "\u0085",
  "\ufeff",
  "0x1F",
  ".inf",
  "~",
  "2026-11-22",
  "1_000",
  "!!js/function 'x'",
];

export function fileBases(): readonly string[] {
  const example = readFileSync(join(ROOT, "config", "shipbot.example.yaml"), "utf8");
  return [GOOD, example, example.replaceAll(/^( *)# ?(?=[a-z_]+:)/gm, "$1"), ...WRONG_FILES.map(([, yaml]) => yaml)];
}

export function settingsFiles(): FuzzTarget {
  const bases = fileBases();
  return pureTarget<null>({
    name: "config_file",
    share: 30,
    make: (chance) => ({ context: null, bytes: makeFile(chance, bases) }),
    judge: (_, bytes) => judgeFile(bytes),
  });
}

export function makeFile(chance: Chance, bases: readonly string[]): Buffer {
  if (chance.oneIn(60)) {
    return Buffer.from(bomb(chance));
  }
  const base = chance.oneIn(3) ? mutateJson(chance, GOOD, GOOD) : chance.pick(bases);
  let text = base;
  for (let rounds = chance.below(4); rounds > 0; rounds -= 1) {
    const place = chance.below(text.length + 1);
    text = text.slice(0, place) + chance.pick(NOISE) + text.slice(place + chance.below(4));
  }
  if (chance.oneIn(10)) {
    text = `shipping:\n  api_key: ${chance.pick(CANARIES)}\n${text}`;
  }
  const bytes = Buffer.from(text);
  return chance.oneIn(3) ? mutateBytes(chance, bytes, Buffer.from(chance.pick(bases))) : bytes;
}

/** Small files that grow when they are read. */
function bomb(chance: Chance): string {
  const rows = 4 + chance.below(40);
  const wide = 2 + chance.below(9);
  return chance.pick([
    () =>
      Array.from(
        { length: rows },
        (_, n) => `k${n}: &k${n} [${Array.from({ length: wide }, () => (n === 0 ? "x" : `*k${n - 1}`)).join(", ")}]`,
      ).join("\n"),
    () =>
      Array.from(
        { length: rows },
        (_, n) => `k${n}: &k${n} {${n === 0 ? "a: 1" : `<<: *k${n - 1}, b${n}: *k${n - 1}`}}`,
      ).join("\n"),
    () => `ready: &r {tags: *r}\n`,
    () => "[".repeat(rows * 500),
    () => `${"a: {".repeat(rows * 50)}${"}".repeat(rows * 50)}`,
    () => `${"- ".repeat(rows * 200)}x`,
    () =>
      Array.from({ length: rows * 200 }, (_, n) => `${" ".repeat(n)}a:`)
        .join("\n")
        .slice(0, 400_000),
    () => Array.from({ length: rows * 200 }, (_, n) => `key_${n}: ${n}`).join("\n"),
    () => `relook: "${"\\x41".repeat(rows * 1_000)}"`,
  ])();
}

/** Reading settings is part of every command. */
const TIME_MS_MAX = 3_000;

function judgeFile(bytes: Buffer): string | null {
  const startedAt = performance.now();
  let told: readonly string[] = [];
  try {
    load({ yaml: bytes.toString("utf8") });
  } catch (error) {
    if (!(error instanceof SettingsError)) {
      throw error;
    }
    told = error.problems.map(formatProblem);
    if (told.length === 0) {
      return "refused without a problem";
    }
  }
  const elapsedMs = performance.now() - startedAt;
  if (elapsedMs > TIME_MS_MAX) {
    return "took too long";
  }
  const all = told.join("\n");
  if (CANARIES.some((canary) => all.includes(canary))) {
    return "told a secret";
  }
  return told.some((line) => line.includes("\n") || line.length > 1_000) ? "a problem that is no line" : null;
}
