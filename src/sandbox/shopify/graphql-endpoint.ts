/**
 * The Admin API's one address: authentication, parsing, validation, cost, throttling, execution, and Shopify's shapes for
 * everything that can go wrong on the way. All but authentication answers 200, as Shopify does.
 */
import {
  type DocumentNode,
  defaultFieldResolver,
  executeSync,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLFormattedError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  validate,
} from "graphql";
import type { Faults } from "../faults.ts";
import type { SandboxReply, SandboxRequest } from "../serve.ts";
import { type Gate, UNAUTHORIZED } from "./auth.ts";
import { actualCost, type CostedOperation, REQUESTED_COST_MAX, requestedCost } from "./cost.ts";
import type { CostBucket } from "./cost-bucket.ts";
import { queryRoot } from "./resolvers-read.ts";
import { mutationRoot } from "./resolvers-write.ts";
import { type AccessRule, loadAccessRules, loadSchema } from "./schema.ts";
import type { ShopState } from "./state.ts";
import type { RequestContext } from "./views.ts";

/** Parsed and validated documents that are kept; shipbot has about twenty. */
const DOCUMENTS_MAX = 200;
/** Of all shops in this process: building the schema and reading a document take longer than a hundred requests. */
const documents = new Map<string, Prepared>();
let sharedSchema: GraphQLSchema | null = null;

/** How far the `throttled` fault empties the bucket: the client waits this part of a second. */
const THROTTLE_WAIT_SECONDS = 0.25;

const WRITE_ORDERS: AccessRule = { words: "`write_orders` access scope.", anyOf: ["write_orders"] };

interface Prepared {
  readonly document: DocumentNode;
  readonly errors: readonly GraphQLFormattedError[];
  /** What it would cost, by operation and page sizes: the walk through a document takes as long as executing it. */
  readonly costs: Map<string, number>;
}

export class GraphqlEndpoint {
  readonly #state: ShopState;
  readonly #gate: Gate;
  readonly #bucket: CostBucket;
  readonly #faults: Faults;
  readonly #webhookVersion: string;
  readonly #schema: GraphQLSchema;
  readonly #rules: ReadonlyMap<string, AccessRule>;
  /** By type and name of the field. */
  readonly #rulesOfField = new Map<string, Map<string, readonly AccessRule[]>>();

  constructor(options: {
    readonly state: ShopState;
    readonly gate: Gate;
    readonly bucket: CostBucket;
    readonly faults: Faults;
    readonly webhookVersion: string;
  }) {
    sharedSchema ??= loadSchema();
    this.#schema = sharedSchema;
    this.#state = options.state;
    this.#gate = options.gate;
    this.#bucket = options.bucket;
    this.#faults = options.faults;
    this.#webhookVersion = options.webhookVersion;
    const rules = new Map(loadAccessRules());
    // The schema names no scope for these: "the same access level needed to mutate the owner".
    for (const field of ["metafieldsSet", "tagsAdd", "tagsRemove"]) {
      rules.set(`Mutation.${field}`, WRITE_ORDERS);
    }
    // With too little access this one answers with a user error instead (observed on API 2026-07).
    rules.delete("Mutation.fulfillmentCreate");
    this.#rules = rules;
  }

