/** Reads a YAML file into plain values and remembers where each key and value stands, for messages such as `shipbot.yaml:3:1`. */
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from "yaml";

/** A config file of a shop with hundreds of locations has some 50 KB. */
export const CONFIG_CHARACTERS_MAX = 500_000;
/** A known trap: nested aliases grow without bound. Nobody needs this many in settings. */
const ALIASES_MAX = 50;

export type YamlPath = readonly PropertyKey[];

export interface YamlProblem {
  /** The key that stands twice, or `line 12`. */
  readonly subject: string;
  readonly message: string;
  readonly position: string;
}

export interface PositionedYaml {
  /** Plain data; `null` for an empty file and for one that is not YAML. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /** `file:line:column` of the value at a path; of the nearest group around it when it is not there. */
  positionOf(path: YamlPath): string;
  /** The same of the key at the end of the path. */
  positionOfKey(path: YamlPath): string;
  /** The value as it stands in the file; `null` for lists, groups and what is not there. */
  textOf(path: YamlPath): string | null;
}

export function readYaml(source: string, fileName: string): PositionedYaml {
  const lines = new LineCounter();
  const tooLong = source.length > CONFIG_CHARACTERS_MAX;
  // The library looks for doubled keys by comparing each with each: minutes for a file of the length that is taken.
  // Its warnings go to stderr with what stands in the file, and a secret may stand there.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: "error" } as const;
  const document = parseDocument(tooLong ? "" : source, options);
  // As they stand: a location number above 2^53 would come out as another one.
  visit(document, {
    Pair(_, pair) {
      if (isScalar(pair.key) && typeof pair.key.value !== "string") {
        pair.key.value = pair.key.source ?? String(pair.key.value);
      }
    },
  });
  const place = (offset: number | undefined): string => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${fileName}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const problems: YamlProblem[] = firstOfEachPlace(document.errors).map((error) => ({
    subject: `line ${lines.linePos(error.pos[0]).line}`,
    message: describeYamlError(error.code),
    position: place(error.pos[0]),
  }));
  for (const offset of findDoubledKeys(document)) {
    problems.push({
      subject: readKeyAt(source, offset),
      message: "stands here a second time",
      position: place(offset),
    });
  }
  if (tooLong) {
    problems.push({
      subject: "line 1",
      message: `has more than ${CONFIG_CHARACTERS_MAX} characters`,
      position: `${fileName}:1:1`,
    });
  }
  // A doubled key leaves a readable file, so that its other mistakes can be told as well.
  const looseAliases = findLooseAliases(document);
  const readable = looseAliases.length === 0 && document.errors.length === 0;
  for (const offset of looseAliases) {
    const message = "uses an alias (*name) that is unknown";
    problems.push({ subject: `line ${lines.linePos(offset).line}`, message, position: place(offset) });
  }
  let value: unknown = null;
  try {
    value = readable ? document.toJS({ maxAliasCount: ALIASES_MAX }) : null;
  } catch {
    problems.push({
      subject: "line 1",
      message: "uses an alias (*name) too often",
      position: `${fileName}:1:1`,
    });
  }
  return {
    value,
    problems,
    positionOf: (path) => place(findNode(document.contents, path).node?.range?.[0]),
    positionOfKey: (path) => place(findNode(document.contents, path).key?.range?.[0]),
    textOf: (path) => {
      const { node, found } = findNode(document.contents, path);
      return found && isScalar(node) ? (node.source ?? String(node.value)) : null;
    },
  };
}

/** The node at a path, or the nearest one on the way to it, with the key that leads there. */
function findNode(root: unknown, path: YamlPath): { node: Node | null; key: Node | null; found: boolean } {
  let node: Node | null = isNode(root) ? root : null;
  let key: Node | null = null;
  for (const step of path) {
    let next: unknown;
    if (isMap(node)) {
      // Of a key that stands twice the last one counts, as in the plain values.
      const pair = node.items.findLast((item) => isPair(item) && isScalar(item.key) && item.key.value === String(step));
      next = pair?.value;
      key = isNode(pair?.key) ? pair.key : key;
    } else if (isSeq(node)) {
      next = node.items[Number(step)];
    }
    if (!isNode(next)) {
      return { node: key ?? node, key, found: false };
    }
    node = next;
  }
  return { node, key, found: true };
}

/** The library reports some mistakes from two sides. */
function firstOfEachPlace(errors: readonly YAMLParseError[]): readonly YAMLParseError[] {
  return errors.filter((error, index) => errors.findIndex((other) => other.pos[0] === error.pos[0]) === index);
}

function findLooseAliases(document: Document.Parsed): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) {
        offsets.push(alias.range?.[0] ?? 0);
      }
    },
  });
  return offsets;
}

/** Where a key stands that stood in the same group before. */
function findDoubledKeys(document: Document.Parsed): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (isScalar(key)) {
          const name = String(key.value);
          if (seen.has(name)) {
            offsets.push(key.range?.[0] ?? 0);
          }
          seen.add(name);
        }
      }
    },
  });
  return offsets;
}

function readKeyAt(source: string, offset: number): string {
  return /^[^\s:]+/.exec(source.slice(offset, offset + 100))?.[0] ?? "a key";
}

/** Own sentences: those of the library repeat what stands in the file, and a secret may stand there. */
function describeYamlError(code: string): string {
  const known: Readonly<Record<string, string>> = {
    TAB_AS_INDENT: "has a tab as indentation: use spaces",
    BAD_INDENT: "is indented differently from its neighbours, or a bracket before it is open",
    MULTIPLE_DOCS: "begins a second document (---): one file, one document",
    MISSING_CHAR: "lacks a character, such as the quote or bracket that closes",
    BAD_ALIAS: "has an alias (*name) without a name",
    IMPOSSIBLE: "cannot be read as YAML",
  };
  return known[code] ?? `is not YAML here (${code.toLowerCase().replaceAll("_", " ")})`;
}
