import type { Point } from '@millwright/edge';
import type { SignalId } from '@millwright/events';
import type { MqttAddress } from './mqtt.protocol.js';
import { jsonPath, type JsonPath } from './payload.js';

/** One signal in the messages of a topic. */
export interface Field {
  readonly signal: SignalId;
  readonly path: JsonPath | undefined;
  readonly timestamp: JsonPath | undefined;
}

/** What a topic's messages carry. */
export interface TopicRoute {
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly fields: readonly Field[];
  /** Whether some field needs the message to be JSON. */
  readonly needsJson: boolean;
}

/** Each topic once, however many signals are on it; with the higher QoS of theirs. */
export const routesOf = (points: readonly Point<MqttAddress>[]): ReadonlyMap<string, TopicRoute> => {
  const byTopic = new Map<string, Point<MqttAddress>[]>();
  for (const point of points) {
    const { topic } = point.address;
    const onTopic = byTopic.get(topic);
    if (onTopic) onTopic.push(point);
    else byTopic.set(topic, [point]);
  }
  return new Map(Array.from(byTopic, ([topic, onTopic]) => [topic, routeOf(topic, onTopic)]));
};

const routeOf = (topic: string, points: readonly Point<MqttAddress>[]): TopicRoute => {
  const fields = points.map(({ signal, address }): Field => ({
    signal,
    path: address.path === undefined ? undefined : jsonPath(address.path),
    timestamp: address.timestamp === undefined ? undefined : jsonPath(address.timestamp),
  }));
  return {
    topic,
    qos: points.some(({ address }) => address.qos === 1) ? 1 : 0,
    fields,
    needsJson: fields.some(({ path }) => path !== undefined),
  };
};
