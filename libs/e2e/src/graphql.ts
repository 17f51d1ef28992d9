import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** Answers of a query; an error in it fails the test with its text. */
export const query = async <T>(origin: string, document: string, variables: object = {}): Promise<T> => {
  const { data, errors } = await ask<T>(origin, document, variables);
  if (errors) throw new Error(`${document}\n${JSON.stringify(errors, null, 2)}`);
  return data!;
};

export interface Answer<T> {
  readonly data?: T | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export const ask = async <T>(origin: string, document: string, variables: object = {}): Promise<Answer<T>> => {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: document, variables }),
    signal: AbortSignal.timeout(30_000),
  });
  return (await response.json()) as Answer<T>;
};

/** Asks again until the answer passes. Fails after the deadline with the last answer. */
export const eventually = async <T>(
  askOnce: () => Promise<T>,
  passes: (answer: T) => boolean,
  deadlineMs = 60_000,
): Promise<T> => {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await askOnce();
    if (passes(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`not within ${deadlineMs} ms; last answer: ${JSON.stringify(answer, null, 2).slice(0, 4_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** A live subscription over a socket of its own; `cut` breaks it without a word, as a network does. */
export class Subscription<T> {
  readonly items: T[] = [];
  private socket: WebSocket | undefined;
  private failure: unknown;
  private readonly client;

  constructor(origin: string, document: string, variables: object = {}) {
    const keep = (socket: WebSocket): void => void (this.socket = socket);
    class Kept extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols);
        keep(this);
      }
    }
    this.client = createClient({
      url: `${origin.replace('http', 'ws')}/graphql`,
      webSocketImpl: Kept,
      retryAttempts: 0,
      lazy: true,
    });
    this.client.subscribe<T>(
      { query: document, variables: variables as Record<string, unknown> },
      {
        next: ({ data, errors }) => {
          if (errors) this.failure = errors;
          if (data) this.items.push(data);
        },
        error: (error) => (this.failure = error),
        complete: () => undefined,
      },
    );
  }

  /** Resolves when the items pass; rejects when the subscription failed first. */
  async until(passes: (items: readonly T[]) => boolean, deadlineMs = 60_000): Promise<void> {
    await eventually(
      async () => {
        if (this.failure !== undefined && !this.socketCut)
          throw new Error(`subscription failed: ${JSON.stringify(this.failure)}`);
        return this.items;
      },
      passes,
      deadlineMs,
    );
  }

  private socketCut = false;

  cut(): void {
    this.socketCut = true;
    this.socket?.terminate();
  }

  async end(): Promise<void> {
    await this.client.dispose();
  }
}
