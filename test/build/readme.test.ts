import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSample, runSample, SAMPLE_FLAGS, withoutChance } from "../../config/build/readme-sample.ts";
import { programPath } from "../support/built-program.ts";

const ROOT = join(import.meta.dirname, "../..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");

describe("the README", () => {
  it("shows what the demo prints today", { timeout: 120_000 }, () => {
    programPath();
    expect(README).toContain(`$ npm run demo -- ${SAMPLE_FLAGS.join(" ")}\n`);
    expect(withoutChance(readSample())).toBe(withoutChance(runSample()));
  });

  it("names no file that is not there", () => {
    const named = [...README.matchAll(/`((?:src|config|docs|bin|test)\/[\w./-]+)`|\]\(([\w./-]+)\)/g)].map(
      (match) => match[1] ?? match[2] ?? "",
    );
    expect(named.length).toBeGreaterThan(5);
    for (const path of named) {
      expect(() => readFileSync(join(ROOT, path)), path).toSatisfy((read: () => unknown) => {
        try {
          read();
          return true;
        } catch (error) {
          return error instanceof Error && "code" in error && error.code === "EISDIR";
        }
      });
    }
  });
});
