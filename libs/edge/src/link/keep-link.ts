import type { SampleSink } from '../connector.port.js';
import { Backoff, pause } from './backoff.js';
import { errorText, whenAborted } from './deadline.js';
import type { LinkHealth } from './link-health.js';

/** One connection to the device, from its opening to its end. */
export interface LinkSession {
  /** A sentence: what the link is connected to. */
  readonly detail: string;
  /** Settles when the link is lost: the reason as a sentence, or a rejection with it. A defect of the connector rejects with {@link ConnectorDefect}. */
  readonly ended: Promise<string>;
  /** Disconnects within a deadline of its own; never rejects. Called exactly once, however the session ended. */
  close(): Promise<void>;
}

/** Not the device's fault: ends `run` instead of leading to another try. */
export class ConnectorDefect extends Error {
  override readonly name = 'ConnectorDefect';
}

export interface KeepLinkOptions {
  readonly sink: SampleSink;
  readonly signal: AbortSignal;
  readonly health: LinkHealth;
  readonly backoff: Backoff;
  /** Connects within a deadline of its own, and rejects with a sentence. `signal` aborts the wait. */
  readonly open: (signal: AbortSignal) => Promise<LinkSession>;
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
  /** A session that lasted so long starts the backoff anew, milliseconds; default 5,000. A device that accepts and hangs up is not hammered. */
  readonly stableAfterMs?: number;
}

/** Keeps a link until the signal aborts: opens it, says up and down to the sink and the health, waits, opens it again, for ever. */
export const keepLink = async (options: KeepLinkOptions): Promise<void> => {
  const { sink, signal, health, backoff, open, now, stableAfterMs = 5_000 } = options;
  while (!signal.aborted) {
    let openedAt = Number.POSITIVE_INFINITY;
    try {
      const session = await open(signal);
      openedAt = now();
      if (!signal.aborted) {
        health.up(session.detail);
        sink.link('up', session.detail);
      }
      const reason = await untilEnd(session, signal);
      if (reason !== undefined) throw new Error(reason);
    } catch (error) {
      if (error instanceof ConnectorDefect) throw error;
      if (signal.aborted) return;
      if (now() - openedAt >= stableAfterMs) backoff.reset();
      const delay = backoff.next();
      health.down(`${errorText(error)}; trying again in ${(delay / 1000).toFixed(1)} s`);
      sink.link('down', errorText(error));
      await pause(delay, signal);
    }
  }
};

/** The reason of the loss, or undefined when the signal ended it; the session is closed either way. */
const untilEnd = async (session: LinkSession, signal: AbortSignal): Promise<string | undefined> => {
  const { aborted, stop } = whenAborted(signal);
  try {
    return await Promise.race([session.ended, aborted.then(() => undefined)]);
  } finally {
    stop();
    session.ended.catch(() => undefined);
    await session.close();
  }
};
