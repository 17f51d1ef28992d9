import { LogLevel, setLogLevel } from 'node-opcua-debug';

// Imported before node-opcua itself, which writes warnings to the console, some of them while it loads. What is a problem of ours reaches us as
// an error or an event, and goes to the connector's health. NODEOPCUA_LOG_LEVEL turns its log on again.
if (process.env['NODEOPCUA_LOG_LEVEL'] === undefined) setLogLevel(LogLevel.Emergency);