  handle(request: SandboxRequest): SandboxReply {
    const version = /^\/admin\/api\/([^/]+)\/graphql\.json$/.exec(request.path)?.[1];
    if (version === undefined || request.method !== "POST") {
      return NOT_FOUND;
    }
    const what = describeGraphql(request);
    const token = request.headers["x-shopify-access-token"];
    if (this.#faults.strikes("token_expired", what)) {
      this.#gate.expire(token);
    }
    if (!this.#gate.admits(token)) {
      this.#state.ledger.unauthorized += 1;
      return UNAUTHORIZED;
    }
    const headers = { "x-shopify-api-version": version };
    const body = readBody(request);
    if (body === null) {
      return { status: 400, headers, body: { errors: { query: "Required parameter missing or invalid" } } };
    }
    return { status: 200, headers, body: this.#answer(body, what) };
  }

  #answer(body: GraphqlBody, what: string): object {
    const prepared = this.#prepare(body.query);
    const operation = prepared.errors.length === 0 ? pickOperation(prepared.document, body.operationName) : null;
    if (operation === null) {
      const missing = { message: "An operation name is required", extensions: { code: "BAD_REQUEST" } };
      return { errors: prepared.errors.length > 0 ? prepared.errors : [missing] };
    }
    const costed = { schema: this.#schema, document: prepared.document, operation, variables: body.variables };
    const requested = this.#requestedCost(prepared, costed);
    if (requested > REQUESTED_COST_MAX) {
      return { errors: [maxCostError(requested)] };
    }
    if (this.#faults.strikes("throttled", what)) {
      this.#bucket.drainTo(requested - this.#bucket.restorePerSecond * THROTTLE_WAIT_SECONDS);
    }
    if (!this.#bucket.has(requested)) {
      this.#state.ledger.throttled += 1;
      return { errors: [THROTTLED], data: null, extensions: { cost: this.#costBlock(requested, null) } };
    }
    return this.#execute(costed, requested, what);
  }

  #execute(costed: CostedOperation, requested: number, what: string): object {
    this.#state.openScheduled();
    const context: RequestContext = {
      state: this.#state,
      scopes: this.#gate.scopes,
      webhookVersion: this.#webhookVersion,
      notes: [],
    };
    const isMutation = costed.operation.operation === "mutation";
    const result = executeSync({
      schema: this.#schema,
      document: costed.document,
      operationName: costed.operation.name?.value ?? null,
      rootValue: isMutation ? mutationRoot(context) : queryRoot(context),
      contextValue: context,
      variableValues: costed.variables,
      fieldResolver: this.#resolveField,
    });
    const bug = result.errors?.find((error) => error.originalError && !(error.originalError instanceof GraphQLError));
    if (bug?.originalError) {
      throw bug.originalError;
    }
    if (!("data" in result)) {
      return { errors: (result.errors ?? []).map((error) => variableError(error, costed.operation)) };
    }
    this.#state.ledger.countRequest(what);
    const actual = actualCost(costed, result.data, requested);
    this.#bucket.charge(actual);
    this.#state.ledger.pointsSpent += actual;
    const search = context.notes.length > 0 ? { search: context.notes } : {};
    return {
      ...(result.errors === undefined ? {} : { errors: result.errors.map(formatError) }),
      data: result.data,
      extensions: { cost: this.#costBlock(requested, actual), ...search },
    };
  }

  /** Field by field: what the granted scopes do not cover is null with an error, and the rest stays (recorded). */
  readonly #resolveField: GraphQLFieldResolver<unknown, RequestContext> = (source, args, context, info) => {
    for (const rule of this.#rulesOf(info)) {
      if (!rule.anyOf.some((scope) => context.scopes.has(scope))) {
        throw new GraphQLError(`Access denied for ${info.fieldName} field. Required access: ${rule.words}`, {
          extensions: { code: "ACCESS_DENIED", documentation: SCOPES_DOCUMENTATION, requiredAccess: rule.words },
        });
      }
    }
    return defaultFieldResolver(source, args, context, info);
  };

  /** The rules of the field itself and of what it gives. */
  #rulesOf(info: GraphQLResolveInfo): readonly AccessRule[] {
    const { parentType, fieldName } = info;
    let ofType = this.#rulesOfField.get(parentType.name);
    if (ofType === undefined) {
      ofType = new Map();
      this.#rulesOfField.set(parentType.name, ofType);
    }
    let rules = ofType.get(fieldName);
    if (rules === undefined) {
      const returned = getNamedType(info.returnType).name.replace(/Connection$/, "");
      rules = [`${parentType.name}.${fieldName}`, returned].flatMap((name) => this.#rules.get(name) ?? []);
      ofType.set(fieldName, rules);
    }
    return rules;
  }

  #prepare(query: string): Prepared {
    const known = documents.get(query);
    if (known !== undefined) {
      return known;
    }
    const prepared = this.#parse(query);
    if (documents.size >= DOCUMENTS_MAX) {
      documents.clear();
    }
    documents.set(query, prepared);
    return prepared;
  }

  #parse(query: string): Prepared {
    let document: DocumentNode;
    try {
      document = parse(query);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { document: { kind: Kind.DOCUMENT, definitions: [] }, errors: [{ message }], costs: new Map() };
    }
    return { document, errors: validate(this.#schema, document).map(validationError), costs: new Map() };
  }

  #requestedCost({ costs }: Prepared, costed: CostedOperation): number {
    const sizes = Object.entries(costed.variables).filter(([, value]) => typeof value === "number");
    const question = JSON.stringify([costed.operation.name?.value, sizes]);
    const known = costs.get(question);
    if (known !== undefined) {
      return known;
    }
    const requested = requestedCost(costed);
    if (costs.size < DOCUMENTS_MAX) {
      costs.set(question, requested);
    }
    return requested;
  }

  #costBlock(requested: number, actual: number | null): object {
    return {
      requestedQueryCost: requested,
      actualQueryCost: actual,
      throttleStatus: this.#bucket.status(),
    };
  }
}

