/**
 * What a request costs. The formula was fitted to recorded answers and is exact for 191 of 206 queries of the kinds that
 * shipbot makes; the one that the documentation suggests is ten times too high. Objects cost 1; scalars, money and page
 * info nothing; a mutation 10, which covers its payload and the payload's own objects; a list one object; a connection 2
 * plus its node once per ⌊2·ln(first)⌋, at least once; `nodes` one node, however many ids.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

const FREE_TYPES: ReadonlySet<string> = new Set(["MoneyBag", "MoneyV2", "PageInfo"]);
const MUTATION_COST = 10;
const CONNECTION_COST = 2;

/** No plan allows a single query more (usage/limits, read 2026-11-22). */
export const REQUESTED_COST_MAX = 1_000;

export interface CostedOperation {
  readonly schema: GraphQLSchema;
  /** Must be valid for the schema. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Before execution there is no data: every nullable object counts as present, every page as full. */
const UNKNOWN = Symbol("unknown");
type Data = unknown;

/** The points that an operation must find in the bucket before it runs. */
export function requestedCost(costed: CostedOperation): number {
  return new CostWalk(costed).cost(UNKNOWN);
}

/**
 * What an executed operation is charged: the same formula over what came back. An estimate, because Shopify's own rule for
 * it is not published; never more than was requested.
 */
export function actualCost(costed: CostedOperation, data: unknown, requested: number): number {
  return Math.min(requested, data === null || data === undefined ? 1 : new CostWalk(costed).cost(data));
}

interface SelectedField {
  readonly node: FieldNode;
  readonly type: GraphQLNamedType;
  readonly data: Data;
}

class CostWalk {
  readonly #costed: CostedOperation;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();

  constructor(costed: CostedOperation) {
    this.#costed = costed;
    for (const definition of costed.document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.#fragments.set(definition.name.value, definition);
      }
    }
  }

  cost(data: Data): number {
    const { schema, operation } = this.#costed;
    const root = schema.getRootType(operation.operation);
    if (!root) {
      throw new Error(`the sandbox's schema has no ${operation.operation}`);
    }
    const fields = this.#fields(root, operation.selectionSet, data);
    return sum(fields, (field) =>
      operation.operation === "mutation" ? this.#payloadCost(field) : this.#fieldCost(field),
    );
  }

  #payloadCost(payload: SelectedField): number {
    const fields = this.#fields(payload.type, payload.node.selectionSet, payload.data);
    return MUTATION_COST + sum(fields, (field) => Math.max(0, this.#fieldCost(field) - ownCost(field)));
  }

  #fieldCost(field: SelectedField): number {
    if (!isCompositeType(field.type) || field.data === null) {
      return 0;
    }
    if (isConnection(field.type)) {
      return CONNECTION_COST + this.#nodesCost(field);
    }
    const items = Array.isArray(field.data) ? field.data : [field.data];
    const item = (data: Data) =>
      sum(this.#fields(field.type, field.node.selectionSet, data), (f) => this.#fieldCost(f));
    return items.length === 0 ? 0 : ownCost(field) + Math.max(...items.map(item));
  }

  #nodesCost(connection: SelectedField): number {
    const parts = this.#fields(connection.type, connection.node.selectionSet, connection.data).filter(
      (part) => part.type.name !== "PageInfo",
    );
    const costs = parts.map((part) => this.#fieldCost(part) - (part.type.name.endsWith("Edge") ? 1 : 0));
    const list = parts[0]?.data;
    const count = Array.isArray(list) ? list.length : this.#first(connection.node);
    return count === 0 ? 0 : Math.max(0, ...costs) * Math.max(1, Math.floor(2 * Math.log(count)));
  }

  #first(node: FieldNode): number {
    const value = node.arguments?.find((argument) => argument.name.value === "first")?.value;
    if (value?.kind === Kind.INT) {
      return Number(value.value);
    }
    const given = value?.kind === Kind.VARIABLE ? this.#costed.variables[value.name.value] : undefined;
    return typeof given === "number" ? given : 1;
  }

  #fields(type: GraphQLNamedType, selectionSet: SelectionSetNode | undefined, data: Data): SelectedField[] {
    return (selectionSet?.selections ?? []).flatMap((selection) => {
      if (selection.kind === Kind.FIELD) {
        const definition = "getFields" in type ? type.getFields()[selection.name.value] : undefined;
        const value = readValue(data, selection.alias?.value ?? selection.name.value);
        return definition === undefined ? [] : [{ node: selection, type: getNamedType(definition.type), data: value }];
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
      const condition = fragment?.typeCondition?.name.value;
      const target = condition === undefined ? type : this.#costed.schema.getType(condition);
      return target === undefined ? [] : this.#fields(target, fragment?.selectionSet, data);
    });
  }
}

function sum<Item>(items: readonly Item[], measure: (item: Item) => number): number {
  return items.reduce((total, item) => total + measure(item), 0);
}

/** What is missing in the data (another fragment's field) counts as null. */
function readValue(data: Data, name: string): Data {
  if (data === UNKNOWN) {
    return UNKNOWN;
  }
  return data !== null && typeof data === "object" ? ((data as Record<string, unknown>)[name] ?? null) : null;
}

function ownCost(field: SelectedField): number {
  const costs = isCompositeType(field.type) && !FREE_TYPES.has(field.type.name) && !isConnection(field.type);
  return costs && field.data !== null && !(Array.isArray(field.data) && field.data.length === 0) ? 1 : 0;
}

function isConnection(type: GraphQLNamedType): boolean {
  return type.name.endsWith("Connection");
}
