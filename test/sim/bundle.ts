/**
 * Builds the simulation into one file, with the program as it is or with one deliberate fault in it. What the program
 * takes from the machine is replaced there: better-sqlite3, `setImmediate` and ofetch.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SIMULATION = join(ROOT, "test/sim");

/** A change of one place in the program's source: `find` must be there exactly once. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Gives the path of the bundle. Throws when a patch does not fit the source any more. */
export async function bundleSimulation(name: string, patches: readonly Patch[] = []): Promise<string> {
  const folder = join(ROOT, "dist", "simulation");
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, `${name}.js`);
  const applied = new Set<Patch>();
  await build({
    absWorkingDir: ROOT,
    entryPoints: [join(SIMULATION, "worker.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    plugins: [replaceMachine(), thawQueries(), patchSource(patches, applied)],
    define: { setImmediate: "simulatedSetImmediate" },
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    legalComments: "none",
    logLevel: "warning",
  });
  for (const patch of patches) {
    if (!applied.has(patch)) {
      throw new Error(`${patch.file} is not part of the simulation`);
    }
  }
  return outfile;
}

function replaceMachine(): Plugin {
  const replacements: Readonly<Record<string, string>> = {
    "better-sqlite3": join(SIMULATION, "replaced/sqlite.ts"),
    ofetch: join(SIMULATION, "replaced/ofetch.ts"),
    "node:timers": join(SIMULATION, "replaced/timers.ts"),
  };
  return {
    name: "replace-machine",
    setup(plugin) {
      plugin.onResolve({ filter: /^(better-sqlite3|ofetch|node:timers)$/ }, ({ path }) => ({
        path: replacements[path] ?? path,
      }));
    },
  };
}

/**
 * kysely freezes each part of a query while it is built, so that nobody changes it. Nobody does in the tests of the store,
 * and here it is a tenth of all the time.
 */
function thawQueries(): Plugin {
  return {
    name: "thaw-queries",
    setup(plugin) {
      plugin.onLoad({ filter: /kysely\/dist\/util\/object-utils\.js$/ }, async ({ path }) => {
        const whole = await readFile(path, "utf8");
        const contents = whole.replace("return Object.freeze(obj)", "return obj");
        if (contents === whole) {
          throw new Error("kysely no longer freezes where it did");
        }
        return { contents, loader: "js" };
      });
    },
  };
}

function patchSource(patches: readonly Patch[], applied: Set<Patch>): Plugin {
  return {
    name: "patch-source",
    setup(plugin) {
      plugin.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const own = patches.filter(({ file }) => path === join(ROOT, file));
        if (own.length === 0) {
          return null;
        }
        let contents = await readFile(path, "utf8");
        for (const patch of own) {
          const parts = contents.split(patch.find);
          if (parts.length !== 2) {
            throw new Error(`${patch.file} has ${parts.length - 1} times, not once: ${patch.find}`);
          }
          contents = parts.join(patch.replace);
          applied.add(patch);
        }
        return { contents, loader: "ts" };
      });
    },
  };
}
