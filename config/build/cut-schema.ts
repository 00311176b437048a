/**
 * Cuts Shopify's Admin schema down to what shipbot's operations touch and writes it to
 * `src/sandbox/shopify/schema-text.ts`: the whole schema is 3.7 MB, the cut is small enough to keep, to bundle and to
 * build in milliseconds. Text in a TypeScript file and not a `.graphql` one, because both node and esbuild import that
 * without a loader.
 *
 *     node config/build/cut-schema.ts [introspection.json.gz]
 *
 * Without an argument it fetches the pinned package from the npm registry. The cut also keeps which access scope each
 * kept type and field needs, which Shopify's introspection says beside the standard keys.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  buildClientSchema,
  GraphQLInterfaceType,
  GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  type IntrospectionQuery,
  lexicographicSortSchema,
  parse,
  printSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import * as operations from "../../src/shopify/operations.ts";
import * as webhookOperations from "../../src/shopify/webhook-operations.ts";
import * as writeOperations from "../../src/shopify/write-operations.ts";

const PACKAGE = "@shopify/dev-mcp@1.16.0";
const PACKED_FILE = "package/dist/data/admin_2026-10.json.gz";
const TARGET = new URL("../../src/sandbox/shopify/schema-text.ts", import.meta.url);

/** What the sandbox answers beyond shipbot's own operations, for tests and for people who look into it by hand. */
const EXTRA = `query Extra($id: ID!, $query: String, $reverse: Boolean) {
  order(id: $id) { id closed }
  fulfillmentOrder(id: $id) { id }
  orders(first: 1, query: $query, reverse: $reverse) { edges { cursor node { id } } }
  fulfillmentOrders(first: 1, reverse: $reverse) { edges { cursor node { id } } }
  locations(first: 1, after: null) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id name isActive fulfillsOnlineOrders
      address { address1 address2 city province provinceCode zip countryCode phone }
    }
  }
}
mutation ExtraWrites($id: ID!, $subscription: WebhookSubscriptionInput!) {
  fulfillmentCancel(id: $id) {
    fulfillment { id status }
    userErrors { field message }
  }
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $subscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
}`;

/** Shopify's own keys beside the standard ones. */
interface Access {
  readonly requiredAccess?: string | null;
}
type RawField = Access & { readonly name: string };
type RawType = Access & { readonly name: string; readonly fields?: readonly RawField[] | null };

/** Names of what stays: `Type`, `Type.field` and `Type.field.argument`. */
type Kept = ReadonlySet<string>;

/** Reads an introspection result, packed as in Shopify's package. */
export function readIntrospection(packed: Buffer): IntrospectionQuery {
  const parsed = JSON.parse(gunzipSync(packed).toString("utf8")) as IntrospectionQuery | { data: IntrospectionQuery };
  return "data" in parsed ? parsed.data : parsed;
}

/** The schema as Shopify serves it. graphql-js 17 finds fault with six deprecations in it: `assumeValid`. */
export function buildFullSchema(introspection: IntrospectionQuery): GraphQLSchema {
  return buildClientSchema(introspection, { assumeValid: true });
}

/** The text of `schema-text.ts` for an introspection result. Same input, same text: the date is the caller's. */
export function cutSchema(introspection: IntrospectionQuery, date: string): string {
  const full = buildFullSchema(introspection);
  const kept = collectKept(full);
  const cut = buildClientSchema(filterIntrospection(introspection, kept), { assumeValid: true });
  const sdl = printSchema(lexicographicSortSchema(cut));
  const access = requiredAccess(introspection, kept);
  const rows = access.map(([name, text]) => `${name}: ${text.replaceAll(/\s+/g, " ").trim()}`);
  return [
    `// Generated from ${PACKAGE} (${PACKED_FILE}), ${date}, by: node config/build/cut-schema.ts`,
    "// Shopify's Admin API 2026-10, cut to what the operations of src/shopify touch. Do not edit.",
    "",
    `export const SCHEMA_TEXT = \`${escapeTemplate(sdl)}\n\`;`,
    "",
    "/** Which access scopes a type or a field needs, in Shopify's words: one `name: words` a line. */",
    `export const REQUIRED_ACCESS_TEXT = \`${escapeTemplate(rows.join("\n"))}\n\`;`,
    "",
  ].join("\n");
}

function escapeTemplate(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
}

function documents(): string[] {
  const own = Object.values({ ...operations, ...writeOperations, ...webhookOperations }).flatMap((value) =>
    typeof value === "object" && "document" in value ? [value.document] : [],
  );
  return [...own, EXTRA];
}

