/** Parts of `@eventstore/db-client` that find a server; its calls are not used, see the design, section 4. */
export { discoverEndpoint } from '@eventstore/db-client/dist/Client/discovery.js';
export { parseConnectionString } from '@eventstore/db-client/dist/Client/parseConnectionString.js';
export type { ConnectionOptions } from '@eventstore/db-client/dist/Client/parseConnectionString.js';
export type { EndPoint } from '@eventstore/db-client';
