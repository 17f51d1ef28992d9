import { serveWorker } from '@millwright/sqlite';
import { openWriter } from './writer.js';

await serveWorker(openWriter);
