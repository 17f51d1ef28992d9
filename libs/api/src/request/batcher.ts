/**
 * Collects the keys that the resolvers of one request ask for in the same turn, and asks for them together. Answers are kept for the life
 * of the batcher, which is one request.
 */
export class Batcher<Key, Value> {
  private readonly fetch: (keys: readonly Key[]) => Promise<readonly Value[]>;
  private readonly answers = new Map<Key, Promise<Value>>();
  private waiting: { key: Key; resolve: (value: Value) => void; reject: (reason: unknown) => void }[] = [];

  /** `fetch` answers one value per key, in order. */
  constructor(fetch: (keys: readonly Key[]) => Promise<readonly Value[]>) {
    this.fetch = fetch;
  }

  load(key: Key): Promise<Value> {
    let answer = this.answers.get(key);
    if (answer === undefined) {
      answer = new Promise<Value>((resolve, reject) => {
        // After the promises of this turn have settled: resolvers of one level then all have asked.
        if (this.waiting.length === 0) void Promise.resolve().then(() => process.nextTick(() => void this.flush()));
        this.waiting.push({ key, resolve, reject });
      });
      this.answers.set(key, answer);
    }
    return answer;
  }

  private async flush(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    try {
      const values = await this.fetch(batch.map(({ key }) => key));
      batch.forEach(({ resolve }, i) => resolve(values[i]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
