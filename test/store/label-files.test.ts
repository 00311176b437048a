/** Real files: what is stored, who may read it, and what goes when it is old. */
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LabelFiles } from "../../src/store/label-files.ts";
import { useDatabases } from "../support/database.ts";

const databases = useDatabases();
const BEFORE = Date.UTC(2026, 4, 1);

function aFolder() {
  const folder = join(databases.folder(), "labels");
  const labels = new LabelFiles(folder);
  return {
    folder,
    labels,
    left: () => readdirSync(folder).sort(),
    /** Stores a label and says when that was. */
    async keep(shipmentId: string, at: number) {
      const name = await labels.save(shipmentId, "pdf", Buffer.from("label"));
      utimesSync(join(folder, name), at / 1_000, at / 1_000);
    },
  };
}

test("a label is stored whole, readable by the owner alone, and replaced when it is stored again", async () => {
  const { folder, labels, left } = aFolder();
  await labels.save("7001-1-1", "zpl", Buffer.from("first"));
  expect(await labels.save("7001-1-1", "zpl", Buffer.from("second"))).toBe("7001-1-1.zpl");
  expect(left()).toEqual(["7001-1-1.zpl"]);
  expect(readFileSync(labels.pathOf("7001-1-1.zpl"), "utf8")).toBe("second");
  expect([folder, labels.pathOf("7001-1-1.zpl")].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
});

test("labels stored before the given time are deleted, younger ones stay", async () => {
  const { labels, left, keep } = aFolder();
  await keep("1-1-1", BEFORE - 1);
  await keep("2-1-1", BEFORE);
  await keep("3-1-1", BEFORE + 1);
  expect(await labels.prune(BEFORE, 10)).toBe(1);
  expect(left()).toEqual(["2-1-1.pdf", "3-1-1.pdf"]);
  expect(await labels.prune(BEFORE, 10)).toBe(0);
});

test("no more than the limit are deleted at once, and calling again takes the rest", async () => {
  const { labels, left, keep } = aFolder();
  for (const number of [1, 2, 3, 4, 5]) {
    await keep(`${number}-1-1`, BEFORE - number);
  }
  expect(await labels.prune(BEFORE, 2)).toBe(2);
  expect(left()).toHaveLength(3);
  expect(await labels.prune(BEFORE, 2)).toBe(2);
  expect(await labels.prune(BEFORE, 2)).toBe(1);
  expect(await labels.prune(BEFORE, 2)).toBe(0);
  expect(left()).toEqual([]);
});

test("what a crash left half written goes too, and what is not ours stays", async () => {
  const { folder, labels, left, keep } = aFolder();
  await keep("1-1-1", BEFORE - 1);
  for (const name of [".2-1-1.pdf.partial", "invoice.docx", ".hidden", "notes.pdf.bak"]) {
    writeFileSync(join(folder, name), "");
    utimesSync(join(folder, name), 0, 0);
  }
  mkdirSync(join(folder, "old.pdf"));
  utimesSync(join(folder, "old.pdf"), 0, 0);
  expect(await labels.prune(BEFORE, 10)).toBe(2);
  expect(left()).toEqual([".hidden", "invoice.docx", "notes.pdf.bak", "old.pdf"]);
});

test("without a folder there is nothing to delete; a file in its place is told", async () => {
  const { folder, labels } = aFolder();
  expect(await labels.prune(BEFORE, 10)).toBe(0);
  writeFileSync(folder, "");
  await expect(labels.prune(BEFORE, 10)).rejects.toMatchObject({ code: "ENOTDIR" });
});
