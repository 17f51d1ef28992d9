export { createApi } from './api.js';
export { DEFAULT_LIMITS, type ApiLimits, type ApiOptions } from './api-options.js';
export type { ErrorCode } from './error/api-error.js';
export { CloseCode, SUBPROTOCOL } from './socket/protocol.js';
