import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { NODE_SETTINGS, nodeSettings, readText, readUsers } from './node-settings.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-node-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const withTexts = (texts: Record<string, string>): (() => unknown) => {
  return () => nodeSettings(2113, (flag) => texts[flag] ?? NODE_SETTINGS.find((s) => s.flag === flag)!.value);
};

describe('settings of a served log', () => {
  test('are plain and open to everybody when nothing is said', () => {
    expect(withTexts({})()).toEqual({ host: '127.0.0.1', port: 2113, tls: undefined, usersFile: undefined });
  });

  test('have certificate, key and users', () => {
    expect(withTexts({ 'log-cert': 'c.pem', 'log-key': 'k.pem', 'log-users': 'u' })()).toMatchObject({
      tls: { certFile: 'c.pem', keyFile: 'k.pem' },
      usersFile: 'u',
    });
  });

  test.each([
    [{ 'log-cert': 'c.pem' }, /belong together/],
    [{ 'log-key': 'k.pem' }, /belong together/],
    [{ 'log-users': 'u' }, /needs --log-cert and --log-key/],
  ])('%o do not fit together', (texts, message) => {
    expect(withTexts(texts)).toThrow(message);
  });
});

describe('file of users', () => {
  const file = join(folder, 'users');
  const usersOf = (text: string): unknown => {
    writeFileSync(file, text);
    return readUsers(file);
  };

  test('has a user a line; a password may hold colons', () => {
    expect(usersOf('# gateways\nhall-3:a:b\r\n\nadmin:secret\n')).toEqual({ 'hall-3': 'a:b', admin: 'secret' });
  });

  test.each([
    ['ok:pw\nnobody\n', /users:2: expected user:password/],
    [':pw\n', /users:1: expected user:password/],
    ['user:\n', /users:1: expected user:password/],
    ['# only a comment\n', /names no user/],
  ])('%j is refused with its line', (text, message) => {
    expect(() => usersOf(text)).toThrow(message);
  });

  test('that is not there is named with its flag', () => {
    expect(() => readText(join(folder, 'absent'), 'log-cert')).toThrow(/--log-cert: .*absent cannot be read: ENOENT/);
  });
});
