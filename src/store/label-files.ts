/**
 * Label files in the data folder. A file is complete or absent: it is written beside, synced and renamed. Labels show
 * names and addresses, so only the owner may read them.
 */
import { mkdir, open, opendir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { LabelFormat } from "../core/shipment.ts";
import type { Instant } from "../core/time.ts";

/** What `save` makes, and what a crash in it leaves: `.7001-1-1.pdf.partial`. Other files are not ours to delete. */
const OUR_FILE = /^(?:[\w-]+\.(?:pdf|png|zpl)|\.[\w-]+\.(?:pdf|png|zpl)\.partial)$/;

const FORMATS: readonly LabelFormat[] = ["pdf", "png", "zpl"];

export class LabelFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Absolute path of a stored label. */
  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** Gives the file's name inside the folder. Writing the same shipment again replaces the file. */
  async save(shipmentId: string, format: LabelFormat, bytes: Uint8Array): Promise<string> {
    const name = `${shipmentId}.${format}`;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const partial = join(this.#folder, `.${name}.partial`);
    const file = await open(partial, "w", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, this.pathOf(name));
    return name;
  }

  /** Deletes what `save` made for this shipment, in any format. */
  async remove(shipmentId: string): Promise<void> {
    for (const format of FORMATS) {
      const name = `${shipmentId}.${format}`;
      await unlink(this.pathOf(name)).catch(ignoreAbsent);
      await unlink(this.pathOf(`.${name}.partial`)).catch(ignoreAbsent);
    }
  }

  /**
   * Deletes up to `limit` labels last written before `beforeAt` and returns how many: call it again until it gives 0. What
   * was not written by `save` stays. A label whose file is gone can be fetched again while the provider keeps it.
   */
  async prune(beforeAt: Instant, limit: number): Promise<number> {
    const names = await this.#findOlder(beforeAt, limit);
    for (const name of names) {
      await unlink(this.pathOf(name)).catch(ignoreAbsent);
    }
    return names.length;
  }

  async #findOlder(beforeAt: Instant, limit: number): Promise<readonly string[]> {
    const folder = await opendir(this.#folder).catch(ignoreAbsent);
    const names: string[] = [];
    // Leaving the loop closes the folder. One entry at a time: there may be hundreds of thousands.
    for await (const entry of folder ?? []) {
      if (names.length >= limit) {
        break;
      }
      if (entry.isFile() && OUR_FILE.test(entry.name)) {
        const found = await stat(this.pathOf(entry.name)).catch(ignoreAbsent);
        if (found !== undefined && found.mtimeMs < beforeAt) {
          names.push(entry.name);
        }
      }
    }
    return names;
  }
}

/** The folder is made with the first label, and somebody else may delete a file first. */
function ignoreAbsent(error: unknown): undefined {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
    throw error;
  }
  return undefined;
}
