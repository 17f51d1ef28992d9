import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreError } from '@millwright/event-store';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { parseConnection } from './connection-string.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-esdb-strings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const broken = join(folder, 'broken.pem');
writeFileSync(broken, 'no certificate');

describe('a connection string', () => {
  test('of one node', () => {
    const { hosts, discover, authorization, name } = parseConnection('esdb://log.plant:2113?tls=false');
    expect({ hosts, discover, authorization, name }).toEqual({
      hosts: [{ address: 'log.plant', port: 2113 }],
      discover: false,
      authorization: undefined,
      name: 'esdb://log.plant:2113?tls=false',
    });
  });

  test('of a cluster: by the nodes, or by a name in the DNS', () => {
    expect(parseConnection('esdb://a:1,b:2,c?tls=false')).toMatchObject({
      discover: true,
      hosts: [
        { address: 'a', port: 1 },
        { address: 'b', port: 2 },
        { address: 'c', port: 2113 },
      ],
    });
    expect(parseConnection('esdb+discover://cluster?tls=false')).toMatchObject({ discover: true });
  });

  test('with user and password: they go over TLS only, and into no text', () => {
    const { authorization, name } = parseConnection('esdb://ann:w%3Ander%40@host?tls=true');
    expect(Buffer.from(authorization!.slice('Basic '.length), 'base64').toString()).toBe('ann:w:nder@');
    expect(name).toBe('esdb://***@host?tls=true');
    expect(parseConnection('esdb://ann:pw@host?tls=false').authorization).toBeUndefined();
  });

  test('takes the official settings, however they are spelt', () => {
    const { options } = parseConnection('esdb://host?tls=false&keep_alive-interval=20000&defaultDeadline=3000');
    expect(options).toMatchObject({ keepAliveInterval: 20_000, defaultDeadline: 3_000 });
  });

  test.each<[what: string, text: string, message: RegExp]>([
    ['nothing', '', /expected esdb:\/\/user/],
    ['another protocol', 'postgres://host', /at character 1 esdb:\/\/ or esdb\+discover:\/\/ was expected/],
    ['no host', 'esdb://?tls=false', /host was expected/],
    ['a port that is none', 'esdb://host:abc', /port number was expected/],
    [
      'a colon in a password',
      'esdb://ann:secret:word@host',
      /\*\*\*@host.*write a colon within user or password as %3A/,
    ],
    ['a setting that is none', 'esdb://host?tsl=false', /"tsl" is no setting; known are tls, tlsCAFile/],
    ['a value that is none', 'esdb://host?tls=perhaps', /true or false was expected/],
    ['certificates that are not verified', 'esdb://host?tlsVerifyCert=false', /always verified; .*tlsCAFile=<path>/],
    ['followers', 'esdb://a,b?tls=false&nodePreference=follower', /nodePreference is follower; only the leader/],
    ['a file that is not there', 'esdb://host?tlsCAFile=/absent.pem', /tlsCAFile \/absent\.pem cannot be read: ENOENT/],
    [
      'a certificate without its key',
      `esdb://host?userCertFile=${broken}`,
      /userCertFile and userKeyFile belong together/,
    ],
    ['a file that is no PEM', `esdb://host?userCertFile=${broken}&userKeyFile=${broken}`, /must be PEM/],
  ])('with %s is refused with a sentence', (_, text, message) => {
    const warn = vi.spyOn(console, 'warn');
    const refused = ((): unknown => {
      try {
        return parseConnection(text);
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toBeInstanceOf(EventStoreError);
    expect(refused).toMatchObject({ code: 'unavailable', message: expect.stringMatching(message) });
    expect((refused as Error).message).toMatch(/^the connection string \S* cannot be used: /);
    expect((refused as Error).message).not.toContain('secret');
    expect(warn).not.toHaveBeenCalled();
  });
});
