import type { ExecutionResult } from 'graphql';

/** Results that stay in view, besides the newest. */
const EARLIER_MAX = 50;

/**
 * GraphiQL shows the last result of a subscription only, and a stream needs its recent past to be understood: `data` is the newest
 * result as the server sent it, and `extensions.playground` holds how many came, and the data of those before, newest first.
 */
export class StreamView {
  private received = 0;
  private newest: ExecutionResult = {};
  private readonly earlier: ExecutionResult['data'][] = [];

  add(result: ExecutionResult): void {
    if (this.received > 0) this.earlier.unshift(this.newest.data);
    this.earlier.length = Math.min(this.earlier.length, EARLIER_MAX);
    this.newest = result;
    this.received += 1;
  }

  current(): ExecutionResult {
    const playground = { received: this.received, earlier: [...this.earlier] };
    return { ...this.newest, extensions: { ...this.newest.extensions, playground } };
  }
}
