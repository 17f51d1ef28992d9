import {
  getNamedType,
  GraphQLList,
  GraphQLNonNull,
  isAbstractType,
  isCompositeType,
  Kind,
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/** Entries that a list without `first` is taken to have. */
const ASSUMED_LENGTH = 10;
/** So many numbers of a column cost as much as one field. */
const COLUMN_ENTRIES = 20;

export type Variables = Readonly<Record<string, unknown>>;

/**
 * What an operation may cost: one for each field, times the length of the lists around it. The length is `first`, or the number of
 * ids asked for, or else assumed. `first` of a field that is no list itself (a page, a series) bounds the lists right below it.
 * Fields may state a base cost as `complexity`.
 */
export const operationCost = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): number => new CostMeasure(schema, document, operation, variables).total();

class CostMeasure {
  private readonly schema: GraphQLSchema;
  private readonly operation: OperationDefinitionNode;
  private readonly variables: Variables;
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly known = new Map<string, number>();

  constructor(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Variables) {
    this.schema = schema;
    this.operation = operation;
    this.variables = variables;
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(node.name.value, node);
    }
  }

  total(): number {
    const root = this.schema.getRootType(this.operation.operation);
    return root ? this.ofSelections(root, this.operation.selectionSet, undefined) : 0;
  }

  private ofSelections(type: GraphQLCompositeType, set: SelectionSetNode, page: number | undefined): number {
    let sum = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) sum += this.ofField(type, selection, page);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) sum += this.ofFragment(selection.name.value, page);
      else {
        const condition = selection.typeCondition && this.schema.getType(selection.typeCondition.name.value);
        sum += this.ofSelections((condition as GraphQLCompositeType) ?? type, selection.selectionSet, page);
      }
    }
    return sum;
  }

  private ofFragment(name: string, page: number | undefined): number {
    const key = `${name}/${page ?? ''}`;
    let cost = this.known.get(key);
    if (cost === undefined) {
      const { typeCondition, selectionSet } = this.fragments.get(name)!;
      const type = this.schema.getType(typeCondition.name.value) as GraphQLCompositeType;
      this.known.set(key, (cost = this.ofSelections(type, selectionSet, page)));
    }
    return cost;
  }

  private ofField(type: GraphQLCompositeType, node: FieldNode, page: number | undefined): number {
    const field = fieldOf(type, node.name.value);
    // Meta fields: their size is the schema's, whatever the plant holds.
    if (!field) return 1;
    const base = 1 + Number(field.extensions['complexity'] ?? 0);
    const asked = this.lengthAsked(field, node.arguments ?? []);
    const list = isList(field.type);
    const below = getNamedType(field.type);
    if (!isCompositeType(below) || !node.selectionSet) {
      return list ? base + Math.ceil((page ?? ASSUMED_LENGTH) / COLUMN_ENTRIES) : base;
    }
    if (!list) return base + this.ofSelections(below, node.selectionSet, asked);
    return base + (asked ?? page ?? ASSUMED_LENGTH) * this.ofSelections(below, node.selectionSet, undefined);
  }

  /** `first`, or the number of `ids`, as the request gives it. */
  private lengthAsked(field: GraphQLField<unknown, unknown>, args: readonly ArgumentNode[]): number | undefined {
    const given = (name: string): unknown => this.valueOf(args.find((arg) => arg.name.value === name)?.value);
    const first = field.args.find(({ name }) => name === 'first');
    if (first) {
      const value = given('first') ?? first.defaultValue;
      return typeof value === 'number' && value > 0 ? value : 1;
    }
    const ids = field.args.some(({ name }) => name === 'ids') ? given('ids') : undefined;
    return Array.isArray(ids) ? Math.max(1, ids.length) : undefined;
  }

  private valueOf(node: ValueNode | undefined): unknown {
    if (node?.kind === Kind.VARIABLE) {
      const name = node.name.value;
      const definition = this.operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
      return this.variables[name] ?? this.valueOf(definition?.defaultValue);
    }
    if (node?.kind === Kind.INT) return Number(node.value);
    return node?.kind === Kind.LIST ? node.values : undefined;
  }
}

const fieldOf = (type: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined =>
  isAbstractType(type) && !('getFields' in type)
    ? undefined
    : (type as GraphQLObjectType | GraphQLInterfaceType).getFields()[name];

const isList = (type: GraphQLOutputType): boolean =>
  type instanceof GraphQLNonNull ? isList(type.ofType) : type instanceof GraphQLList;
