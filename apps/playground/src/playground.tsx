import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { GraphiQLProvider, pick, useGraphiQL } from '@graphiql/react';
import { GraphiQL, GraphiQLInterface } from 'graphiql';
import type { ComponentProps } from 'react';
import type { Api } from './api.js';
import { Header } from './header.js';

/** The type allows for three ways to subscribe; GraphiQL uses one, with an observer. */
type Fetcher = ComponentProps<typeof GraphiQLProvider>['fetcher'];

const plugins = [DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];

const NEW_TAB = `# Ctrl-Space lists what can be asked here; the book on the left is the documentation of the schema.

`;

/** GraphiQL with a header of ours; put together from its parts, so that the header can open and run examples. */
export const Playground = ({ api }: { readonly api: Api }) => (
  <GraphiQLProvider
    fetcher={api.fetcher as Fetcher}
    defaultQuery={NEW_TAB}
    plugins={plugins}
    referencePlugin={DOC_EXPLORER_PLUGIN}
    schemaDescription
    inputValueDeprecation
  >
    <HistoryStore>
      <DocExplorerStore>
        <Page api={api} />
      </DocExplorerStore>
    </HistoryStore>
  </GraphiQLProvider>
);

const Page = ({ api }: { readonly api: Api }) => {
  const editors = useGraphiQL(pick('queryEditor', 'variableEditor', 'responseEditor'));
  // GraphiQL passes over what it is asked to run before its editors are there.
  const ready = Object.values(editors).every((editor) => editor !== undefined);
  return (
    <div className="millwright-page" aria-busy={!ready}>
      <Header ask={api.ask} />
      <GraphiQLInterface defaultEditorToolsVisibility="variables" showPersistHeadersSettings={false}>
        <GraphiQL.Logo>
          <span className="millwright-tagline">playground</span>
        </GraphiQL.Logo>
      </GraphiQLInterface>
    </div>
  );
};
