import { openDatabase, serveWorker } from '@millwright/sqlite';
import { LogVerifier } from './log-verifier.js';
import type { VerifierData } from './messages.js';
import { checkSchema } from './schema.js';

await serveWorker(({ path, from }: VerifierData) => {
  const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
  checkSchema(db, path);
  const verifier = new LogVerifier(db, from);
  return {
    step: () => verifier.step(),
    finish: () => verifier.finish(),
    close: () => db.close(),
  };
});
