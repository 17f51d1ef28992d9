import type { Write } from './devices/device.js';
import { LineModel } from './line-model/line-model.js';
import type { LineEvent, LineSpec } from './line-model/line-spec.js';
import type { LinePoint } from './simulated-line.js';

/** The line has been at work for a while when the devices start, so that every station has parts. Model time. */
const WARM_UP_MS = 8 * 60_000;
/** A longer pause of the process (a laptop asleep) is left out, not caught up with. Wall time. */
const PAUSE_MAX_MS = 5_000;

/** Takes what became true at one moment (epoch milliseconds) to the device of each point. */
export type Publish = (writes: readonly (Write & { readonly point: LinePoint })[], time: number) => void;

interface Rhythm {
  readonly intervalMs: number;
  readonly points: LinePoint[];
  due: number;
}

/** Runs one line's model along the wall clock, `speed` times as fast, and publishes what its devices would say. */
export class LineDriver {
  readonly model: LineModel;
  private readonly points: readonly LinePoint[];
  private readonly rhythms: Rhythm[] = [];
  private readonly speed: number;
  private readonly publish: Publish;
  /** Wall time at model time {@link WARM_UP_MS}. */
  private origin: number;
  private last: number;

  constructor(spec: LineSpec, points: readonly LinePoint[], speed: number, publish: Publish, now: number) {
    this.model = new LineModel(spec);
    this.points = points;
    this.speed = speed;
    this.publish = publish;
    this.origin = now;
    this.last = now;
    this.model.advanceTo(WARM_UP_MS, () => undefined);
    for (const point of points.filter((p) => p.role !== 'part-result'))
      this.rhythmOf(point.intervalMs, now).points.push(point);
  }

  /** Catches up with the wall clock: each event with its own time, then the measurements that are due. */
  tick(now: number): void {
    if (now - this.last > PAUSE_MAX_MS) this.origin += now - this.last;
    this.last = now;
    this.model.advanceTo(WARM_UP_MS + (now - this.origin) * this.speed, (event) => this.tell(event));
    const due = this.rhythms.filter((r) => r.due <= now);
    for (const rhythm of due) rhythm.due = Math.max(rhythm.due + rhythm.intervalMs, now);
    const writes = due.flatMap(({ points }) => points.map((point) => ({ point, value: this.value(point) })));
    if (writes.length > 0) this.publish(writes, now);
  }

  private tell(event: LineEvent): void {
    const result = event.kind === 'part' ? event.result : undefined;
    const concerned = this.points.filter(
      (p) => p.station === event.station && (result === undefined ? p.role === 'operating-state' : p.perPart),
    );
    if (concerned.length === 0) return;
    const time = this.origin + (event.time - WARM_UP_MS) / this.speed;
    this.publish(
      concerned.map((point) => ({ point, value: this.value(point, result) })),
      Math.floor(time),
    );
  }

  private value(point: LinePoint, result?: 'good' | 'scrap'): ReturnType<LinePoint['source']> {
    return point.source(this.model.stations[point.station]!, result);
  }

  private rhythmOf(intervalMs: number, now: number): Rhythm {
    let rhythm = this.rhythms.find((r) => r.intervalMs === intervalMs);
    if (rhythm === undefined) this.rhythms.push((rhythm = { intervalMs, points: [], due: now }));
    return rhythm;
  }
}
