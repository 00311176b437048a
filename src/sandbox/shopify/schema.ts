/** The schema that the fake executes over, and which access scopes its parts need. */
import { buildSchema, type GraphQLSchema } from "graphql";
import { REQUIRED_ACCESS_TEXT, SCHEMA_TEXT } from "./schema-text.ts";

/** Builds the cut schema (about 10 ms). Resolvers are plain properties and methods of what the roots return. */
export function loadSchema(): GraphQLSchema {
  return buildSchema(SCHEMA_TEXT, { assumeValid: true });
}

/** What a type or a field needs: the words for the error, and the scopes of which any one is enough. */
export interface AccessRule {
  readonly words: string;
  readonly anyOf: readonly string[];
}

/** By `Type` or `Type.field`. Rules that name no scope (metafieldsSet) are left out. */
export function loadAccessRules(): ReadonlyMap<string, AccessRule> {
  const rules = new Map<string, AccessRule>();
  for (const line of REQUIRED_ACCESS_TEXT.split("\n")) {
    const at = line.indexOf(": ");
    const words = line.slice(at + 2);
    const anyOf = [...words.matchAll(/`(\w+)` access scope/g)].map((match) => match[1] ?? "");
    if (at > 0 && anyOf.length > 0) {
      rules.set(line.slice(0, at), { words, anyOf });
    }
  }
  return rules;
}
