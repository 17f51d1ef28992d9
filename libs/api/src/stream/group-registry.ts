import { Inject, Injectable } from '@nestjs/common';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import {
  getArgumentValues,
  getVariableValues,
  GraphQLError,
  Kind,
  print,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type SelectionSetNode,
} from 'graphql';
import type { Position } from '@millwright/event-store';
import { API_LIMITS, type ApiLimits } from '../api-options.js';
import { ApiError } from '../error/api-error.js';
import { formatError } from '../error/error-format.js';
import type { Variables } from '../limit/cost.js';
import { GraphQLExecutor } from '../request/graphql-executor.js';
import type { PreparedOperation } from '../request/prepared-operation.js';
import { RequestContext } from '../request/request-context.js';
import { LiveFeed } from './live-feed.js';
import type { StreamPlan, StreamRequest } from './stream-plan.js';
import { SubscriptionGroup } from './subscription-group.js';

/** A place in a group, to be released when the subscription ends. */
export interface GroupTicket {
  readonly group: SubscriptionGroup;
  /** Where the subscriber wants to resume; undefined: from now on. */
  readonly after: Position | undefined;
  release(): void;
}

interface Entry {
  readonly group: SubscriptionGroup;
  users: number;
}

/** Finds or makes the group of a subscription: same document, same arguments and variables, `after` apart. */
@Injectable()
export class GroupRegistry {
  private readonly executor: GraphQLExecutor;
  private readonly feed: LiveFeed;
  private readonly limits: ApiLimits;
  private readonly groups = new Map<string, Entry>();

  constructor(
    @Inject(GraphQLExecutor) executor: GraphQLExecutor,
    @Inject(LiveFeed) feed: LiveFeed,
    @Inject(API_LIMITS) limits: ApiLimits,
  ) {
    this.executor = executor;
    this.feed = feed;
    this.limits = limits;
    feed.onEvents((events) => {
      for (const { group } of this.groups.values()) {
        try {
          group.publish(events);
        } catch (error) {
          // One group's trouble is not that of the others, nor of the feed.
          group.fail(error);
        }
      }
    });
  }

  /** Items executed and encoded by the groups that are open. */
  get encoded(): number {
    return [...this.groups.values()].reduce((sum, { group }) => sum + group.encoded, 0);
  }

  get size(): number {
    return this.groups.size;
  }

  /** Answers with errors when variables or arguments are wrong. */
  async enter(
    prepared: PreparedOperation,
    variables: Variables,
  ): Promise<GroupTicket | { readonly errors: readonly GraphQLError[] }> {
    const { schema } = this.executor;
    const { operation } = prepared;
    const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (coerced.errors) return { errors: coerced.errors };
    const node = rootField(prepared, operation.selectionSet)!;
    const field = schema.getSubscriptionType()!.getFields()[node.name.value];
    // `__typename` is the one root field without a stream.
    if (!field)
      return { errors: [new GraphQLError(`"${node.name.value}" cannot be subscribed to`, { nodes: [node] })] };
    const args = getArgumentValues(field, node, coerced.coerced);
    const context = { request: new RequestContext() };
    const { plan, after } = (await field.subscribe!(undefined, args, context, {} as never)) as unknown as StreamRequest;
    // The items do not depend on the arguments of their root field: the plan has used them up.
    const document = withoutArguments(prepared.document, node.name.value);
    const key = JSON.stringify([print(document), { ...args, after: null }, withoutResumeToken(node, variables)]);
    const compile = (): ((item: object) => string) => {
      const query = compileQuery(schema, document);
      if (!isCompiledQuery(query))
        throw new Error(`the subscription does not compile: ${JSON.stringify(query.errors)}`);
      return (item) => encodeResult(query.query({ [field.name]: item }, {}, variables));
    };
    const entry = this.entry(key, plan, compile);
    return { group: entry.group, after, release: this.use(key, entry) };
  }

  private entry(key: string, plan: StreamPlan, compile: () => (item: object) => string): Entry {
    let entry = this.groups.get(key);
    if (entry === undefined) {
      if (this.groups.size >= this.limits.groups) {
        throw new ApiError(
          'UNAVAILABLE',
          `${this.limits.groups} different subscriptions are open, the most allowed; end one first`,
        );
      }
      entry = { group: new SubscriptionGroup(plan, compile(), this.feed.position), users: 0 };
      this.groups.set(key, entry);
    }
    return entry;
  }

  private use(key: string, entry: Entry): () => void {
    entry.users++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      if (--entry.users === 0) this.groups.delete(key);
    };
  }
}

/** Items resolve without waiting: their fields are plain data. */
const encodeResult = (result: ExecutionResult | Promise<ExecutionResult>): string => {
  if (result instanceof Promise) throw new Error('a field of a subscription item waits; items must resolve at once');
  const { data, errors } = result;
  return JSON.stringify(errors ? { data, errors: errors.map(formatError) } : { data });
};

/** The one root field of a subscription (the validation has seen to that), through fragments. */
const rootField = ({ document }: PreparedOperation, set: SelectionSetNode): FieldNode | undefined => {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) return selection;
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : document.definitions.find(
            (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === selection.name.value,
          );
    const found =
      inner &&
      'selectionSet' in inner &&
      inner.selectionSet &&
      rootField({ document } as PreparedOperation, inner.selectionSet);
    if (found) return found;
  }
  return undefined;
};

/** The document with the root field bare, wherever it is written; no field of an item has its name and arguments too. */
const withoutArguments = (document: DocumentNode, rootField: string): DocumentNode =>
  visit(document, {
    Field: (field) => (field.name.value === rootField ? { ...field, arguments: [] } : undefined),
  });

/** The variables that the items depend on: whoever resumes elsewhere joins the same group. */
const withoutResumeToken = (node: FieldNode, variables: Variables): Variables => {
  const value = node.arguments?.find(({ name }) => name.value === 'after')?.value;
  if (value?.kind !== Kind.VARIABLE) return variables;
  const token = value.name.value;
  return Object.fromEntries(Object.entries(variables).filter(([name]) => name !== token));
};
