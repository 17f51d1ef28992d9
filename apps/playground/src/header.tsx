import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { type Ask, openingFacts } from './opening-facts.js';
import { exampleTabs } from './opening-tabs.js';
import { noteOpeningTab } from './tab-storage.js';

const EXAMPLES = [
  { tab: 'Engineer', label: 'Engineer: the line now' },
  { tab: 'MES', label: 'MES: events as they happen' },
  { tab: 'Analyst', label: 'Analyst: a minute ago' },
  { tab: 'WhatIf', label: 'Analyst: what if' },
] as const;

type Example = (typeof EXAMPLES)[number];

/** The name of the house, and one button per example: it opens the example with times of now, and runs it. */
export const Header = ({ ask }: { readonly ask: Ask }) => {
  const { addTab, changeTab, run, setOperationName, stop } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor } = useGraphiQL(pick('tabs', 'queryEditor', 'variableEditor'));

  const open = async ({ tab }: Example): Promise<void> => {
    const example = exampleTabs(await openingFacts(ask, Date.now())).find(({ title }) => title === tab)!;
    stop();
    // Somebody's edited copy keeps its place: only a tab with the very document is used again.
    const at = tabs.findIndex(({ query }) => query === example.query);
    if (at >= 0) changeTab(at);
    else addTab();
    queryEditor?.setValue(example.query);
    variableEditor?.setValue(example.variables);
    noteOpeningTab(localStorage, example);
    setOperationName(tab);
    run();
  };

  return (
    <header className="millwright-header">
      <span className="millwright-brand">
        <img src="./favicon.svg" alt="" width="20" height="20" />
        Millwright
      </span>
      <nav aria-label="Examples">
        {EXAMPLES.map((example) => (
          <button
            key={example.tab}
            type="button"
            className="millwright-example"
            data-example={example.tab}
            onClick={() => void open(example)}
          >
            {example.label}
          </button>
        ))}
      </nav>
    </header>
  );
};
