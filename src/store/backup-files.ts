/**
 * The folder of backups. Each is a database file with a manifest beside it (`<file>.json`) that is written last: a backup
 * without one was interrupted and counts for nothing. Names say when it was taken, in UTC. All are for the owner only,
 * because postal codes and tracking numbers are in them.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type BackupPolicy, backupsToKeep } from "../core/backup-policy.ts";
import { type DurationMs, formatInstant, HOUR_MS, type Instant, parseInstant } from "../core/time.ts";
import { type DatabaseContents, damaged } from "./database-contents.ts";
import type { WalPosition } from "./wal-reader.ts";

export interface Manifest extends DatabaseContents {
  readonly version: 1;
  readonly takenAt: Instant;
  /** Version of the shipbot that took it. */
  readonly program: string;
  readonly bytes: number;
  readonly sha256: string;
  /** From where on its log (`page-log.ts`) goes on; `null`: it can have none. */
  readonly position: WalPosition | null;
}

export interface Backup {
  /** Absolute. */
  readonly path: string;
  readonly manifest: Manifest;
}

/** What `backupName` makes, and what an interrupted backup leaves. Other files in the folder are not ours to delete. */
const OUR_FILE = /^shipbot-\d{8}T\d{9}Z\.db(?:\.json)?(?:\.partial(?:-journal|-wal|-shm)?)?$/;

export function backupName(takenAt: Instant): string {
  return `shipbot-${formatInstant(takenAt).replaceAll(/[-:.]/g, "")}.db`;
}

export function manifestPath(path: string): string {
  return `${path}.json`;
}

/** `null` when there is none; `unreadable` when there is a file that is not one of ours, or not whole. */
export async function readManifest(path: string): Promise<Manifest | "unreadable" | null> {
  const text = await readFile(manifestPath(path), "utf8").catch(ignoreAbsent);
  if (text === undefined) {
    return null;
  }
  try {
    const written = JSON.parse(text) as (Omit<Manifest, "takenAt"> & { takenAt: string }) | null;
    const takenAt = parseInstant(written?.takenAt);
    return written !== null && takenAt !== null && written.version === 1
      ? { ...written, takenAt, position: written.position ?? null }
      : "unreadable";
  } catch (error) {
    if (error instanceof SyntaxError) {
      return "unreadable";
    }
    throw error;
  }
}

/** Written whole and durably, or not at all. */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  const target = manifestPath(path);
  const partial = `${target}.partial`;
  const file = await open(partial, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ ...manifest, takenAt: formatInstant(manifest.takenAt) }, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, target);
  await syncFolder(dirname(target));
}

/** Newest first; those that count, hence none whose manifest cannot be read. Empty when the folder is not there yet. */
export async function listBackups(folder: string): Promise<readonly Backup[]> {
  const backups: Backup[] = [];
  for (const name of (await readdir(folder).catch(ignoreAbsent)) ?? []) {
    const path = join(folder, name);
    const manifest = OUR_FILE.test(name) && name.endsWith(".db") ? await readManifest(path) : null;
    if (manifest !== null && manifest !== "unreadable") {
      backups.push({ path, manifest });
    }
  }
  return backups.sort((a, b) => b.manifest.takenAt - a.manifest.takenAt);
}

/** Compares size and checksum with the manifest. Throws `StoreError` `corrupt` when they differ. */
export async function verifyBackup({ path, manifest }: Backup): Promise<void> {
  const found = await stat(path);
  if (found.size !== manifest.bytes) {
    throw damaged(path, `${found.size} bytes instead of ${manifest.bytes}`);
  }
  if ((await hashFile(path)) !== manifest.sha256) {
    throw damaged(path, "its checksum is not the one that it was taken with");
  }
}

/** The newest that is still as it was taken; `null` when there is none. `except`: known to be damaged. */
export async function newestGoodBackup(folder: string, except: string | null = null): Promise<Backup | null> {
  for (const backup of await listBackups(folder)) {
    if (backup.path !== except && (await isGood(backup))) {
      return backup;
    }
  }
  return null;
}

/** Whether it is still as it was taken. Reads all of it. */
export async function isGood(backup: Backup): Promise<boolean> {
  return await verifyBackup(backup).then(
    () => true,
    () => false,
  );
}

/** A backup that began so recently may still be under way in another process: it has no manifest yet. */
const UNDER_WAY_MS: DurationMs = HOUR_MS;

/** Deletes what the policy does not keep, and what interrupted backups left. Returns the names of the backups. */
export async function pruneBackups(folder: string, policy: BackupPolicy, now: Instant): Promise<readonly string[]> {
  const backups = await listBackups(folder);
  const kept = backupsToKeep(
    backups.map(({ manifest }) => manifest.takenAt),
    policy,
    now,
  );
  const keptNames = backups
    .filter(({ manifest }) => kept.has(manifest.takenAt))
    .flatMap(({ path }) => [basename(path), basename(manifestPath(path))]);
  const complete = new Set(backups.flatMap(({ path }) => [basename(path), basename(manifestPath(path))]));
  // Names begin with the time: as texts they are in its order.
  const isUnderWay = (name: string): boolean => !complete.has(name) && name > backupName(now - UNDER_WAY_MS);
  const names = (await readdir(folder)).filter(
    (name) => OUR_FILE.test(name) && !keptNames.includes(name) && !isUnderWay(name),
  );
  for (const name of names) {
    await unlink(join(folder, name)).catch(ignoreAbsent);
    await rm(join(folder, `${name}.log`), { recursive: true, force: true });
  }
  return names.filter((name) => name.endsWith(".db"));
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk);
  }
  return hash.digest("hex");
}

/** So that a file that was just renamed is there after a loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function ignoreAbsent(error: unknown): undefined {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
    throw error;
  }
  return undefined;
}
