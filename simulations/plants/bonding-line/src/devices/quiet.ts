import { LogLevel, setLogLevel } from 'node-opcua-debug';

// Imported before node-opcua itself, which writes warnings to the console while it loads. NODEOPCUA_LOG_LEVEL turns its log on again.
if (process.env['NODEOPCUA_LOG_LEVEL'] === undefined) setLogLevel(LogLevel.Emergency);
