/**
 * Label files in the data folder. A file is complete or absent: it is written beside, synced and renamed. Labels show
 * names and addresses, so only the owner may read them.
 */
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { LabelFormat } from "../core/shipment.ts";

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
}
