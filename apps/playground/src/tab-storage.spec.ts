import { beforeEach, expect, test } from 'vitest';
import type { OpeningTab } from './opening-tabs.js';
import { noteOpeningTab, storeOpeningTabs } from './tab-storage.js';

const storage = new Map<string, string>();
const browser = {
  getItem: (key: string) => storage.get(key) ?? null,
  setItem: (key: string, value: string) => void storage.set(key, value),
};
beforeEach(() => storage.clear());

const opening = (day: string): OpeningTab[] => [
  { title: 'Engineer', query: 'query Engineer', variables: `{"day":"${day}"}` },
  { title: 'MES', query: 'subscription MES', variables: `{"day":"${day}"}` },
];

interface Tab {
  id: string;
  title: string;
  query: string | null;
  variables: string | null;
}
const state = () => JSON.parse(storage.get('graphiql:tabState')!) as { activeTabIndex: number; tabs: Tab[] };
const contents = () => state().tabs.map(({ query, variables }) => [query, variables]);
const save = (activeTabIndex: number, tabs: Partial<Tab>[]): void => {
  storage.set('graphiql:tabState', JSON.stringify({ activeTabIndex, tabs }));
  storage.set('graphiql:query', tabs[activeTabIndex]!.query ?? '');
  storage.set('graphiql:variables', tabs[activeTabIndex]!.variables ?? '');
};

test('the first visit opens every tab, the first one in front', () => {
  storeOpeningTabs(browser, opening('monday'));
  expect(state().tabs.map((t) => t.title)).toEqual(['Engineer', 'MES']);
  expect(state().activeTabIndex).toBe(0);
  expect(storage.get('graphiql:query')).toBe('query Engineer');
  expect(storage.get('graphiql:variables')).toBe('{"day":"monday"}');
});

test("tabs that nobody edited get today's times, edited and own tabs stay", () => {
  storeOpeningTabs(browser, opening('monday'));
  const [engineer, mes] = state().tabs;
  save(1, [
    { ...engineer, query: 'query Engineer # mine' },
    mes!,
    { id: 'own', title: 'Own', query: '{ mine }', variables: null },
  ]);
  storeOpeningTabs(browser, opening('tuesday'));
  expect(contents()).toEqual([
    ['query Engineer # mine', '{"day":"monday"}'],
    ['subscription MES', '{"day":"tuesday"}'],
    ['{ mine }', null],
  ]);
  expect(state().activeTabIndex).toBe(1);
  expect(storage.get('graphiql:variables')).toBe('{"day":"tuesday"}');
});

test('an edit that GraphiQL has not written to its tabs yet counts', () => {
  storeOpeningTabs(browser, opening('monday'));
  storage.set('graphiql:variables', '{"day":"my own"}');
  storeOpeningTabs(browser, opening('tuesday'));
  expect(contents()[0]).toEqual(['query Engineer', '{"day":"my own"}']);
});

test('a closed tab stays closed', () => {
  storeOpeningTabs(browser, opening('monday'));
  save(0, state().tabs.slice(1));
  storeOpeningTabs(browser, opening('tuesday'));
  expect(contents()).toEqual([['subscription MES', '{"day":"tuesday"}']]);
});

test('a tab that was put in place anew in between is still unedited', () => {
  storeOpeningTabs(browser, opening('monday'));
  const noon = { ...opening('monday noon')[0]! };
  noteOpeningTab(browser, noon);
  save(0, [{ ...state().tabs[0], variables: noon.variables }, state().tabs[1]!]);
  storeOpeningTabs(browser, opening('tuesday'));
  expect(contents().map(([, variables]) => variables)).toEqual(['{"day":"tuesday"}', '{"day":"tuesday"}']);
});

test.each(['', 'no json', '{}', '{"tabs":[]}', 'null'])(
  'storage that makes no sense (%s) is a first visit',
  (broken) => {
    storage.set('graphiql:tabState', broken);
    storeOpeningTabs(browser, opening('monday'));
    expect(state().tabs).toHaveLength(2);
  },
);
