import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BONDING_LINE, bondingPorts, eventually, query, root, tempDir, TestProcess } from '@millwright/e2e';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let origin: string;
let started: TestProcess;
const pictures = join(root, 'test-results');

interface Station {
  readonly id: string;
  readonly state: { readonly value: string } | null;
  readonly idealCycleTimeMs: number;
  readonly counts: { readonly total: number };
  readonly timeline: readonly { readonly state: string; readonly durationMs: number }[];
}

const stations = async (): Promise<readonly Station[]> => {
  const range = { from: '2020-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };
  const document = `query($range: TimeRange!) { assets(under: "${BONDING_LINE}", kinds: [STATION], first: 5) {
    id idealCycleTimeMs state { value } counts { total } timeline(range: $range, first: 4000) { state durationMs } } }`;
  return (await query<{ assets: Station[] }>(origin, document, { range })).assets;
};

/** Time that a station worked for each part it made, milliseconds; what it waited for others and its repairs are not in it. */
const runningMsPerPart = ({ timeline, counts }: Station): number =>
  timeline.filter((s) => s.state === 'RUNNING').reduce((sum, s) => sum + s.durationMs, 0) / counts.total;

beforeAll(async () => {
  const ports = await bondingPorts();
  const env = { ...ports, MILLWRIGHT_PORT: '0', MILLWRIGHT_DATA: tempDir(), MILLWRIGHT_DEMO_SPEED: '30' };
  started = new TestProcess('npm', ['start'], env, { group: true });
  const [, url] = await started.until(/^READY .*?(http:\/\/[^/\s]+)/m, 170_000);
  origin = url!;
});

afterAll(async () => {
  await started.stop('SIGINT');
});

describe('npm start', () => {
  test('brings all five stations on line, parts flow, and S3 is the slowest', async () => {
    const all = await eventually(
      stations,
      (list) =>
        list.length === 5 && list.every((s) => s.state !== null && s.state.value !== 'OFFLINE' && s.counts.total >= 20),
      150_000,
    );
    const [s1, s2, s3, , s5] = all.map(runningMsPerPart);
    expect(s3).toBeGreaterThan(Math.max(s1!, s2!, s5!));
    const ideal = all.map((s) => s.idealCycleTimeMs);
    expect(Math.max(...ideal)).toBe(ideal[2]);
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

  /** Waits for an answer with the words, and takes its picture. The page holds the editor's visible lines only, in any order. */
  const expectAnswer = async (name: string, ...words: readonly RegExp[]): Promise<void> => {
    const answer = page.locator('.result-window');
    for (const word of words) await expect.poll(() => answer.innerText(), { timeout: 60_000 }).toMatch(word);
    const text = await answer.innerText();
    expect(text).toMatch(/"data"/);
    expect(text).not.toMatch(/"errors"/);
    await page.screenshot({ path: join(pictures, `playground-${name.toLowerCase()}.png`) });
  };

  test.each([
    ['Engineer', /"meanCycleTimeMs"/],
    ['MES', /"EventBatch"/],
    ['Analyst', /"alarms"/],
  ])('the %s tab returns data at a click', async (name, words) => {
    await page.locator('.graphiql-tab-button', { hasText: name }).click();
    await page.locator('.graphiql-execute-button').click();
    await expectAnswer(name, words);
  });

  test('the what-if of the header forks the plant and asks the fork', async () => {
    await page.locator('[data-example=WhatIf]').click();
    await expectAnswer('what-if', /"createFork"/, /"factsReplayed"/, /UNACKNOWLEDGED"/);
  });

  test('asks nothing of any other machine and logs no error', () => {
    expect(foreign).toEqual([]);
    expect(consoleErrors).toEqual([]);
  });
});
