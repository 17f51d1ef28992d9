import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, query } from './graphql.js';
import { BONDING_LINE, bondingPorts, root, tempDir, TestProcess } from './processes.js';

let origin: string;
let started: TestProcess;
const pictures = join(root, 'test-results');

interface Station {
  readonly id: string;
  readonly state: { readonly value: string } | null;
  readonly counts: { readonly total: number };
  readonly timeline: readonly { readonly state: string; readonly durationMs: number }[];
}

const stations = async (): Promise<readonly Station[]> => {
  const range = { from: '2020-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };
  const document = `query($range: TimeRange!) { assets(under: "${BONDING_LINE}", kinds: [STATION], first: 5) {
    id state { value } counts { total } timeline(range: $range, first: 4000) { state durationMs } } }`;
  return (await query<{ assets: Station[] }>(origin, document, { range })).assets;
};

/** Share of the time since it first came on line that a station was in one of the states. */
const share = ({ timeline }: Station, states: readonly string[]): number => {
  const online = timeline.filter((s) => s.state !== 'OFFLINE');
  const sum = (spans: readonly { durationMs: number }[]): number => spans.reduce((total, s) => total + s.durationMs, 0);
  return sum(online.filter((s) => states.includes(s.state))) / sum(online);
};

beforeAll(async () => {
  const ports = await bondingPorts();
  const env = { ...ports, MILLWRIGHT_PORT: '0', MILLWRIGHT_DATA: tempDir(), MILLWRIGHT_DEMO_SPEED: '30' };
  started = new TestProcess('npm', ['start'], env);
  const [, url] = await started.until(/^READY .*?(http:\/\/[^/\s]+)/m, 170_000);
  origin = url!;
});

afterAll(async () => {
  await started.stop('SIGTERM');
});

describe('npm start', () => {
  test('brings all five stations on line, parts flow, and S3 is the slowest', async () => {
    const all = await eventually(
      stations,
      (list) =>
        list.length === 5 && list.every((s) => s.state !== null && s.state.value !== 'OFFLINE' && s.counts.total >= 20),
      150_000,
    );
    const waiting = all.map((s) => share(s, ['STARVED', 'BLOCKED']));
    const [s1, s2, s3, , s5] = all;
    expect(Math.min(...waiting), `waiting shares ${waiting}`).toBe(waiting[2]);
    expect(share(s1!, ['BLOCKED']) + share(s2!, ['BLOCKED']), 'parts pile up before S3').toBeGreaterThan(
      share(s3!, ['BLOCKED']),
    );
    expect(share(s5!, ['STARVED']), 'and are missing after it').toBeGreaterThan(share(s3!, ['STARVED']));
  });
});

describe('the playground', () => {
  let browser: Browser;
  let page: Page;
  const foreign: string[] = [];
  const consoleErrors: string[] = [];

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (!['data:', 'blob:'].includes(protocol) && host !== new URL(origin).host) foreign.push(request.url());
    });
    page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()));
    page.on('pageerror', (error) => consoleErrors.push(String(error)));
    await page.goto(origin);
  });

  afterAll(async () => {
    await browser?.close();
  });

  test.each(['Engineer', 'MES', 'Analyst'])('the %s tab returns data', async (name) => {
    await page.getByRole('tab', { name: new RegExp(name, 'i') }).click();
    await page
      .getByRole('button', { name: /execute query|run/i })
      .first()
      .click();
    const response = page.locator('.result-window');
    await expect.poll(() => response.innerText(), { timeout: 60_000 }).toMatch(/"data"/);
    const text = await response.innerText();
    expect(text).not.toMatch(/"errors"/);
    expect(text).toMatch(/bonding-line/);
    await page.screenshot({ path: join(pictures, `playground-${name.toLowerCase()}.png`) });
  });

  test('asks nothing of any other machine and logs no error', () => {
    expect(foreign).toEqual([]);
    expect(consoleErrors).toEqual([]);
  });
});
