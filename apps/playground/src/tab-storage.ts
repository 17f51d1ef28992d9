import type { OpeningTab } from './opening-tabs.js';

/** What is used of the browser's localStorage. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Where GraphiQL keeps its tabs, and the text of the active one (`STORAGE_KEY` of @graphiql/react with its prefix). */
const TABS = 'graphiql:tabState';
const QUERY = 'graphiql:query';
const VARIABLES = 'graphiql:variables';
/** The opening tabs as last put there: a tab that still is one of them has not been edited. */
const ISSUED = 'millwright:opening-tabs';

interface StoredTab {
  readonly id: string;
  readonly query: string | null;
  readonly variables: string | null;
}
interface StoredTabs {
  readonly activeTabIndex: number;
  readonly tabs: readonly StoredTab[];
}

/**
 * Puts the opening tabs where GraphiQL looks for its tabs. The first time that is all three; later, those that nobody has edited get
 * today's documents and times, edited ones stay as they are, closed ones stay closed.
 */
export const storeOpeningTabs = (storage: KeyValueStorage, opening: readonly OpeningTab[]): void => {
  const stored = readTabs(storage);
  const issued = parse<readonly OpeningTab[]>(storage.getItem(ISSUED)) ?? [];
  storage.setItem(ISSUED, JSON.stringify(opening));
  if (stored === undefined) return writeTabs(storage, { activeTabIndex: 0, tabs: opening.map(newTab) });

  const fresh = (tab: StoredTab): StoredTab => {
    const before = issued.find(({ query, variables }) => query === tab.query && variables === tab.variables);
    const now = before && opening.find(({ title }) => title === before.title);
    return now ? { ...tab, query: now.query, variables: now.variables } : tab;
  };
  writeTabs(storage, { ...stored, tabs: stored.tabs.map(fresh) });
};

/** Remembers that one opening tab has been put in place anew. */
export const noteOpeningTab = (storage: KeyValueStorage, tab: OpeningTab): void => {
  const issued = parse<readonly OpeningTab[]>(storage.getItem(ISSUED)) ?? [];
  storage.setItem(ISSUED, JSON.stringify([...issued.filter(({ title }) => title !== tab.title), tab]));
};

const newTab = ({ title, query, variables }: OpeningTab) => ({
  id: `millwright-${title}`,
  title,
  operationName: title,
  query,
  variables,
  headers: null,
  response: null,
});

/** GraphiQL takes the active tab's text from keys of its own, and opens one tab more when they disagree. */
const writeTabs = (storage: KeyValueStorage, state: StoredTabs): void => {
  const active = state.tabs[state.activeTabIndex];
  storage.setItem(TABS, JSON.stringify(state));
  storage.setItem(QUERY, active?.query ?? '');
  storage.setItem(VARIABLES, active?.variables ?? '');
};

/** The tabs of an earlier visit, with the active one as it was last typed. */
const readTabs = (storage: KeyValueStorage): StoredTabs | undefined => {
  const state = parse<StoredTabs>(storage.getItem(TABS));
  if (!Array.isArray(state?.tabs) || state.tabs.length === 0) return undefined;
  const { tabs, activeTabIndex } = state;
  const typed = { query: storage.getItem(QUERY), variables: storage.getItem(VARIABLES) };
  return {
    activeTabIndex,
    tabs: tabs.map((tab, i) =>
      i === activeTabIndex
        ? { ...tab, query: typed.query ?? tab.query, variables: typed.variables ?? tab.variables }
        : tab,
    ),
  };
};

const parse = <T>(json: string | null): T | undefined => {
  try {
    return json === null ? undefined : ((JSON.parse(json) as T | null) ?? undefined);
  } catch {
    return undefined;
  }
};
