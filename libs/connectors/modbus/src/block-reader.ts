import { DeadlineError, type RawSample } from '@millwright/edge';
import { GOOD, type SignalId } from '@millwright/events';
import { describeAddress, isBitTable, type ModbusAddress, type Table, width } from './address.js';
import { decodeBit, decodeRegisters, type ModbusValue } from './decode.js';
import { LinkLostError, RefusedError } from './modbus-link.js';
import { type Block, type ModbusPoint, split } from './read-plan.js';

/** Requests in a row without an answer after which the device counts as gone. */
export const SILENT_REQUESTS_MAX = 3;
/** Exceptions "acknowledge" and "busy": about the moment, not the address. */
const COME_AGAIN: ReadonlySet<number | undefined> = new Set([5, 6]);

/** The part of a link that reading needs; rejects as {@link ModbusLink.read} does. */
export interface RegisterSource {
  read(table: Table, start: number, count: number): Promise<Buffer>;
}

/** What the reader tells of single signals. */
export interface ReadReport {
  fault(signal: SignalId, reason: string): void;
  recovered(signal: SignalId): void;
  seen(): void;
}

/** Blocks to read next time, and points to leave out of them. */
export interface ReadResult {
  readonly kept: readonly Block[];
  readonly bad: readonly ModbusPoint[];
}

const decodeAt = (address: ModbusAddress, block: Block, bytes: Buffer): ModbusValue => {
  const at = address.register - block.start;
  if (isBitTable(block.table)) return decodeBit(bytes, at);
  return decodeRegisters(address, bytes.subarray(at * 2, (at + width(address)) * 2));
};

/** Reads blocks; finds the point for which a device refuses a whole block, so that the others go on. */
export class BlockReader {
  private readonly source: RegisterSource;
  private readonly report: ReadReport;
  private readonly now: () => number;
  private silent = 0;
  private lastGood: Block | undefined;

  constructor(source: RegisterSource, report: ReadReport, now: () => number) {
    this.source = source;
    this.report = report;
    this.now = now;
  }

  /** Appends what it read to `samples`. Rejects with LinkLostError when the link or the device is gone. */
  read(block: Block, samples: RawSample[]): Promise<ReadResult> {
    return this.attempt(block, samples, false);
  }

  private async attempt(block: Block, samples: RawSample[], again: boolean): Promise<ReadResult> {
    try {
      const bytes = await this.request(block);
      this.lastGood = block;
      const sourceTime = this.now();
      for (const { signal, address } of block.points) {
        samples.push({ signal, value: decodeAt(address, block, bytes), status: GOOD, sourceTime });
        this.report.recovered(signal);
      }
      return { kept: [block], bad: [] };
    } catch (error) {
      if (error instanceof DeadlineError) return await this.afterSilence(block, samples, again);
      if (error instanceof RefusedError) return await this.afterRefusal(block, samples, error);
      throw error;
    }
  }

  private async request({ table, start, count }: Block): Promise<Buffer> {
    try {
      const bytes = await this.source.read(table, start, count);
      this.answered();
      return bytes;
    } catch (error) {
      if (error instanceof RefusedError) this.answered();
      if (error instanceof DeadlineError && ++this.silent >= SILENT_REQUESTS_MAX) {
        throw new LinkLostError(
          `the device is connected but left ${this.silent} requests in a row unanswered for ${error.deadlineMs} ms each`,
        );
      }
      throw error;
    }
  }

  private answered(): void {
    this.silent = 0;
    this.report.seen();
  }

  private async afterRefusal(block: Block, samples: RawSample[], error: RefusedError): Promise<ReadResult> {
    if (COME_AGAIN.has(error.code)) {
      for (const { signal } of block.points) this.report.fault(signal, error.message);
      return { kept: [block], bad: [] };
    }
    return (await this.halves(block, samples)) ?? this.giveUp(block, error.message);
  }

  /** A device may keep silent about one address, or lose one answer, or be gone. */
  private async afterSilence(block: Block, samples: RawSample[], again: boolean): Promise<ReadResult> {
    const parts = await this.halves(block, samples);
    // Both halves were answered whole: the answer got lost, the block is good.
    if (parts) return parts.bad.length === 0 ? { kept: [block], bad: [] } : parts;
    if (this.lastGood === undefined || this.lastGood === block) return await this.read(block, samples);
    await this.proveAlive(this.lastGood);
    if (!again) return await this.attempt(block, samples, true);
    return this.giveUp(block, 'the device does not answer a read of this address, while it answers others');
  }

  /** Asks for what was answered before until there is any answer; the silence grows to the end of the link otherwise. */
  private async proveAlive(block: Block): Promise<void> {
    try {
      await this.request(block);
    } catch (error) {
      if (error instanceof DeadlineError) return await this.proveAlive(block);
      if (!(error instanceof RefusedError)) throw error;
    }
  }

  private async halves(block: Block, samples: RawSample[]): Promise<ReadResult | undefined> {
    const halves = split(block);
    if (!halves) return undefined;
    const first = await this.read(halves[0], samples);
    const second = await this.read(halves[1], samples);
    return { kept: [...first.kept, ...second.kept], bad: [...first.bad, ...second.bad] };
  }

  private giveUp({ points }: Block, reason: string): ReadResult {
    for (const { signal, address } of points) this.report.fault(signal, `${describeAddress(address)}: ${reason}`);
    return { kept: [], bad: points };
  }
}
