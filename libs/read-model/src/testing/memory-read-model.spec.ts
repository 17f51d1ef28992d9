import { MemoryReadModel } from './memory-read-model.js';
import { readModelContract } from './read-model.contract.js';

readModelContract('MemoryReadModel', async () => new MemoryReadModel(), { runs: 10, timeoutMs: 60_000 });
