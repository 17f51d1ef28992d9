import type { MqttAddress } from '@millwright/connector-mqtt';
import type { SampleValue } from '@millwright/events';
import { DeviceError, type DevicePoint, type Write } from './device.js';

interface Topic {
  readonly name: string;
  readonly points: Map<DevicePoint, SampleValue | undefined>;
  /** The topic tells of parts: a message is one part, and nothing but a part makes one. */
  readonly perPart: boolean;
}

export interface Message {
  readonly topic: string;
  readonly payload: string;
}

/** Builds the messages of the topics: all signals bound to one topic share its payload. */
export class MqttPayloads {
  private readonly topics: ReadonlyMap<string, Topic>;

  /** Throws {@link DeviceError} when two signals want the same whole payload. */
  constructor(points: readonly DevicePoint[]) {
    const byTopic = new Map<string, DevicePoint[]>();
    for (const point of points) {
      const { topic } = addressOf(point);
      byTopic.set(topic, [...(byTopic.get(topic) ?? []), point]);
    }
    this.topics = new Map([...byTopic].map(([name, bound]) => [name, toTopic(name, bound)]));
  }

  /** One message per topic that has news, at `time` in epoch milliseconds. */
  messages(writes: readonly Write[], time: number): Message[] {
    const news = new Set<Topic>();
    for (const { point, value } of writes) {
      const topic = this.topics.get(addressOf(point).topic)!;
      topic.points.set(point, value);
      if (!topic.perPart || point.role === 'part-result') news.add(topic);
    }
    return [...news].map((topic) => ({ topic: topic.name, payload: payloadOf(topic, time) }));
  }
}

const addressOf = (point: DevicePoint): MqttAddress => point.address as MqttAddress;

const toTopic = (name: string, bound: readonly DevicePoint[]): Topic => {
  const whole = bound.filter((p) => addressOf(p).path === undefined);
  if (whole.length > 0 && bound.length > 1) {
    throw new DeviceError(
      `mqtt topic "${name}": ${whole[0]!.signal} takes the whole payload, and ${bound.find((p) => p !== whole[0])!.signal} ` +
        'is bound to the same topic; give each a path, or topics of their own',
    );
  }
  return {
    name,
    points: new Map(bound.map((p) => [p, undefined])),
    perPart: bound.some((p) => p.role === 'part-result'),
  };
};

const payloadOf = (topic: Topic, time: number): string => {
  const body: Record<string, unknown> = {};
  for (const [point, value] of topic.points) {
    if (value === undefined) continue;
    const { path, timestamp } = addressOf(point);
    if (path === undefined) return JSON.stringify(value);
    place(body, path, value);
    if (timestamp !== undefined) place(body, timestamp, new Date(time).toISOString());
  }
  return JSON.stringify(body);
};

/** Puts a value at a path such as `motor.speed` or `zones.0`. */
const place = (body: Record<string, unknown>, path: string, value: unknown): void => {
  const steps = path.split('.');
  const last = steps.pop()!;
  let at = body;
  for (const step of steps) at = (at[step] ??= {}) as Record<string, unknown>;
  at[last] = value;
};
