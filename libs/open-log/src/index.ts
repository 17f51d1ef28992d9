export { parseLogUrl, shownLog, type LogUrl } from './log-url.js';
export { openLog, type OpenLogOptions } from './open-log.js';
