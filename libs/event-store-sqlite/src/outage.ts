import type { EventStoreError } from '@millwright/event-store';

const PROBE_MIN_MS = 100;
const PROBE_MAX_MS = 5_000;

/** A disk that takes no writes: full, or read-only. Appends are refused at once until a probe, repeated with backoff, succeeds. */
export class Outage {
  private readonly probe: () => Promise<unknown>;
  private readonly toError: (error: unknown) => EventStoreError;
  private current: EventStoreError | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** `probe` tries a write that changes nothing. */
  constructor(probe: () => Promise<unknown>, toError: (error: unknown) => EventStoreError) {
    this.probe = probe;
    this.toError = toError;
  }

  /** Why nothing can be written; undefined when the disk is well, as far as is known. */
  get error(): EventStoreError | undefined {
    return this.current;
  }

  /** Tells of a failed write; only one that the disk is the cause of begins an outage. */
  report(error: EventStoreError): void {
    if (this.current || !isOfDisk(error)) return;
    this.current = error;
    // At once for the first time: the write that failed may just have been a large one.
    void this.tryDisk(PROBE_MIN_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async tryDisk(nextDelay: number): Promise<void> {
    const failure = await this.probe().then(
      () => undefined,
      (error: unknown) => this.toError(error),
    );
    // Any other failure is not the disk's, and shows by itself.
    this.current = failure && isOfDisk(failure) ? failure : undefined;
    if (!this.current || this.stopped) return;
    this.timer = setTimeout(() => void this.tryDisk(Math.min(nextDelay * 2, PROBE_MAX_MS)), nextDelay);
  }
}

const isOfDisk = ({ code }: EventStoreError): boolean => code === 'disk-full' || code === 'read-only';
