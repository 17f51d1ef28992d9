import { describe, expect, test } from 'vitest';
import { lookUp, SettingsError, usageOf } from './settings.js';

const SETTINGS = [
  { flag: 'port', env: 'TEST_PORT', value: '4000', help: 'port of the test' },
  { flag: 'mode', env: 'TEST_MODE', value: 'on', help: 'whether it is on' },
] as const;

const look = (args: readonly string[] = [], env: Record<string, string> = {}) => lookUp('test', SETTINGS, args, env);

describe('settings', () => {
  test('are looked up in flags, then in the environment, then in the defaults', () => {
    expect(look()('port').port()).toBe(4_000);
    expect(look([], { TEST_PORT: '5000' })('port').port()).toBe(5_000);
    expect(look(['--port', '6000'], { TEST_PORT: '5000' })('port').port()).toBe(6_000);
    expect(look(['--mode=off'])('mode').oneOf('on', 'off')).toBe('off');
  });

  test.each([
    [
      () => look(['--port', '65536'])('port').port(),
      '--port (TEST_PORT) is "65536"; expected a whole number from 0 to',
    ],
    [() => look(['--port', '4e3'])('port').port(), '"4e3"'],
    [() => look([], { TEST_MODE: ' ' })('mode').text(), '--mode (TEST_MODE) is empty; expected whether it is on'],
    [() => look(['--mode', 'maybe'])('mode').oneOf('on', 'off'), '--mode (TEST_MODE) is "maybe"; expected on or off'],
    [() => look(['--prot', '1']), '--prot'],
    [() => look(['--prot', '1']), usageOf('test', SETTINGS)],
    [() => look(['stray']), 'stray'],
  ])('are refused in a sentence (%#)', (act, words) => {
    expect(act).toThrow(SettingsError);
    expect(act).toThrow(words);
  });

  test('may be words without a flag, switches, and need not have a default', () => {
    const settings = [
      { flag: 'stream', kind: 'operand', help: 'name of the stream' },
      { flag: 'back', kind: 'switch', help: 'from the end' },
    ] as const;
    const given = (...args: string[]) => lookUp('test', settings, args, {});
    expect(given('s', '--back')('stream').text()).toBe('s');
    expect(given('--stream', 's')('stream').given()).toBe('s');
    expect([given('--back')('back').on(), given()('back').on()]).toEqual([true, false]);
    expect(given()('stream').given()).toBeUndefined();
    expect(() => given()('stream').text()).toThrow('--stream is missing; expected name of the stream');
    expect(() => given('s', 't')).toThrow('"t" is one word too many\nUsage: test [stream] [flags]');
    expect(() => given('--stream', 's', 't')).toThrow('"t" is one word too many');
    expect(() => given('--back=no')).toThrow(SettingsError);
  });

  test('are all in the usage, in columns', () => {
    expect(usageOf('test', SETTINGS)).toBe(
      [
        'Usage: test [flags]',
        '  --port  TEST_PORT  port of the test (default 4000)',
        '  --mode  TEST_MODE  whether it is on (default on)',
      ].join('\n'),
    );
  });
});
