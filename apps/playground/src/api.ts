import { type ExecutionResult, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import type { Ask } from './opening-facts.js';
import { StreamView } from './stream-view.js';

const ASK_DEADLINE_MS = 3_000;
/** A backlog may come in thousands of results a second; the page shows where it is ten times a second. */
const SHOW_EVERY_MS = 100;

interface Operation {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string | null;
}

interface Observer {
  next(result: ExecutionResult): void;
  error(error: unknown): void;
  complete(): void;
}

/** The server's API as seen from a page at `base`: on the same origin, always. */
export class Api {
  private readonly http: URL;
  private readonly client: Client;

  constructor(base: string) {
    this.http = new URL('graphql', base);
    const socket = new URL(this.http);
    socket.protocol = socket.protocol === 'https:' ? 'wss:' : 'ws:';
    this.client = createClient({ url: socket.href, lazy: true, retryAttempts: 0 });
  }

  /** A question of the page itself, with a deadline. */
  readonly ask: Ask = async <T>(query: string, variables: Record<string, unknown> = {}) => {
    const { data, errors } = await this.post({ query, variables }, AbortSignal.timeout(ASK_DEADLINE_MS));
    if (errors || !data) throw new Error(errors?.[0]?.message ?? 'the server answered without data');
    return data as T;
  };

  /** Runs the operations of the editor: subscriptions over a WebSocket, everything else over HTTP. */
  readonly fetcher = (asked: Operation) => {
    const operation = chosen(asked);
    return isSubscription(operation)
      ? { subscribe: (observer: Observer) => ({ unsubscribe: this.follow(operation, observer) }) }
      : this.post(operation);
  };

  /** Returns what ends the subscription. */
  private follow(operation: Operation, observer: Observer): () => void {
    const view = new StreamView();
    let planned: ReturnType<typeof setTimeout> | undefined;
    const show = (): void => {
      planned = undefined;
      observer.next(view.current());
    };
    const showNow = (): void => {
      if (planned === undefined) return;
      clearTimeout(planned);
      show();
    };
    const dispose = this.client.subscribe(payload(operation), {
      next: (result) => {
        view.add(result as ExecutionResult);
        planned ??= setTimeout(show, SHOW_EVERY_MS);
      },
      error: (error) => {
        showNow();
        observer.error(sentence(error));
      },
      complete: () => {
        showNow();
        observer.complete();
      },
    });
    return () => {
      clearTimeout(planned);
      // Ending the client's side completes the stream: nothing of it may be shown in the tab that came in its place.
      planned = undefined;
      dispose();
    };
  }

  private async post(operation: Operation, signal?: AbortSignal): Promise<ExecutionResult> {
    const response = await fetch(this.http, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(payload(operation)),
      ...(signal && { signal }),
    });
    const text = await response.text();
    try {
      return JSON.parse(text) as ExecutionResult;
    } catch {
      throw new Error(`the server answered ${response.status} without JSON: ${text.slice(0, 200)}`);
    }
  }
}

const payload = ({ query, variables, operationName }: Operation) => ({
  query,
  ...(variables && { variables }),
  ...(operationName && { operationName }),
});

/**
 * The operation to run. GraphiQL knows a tab's operations a moment after it has opened it: until then it names one of the tab before, so
 * a name counts only where the document leaves a choice.
 */
const chosen = (operation: Operation): Operation => {
  const choice = operationsOf(operation.query).length > 1;
  return choice ? operation : { ...operation, operationName: null };
};

const isSubscription = ({ query, operationName }: Operation): boolean =>
  operationsOf(query).some(
    (d) => d.operation === 'subscription' && (!operationName || d.name?.value === operationName),
  );

const operationsOf = (query: string): readonly OperationDefinitionNode[] => {
  try {
    return parse(query).definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION);
  } catch {
    // The server says better what is wrong with it.
    return [];
  }
};

/** A socket that breaks gives an event of the browser, which would be shown as an empty object. */
const sentence = (error: unknown): unknown => {
  if (typeof error !== 'object' || error === null || !('code' in error) || error instanceof Error) return error;
  const reason = 'reason' in error && error.reason ? `, ${String(error.reason)}` : '';
  return new Error(
    `the connection was closed (${String(error.code)}${reason}); subscribe again with "after" set to the last position you have`,
  );
};
