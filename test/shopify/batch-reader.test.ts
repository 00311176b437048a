import { describe, expect, it } from "vitest";
import { createBatchReader } from "../../src/shopify/batch-reader.ts";

class OneIsBad extends Error {}

/** A reader whose requests are kept and answered by hand, or at once with the ids themselves. */
function readerOf(
  options: { readonly byHand?: boolean; readonly fail?: (ids: readonly string[]) => Error | null } = {},
) {
  const batches: (readonly string[])[] = [];
  const answers: (() => void)[] = [];
  const read = createBatchReader<string>({
    sizeMax: 3,
    mayBeOneOf: (error) => error instanceof OneIsBad,
    read: async (ids) => {
      batches.push(ids);
      if (options.byHand) {
        await new Promise<void>((resolve) => answers.push(resolve));
      }
      const error = options.fail?.(ids) ?? null;
      if (error !== null) {
        throw error;
      }
      return ids.map((id) => (id === "gone" ? null : `value of ${id}`));
    },
  });
  return { batches, read, answer: () => answers.shift()?.() };
}

async function calm(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

describe("the batch reader", () => {
  it("puts callers of one moment into one request and gives each its own", async () => {
    const { batches, read } = readerOf();
    expect(await Promise.all([read("a"), read("gone"), read("a")])).toEqual(["value of a", null, "value of a"]);
    expect(batches).toEqual([["a", "gone"]]);
  });

  it("makes no request larger than the limit", async () => {
    const { batches, read } = readerOf();
    await Promise.all(["a", "b", "c", "d", "e", "f", "g"].map(read));
    expect(batches).toEqual([["a", "b", "c"], ["d", "e", "f"], ["g"]]);
  });

  it("gathers while a request is under way and never joins it", async () => {
    const { batches, read, answer } = readerOf({ byHand: true });
    const first = read("a");
    await calm();
    const again = read("a");
    const other = read("b");
    await calm();
    expect(batches).toEqual([["a"]]);

    answer();
    expect(await first).toBe("value of a");
    await calm();
    expect(batches).toEqual([["a"], ["a", "b"]]);
    answer();
    expect(await Promise.all([again, other])).toEqual(["value of a", "value of b"]);
  });

  it("sends a full request while another is under way", async () => {
    const { batches, read, answer } = readerOf({ byHand: true });
    const reads = [read("a")];
    await calm();
    reads.push(read("b"), read("c"), read("d"), read("e"));
    await calm();
    expect(batches).toEqual([["a"], ["b", "c", "d"]]);
    answer();
    answer();
    await calm();
    answer();
    await Promise.all(reads);
    expect(batches.at(-1)).toEqual(["e"]);
  });

  it("reads one by one what failed together, so that only the bad one fails", async () => {
    const { batches, read } = readerOf({ fail: (ids) => (ids.includes("bad") ? new OneIsBad() : null) });
    const [a, bad, c] = await Promise.allSettled([read("a"), read("bad"), read("c")]);
    expect([a?.status, bad?.status, c?.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(batches).toEqual([["a", "bad", "c"], ["a"], ["bad"], ["c"]]);
  });

  it("does not send a failure that concerns all to the shop again", async () => {
    const { batches, read } = readerOf({ fail: () => new Error("down") });
    const results = await Promise.allSettled([read("a"), read("b")]);
    expect(results.map((result) => result.status)).toEqual(["rejected", "rejected"]);
    expect(batches).toHaveLength(1);
    await expect(read("a")).rejects.toThrow("down");
  });
});