const SCOPES_DOCUMENTATION = "https://shopify.dev/api/usage/access-scopes";

const THROTTLED = {
  message: "Throttled",
  extensions: { code: "THROTTLED", documentation: "https://shopify.dev/api/usage/rate-limits" },
};

export const NOT_FOUND: SandboxReply = {
  status: 404,
  headers: { "content-type": "text/html" },
  body: "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body>Not Found</body></html>",
};

function maxCostError(cost: number): object {
  return {
    message: `Query cost is ${cost}, which exceeds the single query max cost limit (${REQUESTED_COST_MAX}).`,
    extensions: {
      code: "MAX_COST_EXCEEDED",
      cost,
      maxCost: REQUESTED_COST_MAX,
      documentation: "https://shopify.dev/api/usage/limits#rate-limits",
    },
  };
}

interface GraphqlBody {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

function readBody(request: SandboxRequest): GraphqlBody | null {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString("utf8"));
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null || !("query" in body) || typeof body.query !== "string") {
    return null;
  }
  const variables = "variables" in body && typeof body.variables === "object" ? body.variables : null;
  const operationName = "operationName" in body && typeof body.operationName === "string" ? body.operationName : null;
  return { query: body.query, operationName, variables: { ...variables } };
}

/** `query OrdersByIds`, for faults and the ledger. */
export function describeGraphql(request: SandboxRequest): string {
  const match = /\b(query|mutation)\s+(\w+)/.exec(readBody(request)?.query ?? "");
  return match === null ? `${request.method} ${request.path}` : `${match[1]} ${match[2]}`;
}

function pickOperation(document: DocumentNode, name: string | null): OperationDefinitionNode | null {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const picked = name === null ? operations : operations.filter((operation) => operation.name?.value === name);
  return picked.length === 1 ? (picked[0] ?? null) : null;
}

/** Shopify's codes for the two mistakes that a wrong document makes; the rest keeps graphql-js's words. */
function validationError(error: GraphQLError): GraphQLFormattedError {
  const formatted = formatError(error);
  const field = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(error.message);
  if (field !== null) {
    const [, fieldName, typeName] = field;
    const message = `Field '${fieldName}' doesn't exist on type '${typeName}'`;
    return { ...formatted, message, extensions: { code: "undefinedField", typeName, fieldName } };
  }
  const argument = /^Unknown argument "(\w+)" on field "\w+\.(\w+)"/.exec(error.message);
  if (argument !== null) {
    const [, argumentName, name] = argument;
    const message = `Field '${name}' doesn't accept argument '${argumentName}'`;
    const extensions = { code: "argumentNotAccepted", name, typeName: "Field", argumentName };
    return { ...formatted, message, extensions };
  }
  return formatted;
}

function variableError(error: GraphQLError, operation: OperationDefinitionNode): GraphQLFormattedError {
  const name = /\$(\w+)/.exec(error.message)?.[1];
  const definition = operation.variableDefinitions?.find((candidate) => candidate.variable.name.value === name);
  const type = definition === undefined ? "?" : print(definition.type);
  return {
    ...formatError(error),
    message: `Variable $${name} of type ${type} was provided invalid value`,
    extensions: { code: "INVALID_VARIABLE", problems: [{ path: [], explanation: error.message }] },
  };
}

function formatError(error: GraphQLError): GraphQLFormattedError {
  return error.toJSON();
}
