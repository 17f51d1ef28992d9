import {
  GraphQLError,
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { ApiLimits } from '../api-options.js';

/** The introspection query of GraphiQL and most tools is 15 deep; graphql-js itself bounds its recursion. */
const INTROSPECTION_DEPTH = 20;

export const tooComplex = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'TOO_COMPLEX' } });

/** What is wrong with the shape of a valid document, undefined when it is within the limits. */
export const shapeFault = (document: DocumentNode, { depth, aliases }: ApiLimits): GraphQLError | undefined => {
  const found = countAliases(document);
  if (found > aliases) {
    return tooComplex(`the document has ${found} aliases, the most allowed are ${aliases}; ask in several requests`);
  }
  const measure = new DepthMeasure(document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const deepest = measure.of(definition.selectionSet);
    if (deepest.data > depth) {
      return tooComplex(`the document nests ${deepest.data} fields deep, the deepest allowed is ${depth}`);
    }
    if (deepest.introspection > INTROSPECTION_DEPTH) {
      return tooComplex(
        `the document nests ${deepest.introspection} fields deep in the schema, the deepest allowed is ${INTROSPECTION_DEPTH}`,
      );
    }
  }
  return undefined;
};

const countAliases = (document: DocumentNode): number => {
  let count = 0;
  visit(document, {
    Field: (node) => {
      if (node.alias) count++;
    },
  });
  return count;
};

interface Depth {
  readonly data: number;
  readonly introspection: number;
}

/** Depth of selections; each fragment is measured once, whatever the document spreads. */
class DepthMeasure {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly known = new Map<string, Depth>();

  constructor(document: DocumentNode) {
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(node.name.value, node);
    }
  }

  of(set: SelectionSetNode): Depth {
    let data = 0;
    let introspection = 0;
    const take = (deeper: Depth): void => {
      data = Math.max(data, deeper.data);
      introspection = Math.max(introspection, deeper.introspection);
    };
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) take(this.ofFragment(selection.name.value));
      else if (selection.kind === Kind.INLINE_FRAGMENT) take(this.of(selection.selectionSet));
      else take(this.ofField(selection.name.value, selection.selectionSet));
    }
    return { data, introspection };
  }

  private ofField(name: string, set: SelectionSetNode | undefined): Depth {
    const below = set ? this.of(set) : { data: 0, introspection: 0 };
    if (name === '__schema' || name === '__type') {
      return { data: 0, introspection: 1 + Math.max(below.data, below.introspection) };
    }
    return { data: 1 + below.data, introspection: below.introspection };
  }

  private ofFragment(name: string): Depth {
    let depth = this.known.get(name);
    if (depth === undefined) this.known.set(name, (depth = this.of(this.fragments.get(name)!.selectionSet)));
    return depth;
  }
}
