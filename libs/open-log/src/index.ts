export { parseLogUrl, shownLog, type LogUrl } from './log-url.js';
export { NODE_SETTINGS, nodeSettings, NodeSettingsError, type NodeSettings } from './node-settings.js';
export { openLog, type OpenLogOptions } from './open-log.js';
export { serveLog } from './serve-log.js';
