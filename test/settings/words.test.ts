/** The small readers: suggestions, durations, schedules. */
import { describe, expect, it } from "vitest";
import { parseDuration } from "../../src/core/time.ts";
import { writeDuration } from "../../src/settings/durations.ts";
import { readSchedule } from "../../src/settings/schedules.ts";
import { suggestWord } from "../../src/settings/suggest.ts";

describe("suggestWord", () => {
  const words = ["poll.orders", "poll.tracking", "concurrency", "resync", "prune"];

  it.each([
    ["concurency", "concurrency"],
    ["resnyc", "resync"],
    ["pollOrders", "poll.orders"],
    ["poll-tracking", "poll.tracking"],
    ["PRUNE", "prune"],
  ])("takes %s for %s", (word, meant) => {
    expect(suggestWord(word, words)).toBe(meant);
  });

  it.each(["xylophone", "", "po", "presync-all"])("has nothing for %s", (word) => {
    expect(suggestWord(word, words)).toBeNull();
  });
});

describe("durations", () => {
  it.each(["500ms", "30s", "90m", "36h", "45d", "1500ms", "0ms"])("come back as they were: %s", (text) => {
    expect(writeDuration(parseDuration(text) ?? -1)).toBe(text);
  });
});

describe("readSchedule", () => {
  it.each([
    "*/10 * * * *",
    "0 9-17 * * 1-5",
    "0 0 29 2 *",
    "0 8 * * MON",
    " 15  3 * * * ",
  ])("takes cron: %s", (text) => {
    expect(readSchedule(text)).toEqual({ value: { kind: "cron", pattern: text.trim(), text: text.trim() } });
  });

  it.each(["@daily", "", "* * * *", "60 * * * *", "a b c d e", "* * * * * *"])("refuses %s", (text) => {
    expect(readSchedule(text)).toHaveProperty("problem");
  });
});
