import { CommandError } from '@millwright/actor-host';
import { EventStoreError } from '@millwright/event-store';
import { MomentError } from '@millwright/read-model';
import { Logger } from '@nestjs/common';
import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, fault } from '../testing/ask.fixture.js';
import { RawClient } from '../testing/raw-client.fixture.js';
import { LINE, TestPlant } from '../testing/test-plant.fixture.js';
import { ApiError } from './api-error.js';
import { formatError } from './error-format.js';

describe('the code of an error', () => {
  it.each<[Error, string]>([
    [new ApiError('CONFLICT', 'm'), 'CONFLICT'],
    [new CommandError('not-found', 'm'), 'NOT_FOUND'],
    [new CommandError('invalid', 'm'), 'INVALID'],
    [new CommandError('conflict', 'm'), 'CONFLICT'],
    [new MomentError('before-start', 'm'), 'OUT_OF_RANGE'],
    [new MomentError('outside-fork', 'm'), 'OUT_OF_RANGE'],
    [new EventStoreError('unavailable', 'm'), 'UNAVAILABLE'],
    [new EventStoreError('overloaded', 'm'), 'UNAVAILABLE'],
    [new EventStoreError('wrong-expected-revision', 'm'), 'CONFLICT'],
    [new EventStoreError('event-too-large', 'm'), 'INVALID'],
    [new GraphQLError('m'), 'INVALID'],
    [new GraphQLError('m', { extensions: { code: 'TOO_COMPLEX' } }), 'TOO_COMPLEX'],
    [new GraphQLError('m', { extensions: { code: 'MADE_UP' } }), 'INVALID'],
  ])('%s is %s, also inside an error of GraphQL', (error, code) => {
    expect(formatError(error)).toEqual({ message: 'm', extensions: { code } });
    const wrapped = new GraphQLError('outer', { originalError: error, path: ['a', 0] });
    expect(formatError(wrapped)).toEqual({ message: 'm', path: ['a', 0], extensions: { code } });
  });
});

describe('a defect of the server', () => {
  let plant: TestPlant;
  beforeAll(async () => {
    plant = await TestPlant.start();
    plant.readModel.states = () => Promise.reject(new Error('secret: row 7 of /var/lib/db'));
  });
  afterAll(() => plant.stop());
  const QUERY = `{ asset(id: "${LINE}") { id state { value } } }`;

  it('is INTERNAL with an id under which the log has it; the client sees no more, and the rest of the answer', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const rounds = [await ask(plant, QUERY), await ask(plant, QUERY)];
    for (const { data, errors } of rounds) {
      expect(data).toEqual({ asset: { id: LINE, state: null } });
      const [error] = errors!;
      expect(error!.path).toEqual(['asset', 'state']);
      expect(JSON.stringify(errors)).not.toMatch(/secret|stack|\.ts/);
      const { code, id } = error!.extensions as { code: string; id: string };
      expect(code).toBe('INTERNAL');
      expect(error!.message).toContain(id);
      expect(logged.mock.calls.flat().join('\n')).toContain(`${id}: secret: row 7`);
    }
    logged.mockRestore();
  });

  it('is the same on a socket', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const client = await RawClient.connect(plant);
    client.subscribe('1', QUERY);
    await client.until(() => client.of('1', 'next').length === 1);
    expect(client.of('1', 'next')[0]!.payload.errors[0].extensions.code).toBe('INTERNAL');
    client.cut();
    logged.mockRestore();
  });
});

describe('errors of the rooms below', () => {
  let plant: TestPlant;
  beforeAll(async () => void (plant = await TestPlant.start()));
  afterAll(() => plant.stop());

  it('reach the client with their own words, without being logged as errors of the server', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error');
    const mutation = `mutation { acknowledgeAlarm(input: { asset: "${LINE}", alarm: "speed/high", by: "me" }) { position } }`;
    expect(await fault(plant, mutation)).toEqual({ code: 'NOT_FOUND', message: `"${LINE}" has no alarm "speed/high"` });
    plant.store.readAll = () => {
      throw new EventStoreError('unavailable', 'the log does not answer');
    };
    expect(await fault(plant, '{ events { hasMore } }')).toEqual({
      code: 'UNAVAILABLE',
      message: 'the log does not answer',
    });
    expect(logged).not.toHaveBeenCalled();
  });

  it.each([
    ['DateTime', '{ assets(asOf: { time: "yesterday" }) { id } }', 'expected ISO 8601'],
    ['Position', '{ assets(asOf: { position: "-1" }) { id } }', 'expected a token that this API gave out'],
  ])('a wrong %s says what was expected', async (_, query, message) => {
    expect(await fault(plant, query)).toMatchObject({ code: 'INVALID', message: expect.stringContaining(message) });
  });
});
