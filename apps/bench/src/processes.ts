import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const started = new Set<Child>();
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

/** A child whose output is kept for the error message; killed at the latest when this process ends. */
export const startChild = (command: string, args: readonly string[], env: Record<string, string> = {}): Child => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  started.add(child);
  child.on('exit', () => started.delete(child));
  return child;
};

/** The first line of stdout that the pattern matches. Rejects when the child ends or the deadline passes first, with its last output. */
export const lineOf = (child: Child, pattern: RegExp, deadlineMs: number): Promise<RegExpExecArray> =>
  new Promise((resolve, reject) => {
    let output = '';
    const fail = (why: string): void =>
      reject(
        new Error(
          `${child.spawnargs.slice(0, 3).join(' ')}: ${why} before ${pattern}; its output: ${output.slice(-2_000)}`,
        ),
      );
    const timer = setTimeout(() => fail(`nothing within ${deadlineMs} ms`), deadlineMs);
    const look = (chunk: Buffer): void => {
      output += chunk.toString();
      for (const line of output.split('\n')) {
        const match = pattern.exec(line);
        if (!match) continue;
        clearTimeout(timer);
        child.stdout.off('data', look);
        return resolve(match);
      }
    };
    child.stdout.on('data', look);
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${signal ?? code}`);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
  });

export const stopChild = (child: Child): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });

/** CPU seconds that a process and its threads have used (Linux: /proc/<pid>/stat, clock ticks of 1/100 s). */
export const cpuSeconds = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