function collectKept(schema: GraphQLSchema): Kept {
  const kept = new Set<string>(["Query", "Mutation", "QueryRoot", "String", "Boolean", "Int", "Float", "ID"]);
  for (const document of documents()) {
    const info = new TypeInfo(schema);
    visit(
      parse(document),
      visitWithTypeInfo(info, {
        Field() {
          const parent = info.getParentType();
          const field = info.getFieldDef();
          if (parent && field && !field.name.startsWith("__")) {
            kept.add(parent.name).add(`${parent.name}.${field.name}`).add(getNamedType(field.type).name);
          }
        },
        Argument() {
          const parent = info.getParentType();
          const field = info.getFieldDef();
          const argument = info.getArgument();
          if (parent && field && argument) {
            kept.add(`${parent.name}.${field.name}.${argument.name}`);
            keepInput(schema, getNamedType(argument.type).name, kept);
          }
        },
      }),
    );
  }
  keepInterfaces(schema, kept);
  return kept;
}

/** Input objects stay whole, so that a mistake in their use is found by validation and not by silence. */
function keepInput(schema: GraphQLSchema, name: string, kept: Set<string>): void {
  if (kept.has(name)) {
    return;
  }
  kept.add(name);
  const type = schema.getType(name);
  if (type && "getFields" in type && !(type instanceof GraphQLObjectType) && !(type instanceof GraphQLInterfaceType)) {
    for (const field of Object.values(type.getFields())) {
      keepInput(schema, getNamedType(field.type).name, kept);
    }
  }
}

/** A kept type that implements a kept interface must have its kept fields. */
function keepInterfaces(schema: GraphQLSchema, kept: Set<string>): void {
  for (const name of [...kept]) {
    const type = schema.getType(name);
    if (!(type instanceof GraphQLObjectType)) {
      continue;
    }
    for (const parent of type.getInterfaces().filter((candidate) => kept.has(candidate.name))) {
      kept.add(`${parent.name}.id`).add(`${name}.id`);
      for (const field of Object.keys(parent.getFields()).filter((field) => kept.has(`${parent.name}.${field}`))) {
        kept.add(`${name}.${field}`);
      }
    }
  }
}

function filterIntrospection(introspection: IntrospectionQuery, kept: Kept): IntrospectionQuery {
  const { __schema } = introspection;
  const types = __schema.types.filter((type) => kept.has(type.name) || isBuiltIn(type.name));
  return {
    __schema: {
      ...__schema,
      directives: [],
      types: types.map((type) => {
        if (isBuiltIn(type.name)) {
          return type;
        }
        if (type.kind === "OBJECT" || type.kind === "INTERFACE") {
          const fields = type.fields
            .filter((field) => kept.has(`${type.name}.${field.name}`))
            .map((field) => ({
              ...field,
              description: null,
              args: field.args
                .filter((arg) => kept.has(`${type.name}.${field.name}.${arg.name}`))
                .map((arg) => ({ ...arg, description: null })),
            }));
          const interfaces = type.interfaces.filter((parent) => kept.has(parent.name));
          const possibleTypes =
            type.kind === "INTERFACE" ? type.possibleTypes.filter((child) => kept.has(child.name)) : [];
          return { ...type, description: null, fields, interfaces, possibleTypes };
        }
        if (type.kind === "INPUT_OBJECT") {
          const inputFields = type.inputFields.map((field) => ({ ...field, description: null }));
          return { ...type, description: null, inputFields };
        }
        if (type.kind === "ENUM") {
          const enumValues = type.enumValues.map((value) => ({ ...value, description: null }));
          return { ...type, description: null, enumValues };
        }
        return { ...type, description: null };
      }),
    },
  };
}

function isBuiltIn(name: string): boolean {
  return name.startsWith("__");
}

function requiredAccess(introspection: IntrospectionQuery, kept: Kept): [string, string][] {
  const rows: [string, string][] = [];
  for (const type of introspection.__schema.types as readonly RawType[]) {
    if (!kept.has(type.name)) {
      continue;
    }
    if (type.requiredAccess) {
      rows.push([type.name, type.requiredAccess]);
    }
    for (const field of type.fields ?? []) {
      if (field.requiredAccess && kept.has(`${type.name}.${field.name}`)) {
        rows.push([`${type.name}.${field.name}`, field.requiredAccess]);
      }
    }
  }
  return rows.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Fetches the pinned package into a folder of its own and reads the schema from it. */
function downloadIntrospection(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "shipbot-schema-"));
  try {
    execFileSync("npm", ["pack", PACKAGE, "--silent"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    execFileSync("tar", ["-xzf", "shopify-dev-mcp-1.16.0.tgz", PACKED_FILE], { cwd: folder });
    return readFileSync(join(folder, PACKED_FILE));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const path = process.argv[2];
  const packed = path === undefined ? downloadIntrospection() : readFileSync(path);
  const text = cutSchema(readIntrospection(packed), new Date().toISOString().slice(0, 10));
  writeFileSync(TARGET, text);
  console.log(`${TARGET.pathname}: ${text.length} bytes`);
}
