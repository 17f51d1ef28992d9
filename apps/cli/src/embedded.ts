import { EventStoreError } from '@millwright/event-store';
import { parseLogUrl } from '@millwright/open-log';

/** The file of an embedded log. Throws `not-supported` for a log elsewhere; `what` names what cannot be done there. */
export const embeddedPath = (log: string, what: string): string => {
  const url = parseLogUrl(log);
  if (url.kind === 'sqlite') return url.path;
  throw new EventStoreError(
    'not-supported',
    `${what} works on the file of an embedded log (--log sqlite:<path>), on the machine that has it; EventStoreDB has tools of its own`,
  );
};
