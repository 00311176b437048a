/**
 * What a command loads before it does anything, read from the record of the bundle. ink costs 200 ms and the sandbox
 * carries a GraphQL engine: `shipbot status` must pay for neither.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { programPath } from "../support/built-program.ts";
import { ROOT } from "./source.ts";

interface Chunk {
  readonly entryPoint?: string;
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

type Chunks = Readonly<Record<string, Chunk>>;

const MAIN = "src/cli/main.ts";
const STATUS = "src/cli/commands/status.ts";
/** What `daemon` imports when it starts. */
const DAEMON = [
  "src/cli/commands/daemon.ts",
  "src/server/server.ts",
  "src/shopify/client.ts",
  "src/shopify/shop.ts",
  "src/shipping/easypost/provider.ts",
];

/** Modules in the chunks that the entry points' chunks import statically, transitively; and external packages. */
function loadedModules(chunks: Chunks, entryPoints: readonly string[]): readonly string[] {
  const modules = new Set<string>();
  const seen = new Set<string>();
  const left = entryPoints.map((entryPoint) => chunkOf(chunks, entryPoint));
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (seen.has(path)) {
      continue;
    }
    seen.add(path);
    const chunk = chunks[path];
    for (const [input, { bytesInOutput }] of Object.entries(chunk?.inputs ?? {})) {
      if (bytesInOutput > 0) {
        modules.add(input);
      }
    }
    for (const { path: imported, kind, external } of chunk?.imports ?? []) {
      if (external === true) {
        modules.add(imported);
      } else if (kind !== "dynamic-import") {
        left.push(imported);
      }
    }
  }
  return [...modules].sort();
}

function chunkOf(chunks: Chunks, entryPoint: string): string {
  const found = Object.entries(chunks).find(([, chunk]) => chunk.entryPoint === entryPoint);
  if (found === undefined) {
    throw new Error(`${entryPoint} has no chunk of its own: it must be the entry or be imported lazily`);
  }
  return found[0];
}

function readText(module: string): string {
  return readFileSync(join(ROOT, module), "utf8");
}

/** The modules that belong to the packages or folders; of a package its name alone, which stands for all its files. */
function among(modules: readonly string[], places: readonly string[]): readonly string[] {
  const found = modules.flatMap((module) => {
    const place = places.find((name) => module === name || module.startsWith(`${name}/`));
    const bundled = places.find((name) => module.includes(`node_modules/${name}/`));
    return place === undefined ? (bundled ?? []) : module;
  });
  return [...new Set(found)].sort();
}

describe("the start of the built program", () => {
  let chunks: Chunks = {};

  beforeAll(() => {
    programPath();
    chunks = JSON.parse(readFileSync(join(ROOT, "dist", "meta.json"), "utf8")).outputs;
  });

  it("loads neither screens, nor the sandbox, nor the web server for `status`", () => {
    const modules = loadedModules(chunks, [MAIN, STATUS]);
    expect(modules).toContain(STATUS);
    expect(among(modules, ["ink", "react", "express", "graphql", "src/tui", "src/sandbox", "src/server"])).toEqual([]);
  });

  it("loads for the daemon what it works with, and no `fetch`, which takes 26 MB of its memory", () => {
    const modules = loadedModules(chunks, [MAIN, ...DAEMON]);
    expect(modules).toContain("src/base/exchange.ts");
    expect(
      among(modules, ["ofetch", "node-fetch-native", "ink", "react", "graphql", "src/tui", "src/sandbox"]),
    ).toEqual([]);
    // Node loads what is behind these names when one of them is named; `#fetch(` and `.fetch(` are somebody's own.
    const named = modules
      .filter((module) => module.startsWith("src/"))
      .filter((module) => /(?<![.#\w])fetch\(|\bnew (Headers|Request|Response|FormData)\(/.test(readText(module)));
    expect(named).toEqual([]);
  });

  it("loads no settings, no database and nothing that a command brings before it knows the command", () => {
    const modules = loadedModules(chunks, [MAIN]);
    expect(modules).toContain(MAIN);
    const later = ["zod", "yaml", "better-sqlite3", "kysely", "croner", "ofetch", "express", "graphql", "ink", "react"];
    expect(among(modules, [...later, "src/sandbox", "src/store", "src/settings", "src/cli/commands"])).toEqual([]);
  });
});

describe("the bundle", () => {
  it("takes Node's own modules as they are: an import of one name would make Node read, and load, all of them", () => {
    programPath();
    const { outputs } = JSON.parse(readFileSync(join(ROOT, "dist", "meta.json"), "utf8")) as { outputs: Chunks };
    const read = Object.values(outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ kind, external }) => external === true && kind !== "dynamic-import");
    expect([...new Set(read.map(({ path }) => path))]).toEqual(["better-sqlite3"]);
  });
});

describe("the walk over the chunks", () => {
  const chunks: Chunks = {
    "dist/main.js": {
      entryPoint: MAIN,
      inputs: { [MAIN]: { bytesInOutput: 9 }, "src/cli/types.ts": { bytesInOutput: 0 } },
      imports: [
        { path: "dist/chunks/shared.js", kind: "import-statement" },
        { path: "dist/chunks/status.js", kind: "dynamic-import" },
        { path: "dist/chunks/demo.js", kind: "dynamic-import" },
      ],
    },
    "dist/chunks/shared.js": {
      inputs: { "node_modules/commander/index.js": { bytesInOutput: 9 } },
      imports: [{ path: "better-sqlite3", kind: "import-statement", external: true }],
    },
    "dist/chunks/status.js": { entryPoint: STATUS, inputs: { [STATUS]: { bytesInOutput: 9 } }, imports: [] },
    "dist/chunks/demo.js": {
      entryPoint: "src/cli/commands/demo.ts",
      inputs: { "src/sandbox/serve.ts": { bytesInOutput: 9 } },
      imports: [{ path: "dist/main.js", kind: "import-statement" }],
    },
  };

  it("follows static imports, stops at lazy ones, and counts what was kept", () => {
    expect(loadedModules(chunks, [MAIN])).toEqual(["better-sqlite3", "node_modules/commander/index.js", MAIN]);
    expect(loadedModules(chunks, [MAIN, STATUS])).toContain(STATUS);
  });

  it("finds a package, a folder and an external by name", () => {
    const modules = loadedModules(chunks, [MAIN, "src/cli/commands/demo.ts"]);
    expect(among(modules, ["commander", "better-sqlite3", "src/sandbox"])).toEqual([
      "better-sqlite3",
      "commander",
      "src/sandbox/serve.ts",
    ]);
    expect(among(modules, ["command", "src/sand"])).toEqual([]);
  });

  it("says so when a command is not imported lazily", () => {
    expect(() => loadedModules(chunks, ["src/cli/commands/why.ts"])).toThrow(/no chunk of its own/);
  });
});
