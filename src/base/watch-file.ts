/**
 * Tells when the content of a file may have changed, however it is replaced: written in place, renamed over (editors),
 * gone and back, or reached through links that are switched (Kubernetes switches `..data` beside the file; a mounted
 * single file changes where we cannot see its folder). Nothing is read here and nothing is asked at intervals: the system
 * tells. Folders with much traffic cost little, because only the names on the way to the file count.
 */
import { type FSWatcher, lstatSync, readlinkSync, watch } from "node:fs";
import { basename, dirname, join, parse, resolve, sep } from "node:path";
import type { DurationMs } from "../core/time.ts";

/** Longer chains of links are refused by systems, too. */
const LINKS_MAX = 40;
/** Somebody who writes without a pause is not waited for any longer. */
const WAIT_MAX_MS: DurationMs = 5_000;

export interface FileWatch {
  /** May be called twice; nothing is told after it. */
  close(): void;
}

/**
 * `onChange` is called once nothing has happened for `quietMs`: a file that is written in pieces is whole by then. It may
 * be called without a change. `onTrouble`: the system cannot watch (too many watches, a file system that cannot); it is
 * called once, and changes are not seen any more then. Throws never. `path` is absolute and need not exist.
 */
export function watchFile(
  path: string,
  options: {
    readonly quietMs: DurationMs;
    readonly onChange: () => void;
    readonly onTrouble: (error: unknown) => void;
  },
): FileWatch {
  const { quietMs, onChange, onTrouble } = options;
  let watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | null = null;
  let firstAt: number | null = null;
  let isClosed = false;

  function open(place: string, isMeant: (name: string | null) => boolean): void {
    const watcher = watch(place, { persistent: false }, (_, name) => {
      if (isMeant(name)) {
        poke();
      }
    });
    // What was watched is gone, say: what comes in its place is looked for.
    watcher.on("error", poke);
    watchers.push(watcher);
  }

  function arm(): void {
    disarm();
    try {
      for (const [folder, names] of placesOnTheWay(path)) {
        open(folder, (name) => name === null || names.has(name));
      }
      // Its folder does not tell of a file that is mounted by itself.
      openIfThere(path);
    } catch (error) {
      close();
      onTrouble(error);
    }
  }

  function openIfThere(file: string): void {
    try {
      open(file, () => true);
    } catch (error) {
      if (!isMissing(error)) {
        throw error;
      }
    }
  }

  function disarm(): void {
    for (const watcher of watchers.splice(0)) {
      watcher.close();
    }
  }

  function poke(): void {
    if (isClosed) {
      return;
    }
    const now = performance.now();
    firstAt ??= now;
    if (timer !== null) {
      clearTimeout(timer);
    }
    timer = setTimeout(settle, Math.max(0, Math.min(quietMs, firstAt + WAIT_MAX_MS - now)));
    timer.unref();
  }

  function settle(): void {
    timer = null;
    firstAt = null;
    // Before it is read: what changes after this is told again.
    arm();
    if (!isClosed) {
      onChange();
    }
  }

  function close(): void {
    isClosed = true;
    if (timer !== null) {
      clearTimeout(timer);
    }
    disarm();
    watchers = [];
  }

  arm();
  return { close };
}

/**
 * Folders with the names in them that lead to the file: the file itself, every link on the way, and where something is
 * missing the first missing name.
 */
export function placesOnTheWay(path: string): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new Map<string, Set<string>>();
  const add = (place: string) => {
    const names = places.get(dirname(place)) ?? new Set<string>();
    places.set(dirname(place), names.add(basename(place)));
  };
  let rest = partsOf(path);
  let real = parse(path).root;
  for (let links = 0; rest.length > 0; ) {
    const place = join(real, rest[0] ?? "");
    const target = linkTarget(place);
    if (target === undefined) {
      add(place);
      return places;
    }
    rest = rest.slice(1);
    if (target === null) {
      real = place;
      continue;
    }
    add(place);
    links += 1;
    if (links > LINKS_MAX) {
      return places;
    }
    const absolute = resolve(real, target);
    rest = [...partsOf(absolute), ...rest];
    real = parse(absolute).root;
  }
  add(real);
  return places;
}

function partsOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((part) => part !== "");
}

/** `null`: it is there and no link; `undefined`: it is not there, or nobody lets us look. */
function linkTarget(place: string): string | null | undefined {
  try {
    return lstatSync(place).isSymbolicLink() ? readlinkSync(place) : null;
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
