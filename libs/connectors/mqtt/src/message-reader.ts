import type { LinkHealth, RawSample, SampleSink } from '@millwright/edge';
import { GOOD } from '@millwright/events';
import { MAX_PAYLOAD_BYTES, parseJson, timeOf, valueAt, wholeValue } from './payload.js';
import type { Field, TopicRoute } from './topic-routes.js';

export interface Message {
  readonly topic: string;
  readonly text: string;
}

/** Makes samples of messages; what cannot be read is counted with the sink and shown as a fault of its signals. */
export class MessageReader {
  private readonly routes: ReadonlyMap<string, TopicRoute>;
  private readonly health: LinkHealth;
  private readonly sink: Pick<SampleSink, 'reject'>;

  constructor(routes: ReadonlyMap<string, TopicRoute>, health: LinkHealth, sink: Pick<SampleSink, 'reject'>) {
    this.routes = routes;
    this.health = health;
    this.sink = sink;
  }

  /** Adds the message's samples, in the order of the plant file, to `into`. */
  read({ topic, text }: Message, into: RawSample[]): void {
    const route = this.routes.get(topic);
    if (!route) return this.sink.reject('unknown-topic', `${topic}: ${text.slice(0, 100)}`);
    if (text === '') return this.sink.reject('empty-message', topic);
    if (text.length > MAX_PAYLOAD_BYTES)
      return this.sink.reject('message-too-large', `${topic}: ${text.slice(0, 100)}`);
    if (!route.needsJson) {
      const value = wholeValue(text);
      for (const { signal } of route.fields) this.add({ signal, value, status: GOOD }, into);
      return;
    }
    const parsed = parseJson(text);
    if (!parsed) this.sink.reject('not-json', `${topic}: ${text.slice(0, 100)}`);
    for (const field of route.fields) {
      if (field.path === undefined)
        this.add({ signal: field.signal, value: parsed ? parsed.json : text, status: GOOD }, into);
      else if (parsed) this.readField(topic, field, parsed.json, into);
      else this.health.fault(field.signal, `the last message on topic "${topic}" is not JSON: ${text.slice(0, 60)}`);
    }
  }

  private readField(topic: string, { signal, path, timestamp }: Field, json: unknown, into: RawSample[]): void {
    const value = valueAt(json, path!);
    const time = timestamp && valueAt(json, timestamp);
    const sample = { signal, value, status: GOOD, ...(time != null && { sourceTime: timeOf(time) }) };
    if (value !== undefined) return this.add(sample, into);
    // Handed on all the same: the pipeline counts it with its signal, as a sample without a value.
    into.push(sample);
    this.health.fault(
      signal,
      `the last message on topic "${topic}" has nothing at path "${path!.join('.')}"; compare the path with the message`,
    );
  }

  private add(sample: RawSample, into: RawSample[]): void {
    into.push(sample);
    this.health.recovered(sample.signal);
  }
}
