import { endWith, lookUp, usageOf } from '@millwright/process';
import { backup } from './backup.js';
import { EXIT, type Command } from './command.js';
import { explain, isUsage } from './explain.js';
import { read } from './read.js';
import { restore } from './restore.js';
import { retentionGet } from './retention-get.js';
import { retentionSet } from './retention-set.js';
import { scavenge } from './scavenge.js';
import { serve } from './serve.js';
import { stats } from './stats.js';
import { streams } from './streams.js';
import { verify } from './verify.js';

const COMMANDS: readonly Command[] = [
  serve,
  read,
  stats,
  streams,
  verify,
  backup,
  restore,
  retentionGet,
  retentionSet,
  scavenge,
];

const overview = (): string =>
  [
    'Usage: millwright <command> [flags]; millwright <command> --help tells its flags',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`),
  ].join('\n');

/** The command that the first words name, and the rest. `log` alone serves. */
const parse = (args: readonly string[]): { command: Command | undefined; rest: readonly string[] } => {
  const [first, second] = args;
  if (first === 'log' && (second === undefined || second.startsWith('-')))
    return { command: serve, rest: args.slice(1) };
  const wordsOf = (command: Command): string[] => command.name.split(' ');
  const command = COMMANDS.find((each) => wordsOf(each).every((word, i) => args[i] === word));
  return { command, rest: command ? args.slice(wordsOf(command).length) : args };
};

const args = process.argv.slice(2);
const { command, rest } = parse(args);
if (!command) {
  if (args.length > 0 && !args.includes('--help')) {
    endWith(EXIT.usage, `there is no command "millwright ${args.join(' ')}"\n${overview()}`);
  }
  console.log(overview());
  process.exit(EXIT.done);
}
if (rest.includes('--help')) {
  console.log(`${command.summary}\n${usageOf(`millwright ${command.name}`, command.settings)}`);
  process.exit(EXIT.done);
}
// Who reads the output may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.done);
});
try {
  const the = lookUp(`millwright ${command.name}`, command.settings, rest, process.env);
  const code = await command.run(the);
  if (code !== undefined) process.exit(code);
} catch (error) {
  endWith(isUsage(error) ? EXIT.usage : EXIT.failed, explain(error));
}
