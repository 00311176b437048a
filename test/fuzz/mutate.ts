/**
 * Makes hostile payloads out of decent ones. `mutateJson` changes what a document says and leaves it a document (types,
 * keys, numbers beyond what JavaScript holds, depth, lone surrogates); `mutateBytes` takes no care of anything.
 */
import type { Chance } from "./chance.ts";

type Node = { readonly parent: Record<string, unknown> | unknown[]; readonly key: string | number };

/** Written into the text as they stand: no JavaScript value comes out of `JSON.stringify` like this. */
const RAW_VALUES = [
  ...["1e999", "-1e999", "1e308", "-0", "9007199254740993", "123456789012345678901234567890", "0.1e-400", "1E+400"],
  ...[
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u0000"',
    '"\\u202e1001"',
    "[[[[[[[[[[]]]]]]]]]]",
    '{"":{"":{"":""}}}',
    '{"then":"x"}',
  ],
];
const HOSTILE_VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 0.5, -2147483649, 4294967296, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE],
  ...[
    "",
    " ",
    "0",
    "-1",
    "NaN",
    "Infinity",
    "null",
    "true",
    "1e999",
    "constructor",
    "__proto__",
    "toString",
    "valueOf",
  ],
  ...["SOMETHING_NEW", "something.new", "gid://shopify/Order/0", "gid://shopify/Product/1", "gid://shopify/Order/"],
  ...["0000-00-00T00:00:00Z", "+275760-09-13T00:00:00Z", "-000001-01-01T00:00:00Z", "2026-02-30", "99999999999999"],
  ...["../../etc/passwd", "'; drop table inbox; --", "\u0000\u0001\u001b[31m", "a".repeat(300), "\u{1f4e6}".repeat(40)],
  ...[[], {}, [null], [[]], [{}], { toString: 1 }, { toString: null, valueOf: null }, { length: 3 }],
];
const HOSTILE_KEYS = [
  "__proto__",
  "constructor",
  "toJSON",
  "toString",
  "length",
  "then",
  "hasOwnProperty",
  "",
  "id",
  "0",
];
const RAW = "@@raw:";

const CHARACTERS_MAX = 300_000;

/** At most this many places of a document are candidates: samples of Shopify have thousands. */
const NODES_MAX = 400;

/** `text` is JSON. Gives JSON that says something else, most of the time. */
export function mutateJson(chance: Chance, text: string, splice: string): string {
  const root = { root: JSON.parse(text) as unknown };
  const raws: string[] = [];
  const rounds = 1 + chance.below(chance.oneIn(4) ? 8 : 2);
  for (let round = 0; round < rounds; round += 1) {
    mutateOnce(chance, root, raws, splice);
  }
  // Cut where copies of copies have grown: then it is no document, which is a case as well.
  const written = (JSON.stringify(root.root) ?? "null").slice(0, CHARACTERS_MAX);
  return raws.length === 0
    ? written
    : written
        .replace(/"@@raw:(\d+)@@"/g, (_, place: string) => raws[Number(place)] ?? "null")
        .replace(/@@dup\d+@@/g, "");
}

function mutateOnce(chance: Chance, root: Record<string, unknown>, raws: string[], splice: string): void {
  const { parent, key } = pickNode(chance, root);
  const value = Reflect.get(parent, key) as unknown;
  const put = (next: unknown): void => {
    Reflect.set(parent, key, next);
  };
  const raw = (text: string): string => `${RAW}${raws.push(text) - 1}@@`;
  const change = chance.weighted<() => void>([
    [30, () => put(structuredClone(chance.pick(HOSTILE_VALUES)))],
    [14, () => put(raw(chance.pick(RAW_VALUES)))],
    [14, () => remove(parent, key)],
    [8, () => inject(chance, value, raw)],
    [6, () => duplicateKey(chance, parent, key, raws)],
    [6, () => grow(chance, value)],
    [6, () => put(tweak(chance, value))],
    // A copy: what is put into itself would be no document any more.
    [4, () => put(structuredClone(Reflect.get(...at(pickNode(chance, root)))))],
    [3, () => put(JSON.parse(splice))],
    [1, () => put(raw(deep(chance)))],
    [1, () => put(chance.pick(["x", "\u00e9", "1", "\ud800"]).repeat(chance.pick([1_000, 10_000, 60_000])))],
  ]);
  change();
}

function at({ parent, key }: Node): [Record<string, unknown> | unknown[], string | number] {
  return [parent, key];
}

/** Any place of the document; the root itself now and then. */
function pickNode(chance: Chance, root: Record<string, unknown>): Node {
  const nodes: Node[] = [{ parent: root, key: "root" }];
  for (let next = 0; next < nodes.length && nodes.length < NODES_MAX; next += 1) {
    const node = nodes[next];
    const value: unknown = node === undefined ? null : Reflect.get(node.parent, node.key);
    if (Array.isArray(value)) {
      nodes.push(...value.slice(0, NODES_MAX).map((_, key) => ({ parent: value as unknown[], key })));
    } else if (typeof value === "object" && value !== null) {
      nodes.push(...Object.keys(value).map((key) => ({ parent: value as Record<string, unknown>, key })));
    }
  }
  return chance.pick(nodes.length > 1 && !chance.oneIn(30) ? nodes.slice(1) : nodes);
}

