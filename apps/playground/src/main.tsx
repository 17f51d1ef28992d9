import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './style.css';
import { createRoot } from 'react-dom/client';
import { Api } from './api.js';
import { openingFacts } from './opening-facts.js';
import { openingTabs } from './opening-tabs.js';
import { Playground } from './playground.js';
import { storeOpeningTabs } from './tab-storage.js';

const api = new Api(document.baseURI);
// GraphiQL reads its tabs once, when it starts: they must be in place before.
storeOpeningTabs(localStorage, openingTabs(await openingFacts(api.ask, Date.now())));
createRoot(document.getElementById('root')!).render(<Playground api={api} />);
