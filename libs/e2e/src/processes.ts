import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export const root = join(import.meta.dirname, '../../..');

/** A process under test: its output so far, and ways to wait for it. */
export class TestProcess {
  output = '';
  readonly child: ChildProcess;
  private readonly group: boolean;
  private readonly listeners = new Set<() => void>();

  /** With `group`, signals go to the process and all that it started, as Ctrl-C does in a terminal. */
  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
    { group = false }: { readonly group?: boolean } = {},
  ) {
    this.group = group;
    this.child = spawn(command, args, {
      cwd: root,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      detached: group,
    });
    const take = (chunk: Buffer): void => {
      this.output += chunk.toString();
      for (const listener of this.listeners) listener();
    };
    this.child.stdout!.on('data', take);
    this.child.stderr!.on('data', take);
    this.child.on('close', () => this.listeners.forEach((listener) => listener()));
    running.add(this);
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The first match in all output, past and to come. Rejects when the process ends or the deadline passes without one. */
  until(pattern: RegExp, deadlineMs = 60_000): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.listeners.delete(look);
        act();
      };
      const fail = (why: string): void =>
        settle(() =>
          reject(
            new Error(
              `${this.child.spawnargs.join(' ')}\n${why} before ${pattern}; output:\n${this.output.slice(-4_000)}`,
            ),
          ),
        );
      const timer = setTimeout(() => fail(`${deadlineMs} ms passed`), deadlineMs);
      const look = (): void => {
        const match = pattern.exec(this.output);
        if (match) settle(() => resolve(match));
        else if (this.ended) fail(`ended with ${this.child.signalCode ?? this.child.exitCode}`);
      };
      this.listeners.add(look);
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    if (this.group) process.kill(-this.child.pid!, signal);
    else this.child.kill(signal);
  }

  /** Sends the signal and resolves with the exit code (null: ended by a signal). */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (!this.ended) {
      const closed = new Promise((resolve) => this.child.once('close', resolve));
      this.kill(signal);
      await closed;
    }
    running.delete(this);
    return this.child.exitCode;
  }

  /** Resolves with the exit code when the process ends by itself. */
  async exit(deadlineMs = 30_000): Promise<number | null> {
    if (!this.ended) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () =>
            reject(
              new Error(
                `${this.child.spawnargs.join(' ')} still runs after ${deadlineMs} ms; output:\n${this.output.slice(-4_000)}`,
              ),
            ),
          deadlineMs,
        );
        this.child.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    running.delete(this);
    return this.child.exitCode;
  }
}

const running = new Set<TestProcess>();
process.on('exit', () => running.forEach((p) => p.kill('SIGKILL')));
afterAll(async () => {
  await Promise.all([...running].map((p) => p.stop('SIGKILL')));
});

export const startServer = async (options: {
  plant: string;
  data: string;
  port?: number;
  env?: Record<string, string>;
  /** More flags, behind those that the other options make. */
  args?: readonly string[];
}): Promise<{ process: TestProcess; origin: string }> => {
  const args = [
    'apps/server/dist/main.js',
    '--port',
    String(options.port ?? 0),
    '--plant',
    options.plant,
    '--data',
    options.data,
    ...(options.args ?? []),
  ];
  const server = new TestProcess(process.execPath, args, options.env);
  const [, origin] = await server.until(/^READY .*?(http:\/\/[^/\s]+)/m);
  return { process: server, origin: origin! };
};

/** A gateway that reads the plant's devices; resolves when it does. `origin` is that of its health. */
export const startGateway = async (options: {
  plant: string;
  log: string;
  name: string;
  env?: Record<string, string>;
}): Promise<{ process: TestProcess; origin: string }> => {
  const { plant, log, name, env } = options;
  const flags = { plant, log, gateway: name, 'health-port': '0' };
  const args = ['apps/gateway/dist/main.js', ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])];
  const gateway = new TestProcess(process.execPath, args, env);
  const [, origin] = await gateway.until(/^READY gateway .*?health (http:\/\/[^/\s]+)/m);
  return { process: gateway, origin: origin! };
};

/** The bonding line's devices on free ports; `env` holds the ports for the plant file. */
export const startDevices = async (options: {
  speed: number;
  plant?: string;
  env: Record<string, string>;
}): Promise<TestProcess> => {
  const args = [
    'simulations/plants/bonding-line/dist/main.js',
    '--speed',
    String(options.speed),
    ...(options.plant ? ['--plant', options.plant] : []),
  ];
  const devices = new TestProcess(process.execPath, args, options.env);
  await devices.until(/^DEVICES READY/m);
  return devices;
};

/** A folder that is gone when the spec file ends. */
export const tempDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'millwright-e2e-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
