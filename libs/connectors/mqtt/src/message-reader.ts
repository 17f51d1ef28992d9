import type { LinkHealth, RawSample, SampleSink } from '@millwright/edge';
import { GOOD } from '@millwright/events';
import { MAX_PAYLOAD_BYTES, parseJson, timeOf, valueAt } from './payload.js';
import type { Field, TopicRoute } from './topic-routes.js';

export interface Message {
  readonly topic: string;
  readonly text: string;
  /** It may have been sent before. */
  readonly again: boolean;
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
  read(message: Message, into: RawSample[]): void {
    const { topic, text } = message;
    const route = this.routes.get(topic);
    if (!route) return this.sink.reject('unknown-topic', `${topic}: ${text.slice(0, 100)}`);
    if (text === '') return this.sink.reject('empty-message', topic);
    if (text.length > MAX_PAYLOAD_BYTES)
      return this.sink.reject('message-too-large', `${topic}: ${text.slice(0, 100)}`);
    const parsed = parseJson(text);
    if (!parsed && route.needsJson) this.sink.reject('not-json', `${topic}: ${text.slice(0, 100)}`);
    for (const field of route.fields) {
      // A whole message is a value: what is JSON has its type, anything else is text.
      if (field.path === undefined)
        this.add({ signal: field.signal, value: parsed ? parsed.json : text, status: GOOD }, into);
      else if (parsed) this.readField(message, field, parsed.json, into);
      else this.health.fault(field.signal, `the last message on topic "${topic}" is not JSON: ${text.slice(0, 60)}`);
    }
  }

  private readField({ topic, again }: Message, field: Field, json: unknown, into: RawSample[]): void {
    const { signal, path, timestamp } = field;
    const value = valueAt(json, path!);
    const time = timestamp && valueAt(json, timestamp);
    const sample: RawSample =
      time == null
        ? { signal, value, status: GOOD }
        : { signal, value, status: GOOD, sourceTime: timeOf(time), redelivered: again };
    if (value !== undefined) return this.add(sample, into);
    // Handed on all the same: the pipeline counts it with its signal, as a sample without a value.
    into.push(sample);
    const where = `the last message on topic "${topic}" has nothing at path "${path!.join('.')}"`;
    this.health.fault(signal, `${where}; compare the path with the message`);
  }

  private add(sample: RawSample, into: RawSample[]): void {
    into.push(sample);
    this.health.recovered(sample.signal);
  }
}
