interface Entry<T> {
  readonly time: number;
  readonly sequence: number;
  readonly event: T;
}

/** Events in order of time, and of insertion where times are equal: a binary heap. */
export class EventQueue<T> {
  private readonly heap: Entry<T>[] = [];
  private sequence = 0;

  get nextTime(): number {
    return this.heap[0]?.time ?? Infinity;
  }

  push(time: number, event: T): void {
    const entry = { time, sequence: this.sequence++, event };
    let at = this.heap.length;
    this.heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, this.heap[parent]!)) break;
      this.heap[at] = this.heap[parent]!;
      at = parent;
    }
    this.heap[at] = entry;
  }

  pop(): T | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (first === undefined || last === undefined || this.heap.length === 0) return first?.event;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.heap.length) break;
      if (child + 1 < this.heap.length && before(this.heap[child + 1]!, this.heap[child]!)) child += 1;
      if (!before(this.heap[child]!, last)) break;
      this.heap[at] = this.heap[child]!;
      at = child;
    }
    this.heap[at] = last;
    return first.event;
  }
}

const before = (a: Entry<unknown>, b: Entry<unknown>): boolean =>
  a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
