import { EventStoreError } from '@millwright/event-store';

/** Bytes of appends that have come and are not answered, over all clients. */
export class AppendBudget {
  private readonly maxBytes: number;
  private bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Throws `overloaded` when there is no room; nothing is taken then. */
  take(bytes: number): void {
    if (this.bytes + bytes > this.maxBytes) {
      const message = `appends of ${this.bytes} bytes are under way, of ${this.maxBytes} that may be; send it again later`;
      throw new EventStoreError('overloaded', message);
    }
    this.bytes += bytes;
  }

  give(bytes: number): void {
    this.bytes -= bytes;
  }
}
