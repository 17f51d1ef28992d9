import {
  GraphQLError,
  Kind,
  parse,
  print,
  separateOperations,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { ApiLimits } from '../api-options.js';
import { shapeFault, tooComplex } from '../limit/document-limits.js';

const MAX_ERRORS = 20;
const CACHED_DOCUMENTS = 1_000;

/** One operation of a valid document that is within the limits. */
export interface PreparedOperation {
  /** A document with this operation only: two operations of one document must not share a compiled query. */
  readonly source: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

type Prepared = ReadonlyMap<string, PreparedOperation> | readonly GraphQLError[];

/** Parses, validates and measures each document once. */
export class OperationCache {
  private readonly schema: GraphQLSchema;
  private readonly limits: ApiLimits;
  private readonly documents = new Map<string, Prepared>();

  constructor(schema: GraphQLSchema, limits: ApiLimits) {
    this.schema = schema;
    this.limits = limits;
  }

  /** The operation meant, or what is wrong with the document or the name. */
  prepare(source: string, operationName: string | null | undefined): PreparedOperation | readonly GraphQLError[] {
    const bytes = Buffer.byteLength(source);
    if (bytes > this.limits.documentBytes) {
      return [tooComplex(`the document has ${bytes} bytes, the most allowed are ${this.limits.documentBytes}`)];
    }
    const prepared = this.documents.get(source) ?? this.read(source);
    if (!isMap(prepared)) return prepared;
    if (operationName != null) {
      return prepared.get(operationName) ?? [new GraphQLError(`the document has no operation "${operationName}"`)];
    }
    if (prepared.size === 1) return prepared.values().next().value!;
    return [new GraphQLError('the document has several operations; say which one in `operationName`')];
  }

  private read(source: string): Prepared {
    const prepared = this.check(source);
    if (this.documents.size >= CACHED_DOCUMENTS) this.documents.delete(this.documents.keys().next().value!);
    this.documents.set(source, prepared);
    return prepared;
  }

  private check(source: string): Prepared {
    let document: DocumentNode;
    try {
      document = parse(source, { maxTokens: this.limits.tokens });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return [/tokens/.test(error.message) ? tooComplex(error.message) : error];
    }
    const errors = validate(this.schema, document, specifiedRules, { maxErrors: MAX_ERRORS });
    if (errors.length > 0) return errors;
    const fault = shapeFault(document, this.limits);
    return fault ? [fault] : operationsOf(source, document);
  }
}

const operationsOf = (source: string, document: DocumentNode): Map<string, PreparedOperation> => {
  const parts = Object.entries(separateOperations(document));
  return new Map(
    parts.map(([name, part]) => {
      const operation = part.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)!;
      return [
        name,
        parts.length === 1 ? { source, document, operation } : { source: print(part), document: part, operation },
      ];
    }),
  );
};

const isMap = (prepared: Prepared): prepared is ReadonlyMap<string, PreparedOperation> => prepared instanceof Map;

export const isFaulty = (prepared: PreparedOperation | readonly GraphQLError[]): prepared is readonly GraphQLError[] =>
  Array.isArray(prepared);
