import { endWith, lookUp, usageOf } from '@millwright/process';
import type { Command } from './command.js';
import { explain, isUsage } from './explain.js';
import { read } from './read.js';
import { retention } from './retention.js';
import { scavenge } from './scavenge.js';
import { serve } from './serve.js';

const COMMANDS: readonly Command[] = [serve, read, retention, scavenge];

const overview = (): string =>
  [
    'Usage: millwright <command> [flags]; millwright <command> --help tells its flags',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`),
  ].join('\n');

/** The command that the words before the flags name, and the rest. `log` alone serves. */
const parse = (args: readonly string[]): { command: Command | undefined; flags: readonly string[] } => {
  const words = args.findIndex((arg) => arg.startsWith('-'));
  const name = args.slice(0, words < 0 ? args.length : words).join(' ');
  const flags = words < 0 ? [] : args.slice(words);
  return { command: COMMANDS.find((c) => c.name === (name === 'log' ? 'log serve' : name)), flags };
};

const args = process.argv.slice(2);
const { command, flags } = parse(args);
if (!command) {
  const asked = args.length === 0 || args.includes('--help');
  if (!asked) endWith(2, `there is no command "millwright ${args.join(' ')}"\n${overview()}`);
  console.log(overview());
  process.exit(0);
}
if (flags.includes('--help')) {
  console.log(`${command.summary}\n${usageOf(`millwright ${command.name}`, command.settings)}`);
  process.exit(0);
}
try {
  const the = lookUp(`millwright ${command.name}`, command.settings, flags, process.env);
  const code = await command.run(the);
  if (code !== undefined) process.exit(code);
} catch (error) {
  endWith(isUsage(error) ? 2 : 1, explain(error));
}
