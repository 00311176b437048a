/**
 * Bundles the program into `dist/`: `main.js`, chunks for what is imported lazily, and `meta.json`, which says what
 * went where (the start-up test reads it). One file opens in a third of the time that unbundled modules take.
 *
 * A build beside a running program does it no harm: chunks are named after their contents, and those of the last
 * build stay for a while, because a running daemon still imports them.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { REQUIRED_NODE_MAJOR, ROOT, stampBundle, wantedBundle } from "./checkout.js";

/** Longest that a command other than the daemon runs; a daemon has loaded what it needs long before. */
const OLD_CHUNKS_KEPT_MS = 60 * 60_000;

/**
 * What dependencies load for features that we do not use, and that would take 9 MB of the daemon's memory: zod's
 * sentences in fifty languages, and what Express would need to parse bodies (iconv-lite's tables), to send files and to
 * name their types. Whoever calls them all the same learns that they are no function.
 */
const UNUSED = [
  { filter: /\/zod\/v4\/locales\/index\.js$/, contents: 'export { default as en } from "./en.js";' },
  {
    filter: /\/node_modules\/(body-parser|serve-static|send|qs)\/(lib\/)?index\.js$/,
    contents: "module.exports = {};",
  },
  { filter: /\/node_modules\/mime-db\/index\.js$/, contents: "module.exports = {};" },
];

const withoutUnused = {
  name: "without-unused",
  /** @param {import("esbuild").PluginBuild} plugin */
  setup(plugin) {
    for (const { filter, contents } of UNUSED) {
      plugin.onLoad({ filter }, ({ path }) => ({ contents, resolveDir: dirname(path) }));
    }
  },
};

/**
 * An ES module that imports one name of `node:http` makes Node read all of its exports, and some load what nobody asked
 * for: what there is for `fetch` (35 ms), web crypto, readline. `getBuiltinModule` gives the same object and reads nothing.
 */
const builtinsAsTheyAre = {
  name: "builtins-as-they-are",
  /** @param {import("esbuild").PluginBuild} plugin */
  setup(plugin) {
    const namespace = "builtin";
    plugin.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z_]+)*$/ }, ({ path, kind }) => {
      const id = path.startsWith("node:") ? path : `node:${path}`;
      if (kind === "dynamic-import") {
        // Its caller takes names from what it gets, and those Node has to read.
        return isBuiltin(path) ? { path: id, external: true } : undefined;
      }
      return isBuiltin(path) ? { path: id, namespace } : undefined;
    });
    plugin.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

const dist = join(ROOT, "dist");
const wanted = wantedBundle();
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

const result = await build({
  absWorkingDir: ROOT,
  entryPoints: { main: "src/cli/main.ts" },
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  write: false,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: `node${REQUIRED_NODE_MAJOR}`,
  minifySyntax: true,
  keepNames: true,
  sourcemap: "linked",
  metafile: true,
  plugins: [withoutUnused, builtinsAsTheyAre],
  legalComments: "none",
  // Native: its binary is found from its own folder.
  external: ["better-sqlite3"],
  define: {
    "process.env.NODE_ENV": '"production"',
    "process.env.SHIPBOT_VERSION": JSON.stringify(version),
  },
  // express and others are CommonJS and call require() for Node's own modules, which an ES module does not have.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  logLevel: "warning",
}).catch((error) => {
  if (error.errors === undefined) {
    throw error;
  }
  // esbuild has printed what is wrong, with file and line; a stack of its insides adds nothing.
  process.exit(1);
});

mkdirSync(join(dist, "chunks"), { recursive: true });
for (const file of result.outputFiles) {
  replaceFile(file.path, file.contents);
}
replaceFile(join(dist, "meta.json"), JSON.stringify(result.metafile));
// What Node remembers of compiled code is keyed by file name: without this it would grow with every build.
rmSync(join(dist, ".cache"), { recursive: true, force: true });
removeOldChunks(new Set(result.outputFiles.map((file) => file.path)));
stampBundle(wanted);

/**
 * A reader sees the old file or the new one, never half of one.
 * @param {string} path
 * @param {string | Uint8Array} contents
 */
function replaceFile(path, contents) {
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, contents);
  renameSync(aside, path);
}

/** @param {Set<string>} current */
function removeOldChunks(current) {
  for (const name of readdirSync(join(dist, "chunks"))) {
    const path = join(dist, "chunks", name);
    if (!current.has(path) && Date.now() - statSync(path).mtimeMs > OLD_CHUNKS_KEPT_MS) {
      rmSync(path);
    }
  }
}
