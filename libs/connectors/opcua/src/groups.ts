/** Service results by which a server says that a call has too many operations or is too long. */
const TOO_MUCH =
  /BadTooManyOperations|BadRequestTooLarge|BadResponseTooLarge|BadEncodingLimitsExceeded|BadTcpMessageTooLarge/;

/** Calls with as many items at once as the server takes; servers differ (an S7-1200 takes 100), and not all say it beforehand. */
export class Groups {
  private size: number;

  constructor(size = 500) {
    this.size = size;
  }

  /** The results of all groups in the order of the items. Rejects with the call's error when even one item is too much. */
  async run<Item, Result>(
    items: readonly Item[],
    call: (group: readonly Item[]) => Promise<readonly Result[]>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    while (results.length < items.length) {
      const group = items.slice(results.length, results.length + this.size);
      try {
        const answers = await call(group);
        if (answers.length !== group.length) {
          throw new Error(`the server gave ${answers.length} results for ${group.length} items`);
        }
        results.push(...answers);
      } catch (error) {
        if (group.length === 1 || !(error instanceof Error) || !TOO_MUCH.test(error.message)) throw error;
        this.size = Math.ceil(group.length / 2);
      }
    }
    return results;
  }
}