function remove(parent: Record<string, unknown> | unknown[], key: string | number): void {
  if (Array.isArray(parent)) {
    // Not `splice`, which asks the list for its constructor: that may have been injected.
    parent.copyWithin(Number(key), Number(key) + 1);
    parent.length -= 1;
  } else {
    delete parent[key];
  }
}

function inject(chance: Chance, value: unknown, raw: (text: string) => string): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const injected = chance.oneIn(2) ? structuredClone(chance.pick(HOSTILE_VALUES)) : raw(chance.pick(RAW_VALUES));
    // Plain assignment would set the prototype of our own object instead of writing the key.
    Object.defineProperty(value, chance.pick(HOSTILE_KEYS), {
      value: injected,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

/** The same key twice in one object: parsers differ in which one they take. */
function duplicateKey(
  chance: Chance,
  parent: Record<string, unknown> | unknown[],
  key: string | number,
  raws: string[],
): void {
  if (!Array.isArray(parent)) {
    parent[`${key}@@dup${raws.push("null")}@@`] = structuredClone(chance.pick(HOSTILE_VALUES));
  }
}

function grow(chance: Chance, value: unknown): void {
  if (Array.isArray(value) && value.length > 0 && value.length < 200) {
    const copies = chance.pick([1, 2, 10, chance.oneIn(20) ? 2_000 : 40]);
    const list = value as unknown[];
    list.push(...Array.from({ length: copies }, () => structuredClone(list[0])));
  }
}

function tweak(chance: Chance, value: unknown): unknown {
  if (typeof value === "number") {
    return chance.pick([-value, value * 1e6, value + 0.5, String(value), value === 0 ? 1 : 1 / value]);
  }
  if (typeof value === "string") {
    const place = chance.below(value.length + 1);
    return chance.pick([
      value.toLowerCase(),
      value.toUpperCase(),
      value + value,
      `${value.slice(0, place)}${chance.pick(["\u0000", "\n", "\u2028", "\ud83d", "'", '"', "%00", "é"])}${value.slice(place)}`,
      value.slice(0, place),
      [value],
      { value },
    ]);
  }
  return [value];
}

/** Too deep for whoever recurses. */
function deep(chance: Chance): string {
  const depth = chance.pick([100, 1_000, 20_000]);
  return chance.oneIn(2) ? "[".repeat(depth) + "]".repeat(depth) : `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

/** Flips, cuts, doubles, splices, invalid UTF-8. */
export function mutateBytes(chance: Chance, bytes: Buffer, splice: Buffer): Buffer {
  let mutated: Buffer = Buffer.from(bytes);
  const rounds = 1 + chance.below(3);
  for (let round = 0; round < rounds; round += 1) {
    const place = chance.below(mutated.length + 1);
    const end = Math.min(mutated.length, place + chance.below(64));
    const [before, middle, after] = [mutated.subarray(0, place), mutated.subarray(place, end), mutated.subarray(end)];
    mutated = chance.weighted<() => Buffer>([
      [5, () => flip(chance, mutated)],
      [3, () => Buffer.from(before)],
      [2, () => Buffer.concat([before, after])],
      [2, () => Buffer.concat([before, middle, middle, after])],
      [2, () => Buffer.concat([before, splice.subarray(chance.below(splice.length + 1)), after])],
      [2, () => Buffer.concat([before, chance.bytes(1 + chance.below(8)), after])],
      [
        1,
        () =>
          Buffer.concat([
            before,
            Buffer.from(chance.pick(["c080", "eda080", "f8888080", "fffe", "efbbbf"]), "hex"),
            after,
          ]),
      ],
      [1, () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), mutated])],
      [1, () => Buffer.alloc(0)],
    ])();
  }
  return mutated;
}

function flip(chance: Chance, bytes: Buffer): Buffer {
  for (let flips = 1 + chance.below(6); flips > 0 && bytes.length > 0; flips -= 1) {
    const place = chance.below(bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << chance.below(8));
  }
  return bytes;
}

/** A base as it is, with changed sense, with changed bytes, or both. */
export function mutate(chance: Chance, bases: readonly string[]): Buffer {
  const base = chance.pick(bases);
  const splice = chance.pick(bases);
  const kind = chance.below(20);
  if (kind === 0) {
    return Buffer.from(base);
  }
  if (kind <= 3) {
    return mutateBytes(chance, Buffer.from(base), Buffer.from(splice));
  }
  const mutated = Buffer.from(mutateJson(chance, base, splice));
  return kind <= 5 ? mutateBytes(chance, mutated, Buffer.from(splice)) : mutated;
}
