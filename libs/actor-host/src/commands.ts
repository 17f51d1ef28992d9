import { alarmState } from '@millwright/actor-engine';
import type { FactWriter } from '@millwright/edge';
import type { Position } from '@millwright/event-store';
import type { AlarmState, AssetId } from '@millwright/events';
import type { TwinHost } from './twin-host.js';

export type CommandErrorCode = 'not-found' | 'invalid' | 'conflict';

/** A command that the plant's state does not allow; nothing was written. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: CommandErrorCode;
  constructor(code: CommandErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface AcknowledgeAlarm {
  readonly asset: AssetId;
  /** `<signal name>/<level>`. */
  readonly alarm: string;
  readonly by: string;
  readonly note?: string;
}

/** States of ISA-18.2 from which an operator can acknowledge. */
const ACKNOWLEDGEABLE: ReadonlySet<AlarmState> = new Set(['unacknowledged', 'returned-unacknowledged']);

/** What people and other systems may tell the plant: checked against the live actors, then a fact in the log. */
export class Commands {
  private readonly host: TwinHost;
  private readonly writer: FactWriter;

  constructor(host: TwinHost, writer: FactWriter) {
    this.host = host;
    this.writer = writer;
  }

  async acknowledgeAlarm({ asset, alarm, by, note }: AcknowledgeAlarm): Promise<{ position: Position }> {
    if (by.trim() === '')
      throw new CommandError('invalid', 'acknowledging needs the name of who does it: `by` is empty');
    const record = this.host.record(asset);
    if (!record) throw new CommandError('not-found', `there is no asset "${asset}"`);
    const state = alarmState(record, alarm);
    if (state === undefined)
      throw new CommandError(
        'not-found',
        `"${asset}" has no alarm "${alarm}", or it was never raised; expected "<signal>/<level>"`,
      );
    if (!ACKNOWLEDGEABLE.has(state))
      throw new CommandError('conflict', `alarm "${alarm}" of "${asset}" is ${state}: there is nothing to acknowledge`);
    const data = { alarm, by, ...(note !== undefined && { note }) };
    return this.writer.write(asset, { type: 'AlarmAcknowledged', data });
  }
}
