interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Most items of a group, as in the log. */
const GROUP = 1_024;

/** What comes in one turn of the event loop, and all that comes while a group is written, goes into the next group. */
export class GroupCommit<T> {
  private waiting: Waiting<T>[] = [];
  private writing = false;
  private readonly write: (group: readonly T[]) => Promise<unknown>;

  constructor(write: (group: readonly T[]) => Promise<unknown>) {
    this.write = write;
  }

  /** Resolves when the item's group has been written. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.writing) {
        this.writing = true;
        queueMicrotask(() => void this.run());
      }
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, GROUP);
      try {
        await this.write(group.map(({ item }) => item));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.writing = false;
  }
}
