import type { PlantEvent } from '@millwright/events';
import type { ActorRecord, Step } from './actor-record.js';
import { acknowledgeAlarm } from './alarms.reducer.js';
import { loseConnection, restoreConnection } from './device.reducer.js';
import { applyModel, retire } from './model.reducer.js';
import { reduceSamples } from './samples.reducer.js';
import { Turn } from './turn.js';

/**
 * Folds one event into an actor: a fact of its own asset, or a conclusion of one of its children. The only way an actor's state changes,
 * and a pure one: the same record and event give the same result, and neither is touched. Timers due by the event's time fire before it;
 * an event from the past is folded at the actor's clock. Throws when the event cannot be folded (an unknown asset type); the old record
 * is still good then.
 */
export const step = (record: ActorRecord | undefined, event: PlantEvent): Step => {
  if (!record) return event.type === 'ModelApplied' ? ended(Turn.begin(event.data.model, event.time)) : NOTHING;
  const turn = Turn.from(record);
  turn.advance(event.time);
  if (event.type === 'ModelApplied' || !turn.context.retired) fold(turn, event);
  return ended(turn);
};

const NOTHING: Step = { record: undefined, emitted: [] };

const ended = (turn: Turn): Step => ({ record: turn.end(), emitted: turn.emitted });

const fold = (turn: Turn, event: PlantEvent): void => {
  switch (event.type) {
    case 'SamplesRecorded':
      return reduceSamples(turn, event.data, event.time);
    case 'ConnectionLost':
      return loseConnection(turn, event.data);
    case 'ConnectionRestored':
      return restoreConnection(turn, event.data);
    case 'ModelApplied':
      return applyModel(turn, event.data.model);
    case 'AssetRetired':
      return retire(turn);
    case 'AlarmAcknowledged':
      return acknowledgeAlarm(turn, event.data);
    case 'OperatingStateChanged':
      return turn.send({ type: 'child.state', child: event.asset, state: event.data.to });
    case 'CycleCompleted':
      return turn.send({ type: 'child.parts', child: event.asset, ...partsOf(event.data), at: turn.now });
    case 'TimeAdvanced':
    case 'AlarmStateChanged':
      return;
  }
};

const partsOf = ({ result, parts }: { result: 'good' | 'scrap'; parts: number }) => ({ result, parts });
