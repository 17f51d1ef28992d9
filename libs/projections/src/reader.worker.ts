import { serveWorker } from '@millwright/sqlite';
import { openReader } from './reader.js';

await serveWorker(openReader);
