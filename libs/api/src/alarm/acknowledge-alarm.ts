import type { AcknowledgeAlarm } from '@millwright/actor-host';
import type { EventStore, Position } from '@millwright/event-store';
import { derivedStream, type AlarmStateChanged } from '@millwright/events';
import type { AlarmView, Moment } from '@millwright/read-model';
import type { ApiOptions } from '../api-options.js';
import { ApiError } from '../error/api-error.js';

/** The acknowledged alarm, and the moment at which everybody can see it. */
export interface Acknowledged {
  readonly alarm: AlarmView;
  readonly moment: Moment;
}

/**
 * Writes the fact, waits until the asset's actor has concluded from it and the read model shows that. When the wait is too long it
 * throws UNAVAILABLE; the fact stands in the log all the same.
 */
export const acknowledgeAlarm = async (
  { commands, store, readModel }: ApiOptions,
  request: AcknowledgeAlarm,
  deadlineMs: number,
): Promise<Acknowledged> => {
  const deadline = performance.now() + deadlineMs;
  const left = (): number => Math.max(1, deadline - performance.now());
  const fact = await commands.acknowledgeAlarm(request);
  try {
    const shown = await conclusionOf(store, request, fact.position, left());
    await readModel.reached(shown, left());
    const moment = await readModel.moment({ position: shown });
    const alarms = await readModel.alarms(moment, { under: request.asset, limit: 10_000 });
    const alarm = alarms.find((view) => view.asset === request.asset && view.alarm === request.alarm);
    if (alarm) return { alarm, moment };
    throw new Error('the read model does not have the alarm');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(
      'UNAVAILABLE',
      `the acknowledgement of "${request.alarm}" of "${request.asset}" is recorded at position ${fact.position} but does not show yet: ${reason}; look at \`health\``,
      { cause: error },
    );
  }
};

/** Position of the first acknowledging conclusion about the alarm after the fact. */
const conclusionOf = async (
  store: EventStore,
  { asset, alarm }: AcknowledgeAlarm,
  after: Position,
  deadlineMs: number,
): Promise<Position> => {
  const stream = derivedStream(asset);
  const filter = { streamPrefixes: [stream], types: ['AlarmStateChanged'] };
  const signal = AbortSignal.timeout(Math.ceil(deadlineMs));
  for await (const item of store.subscribe({ after, filter, signal })) {
    if (item.kind !== 'events') continue;
    for (const event of item.events) {
      const change = event.data as AlarmStateChanged;
      // An acknowledgement is the one change that says by whom.
      if (event.stream === stream && change.alarm === alarm && change.by !== undefined) return event.position;
    }
  }
  throw new Error('its actor has not concluded from it in time');
};
