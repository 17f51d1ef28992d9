import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { withDeadline } from '@millwright/edge';

const SCRIPT = fileURLToPath(new URL('pymodbus.fixture.py', import.meta.url));

/** A line of the script: values in the words of pymodbus's payload builder, or bits. */
export type Setting = { readonly table: string; readonly register: number } & (
  | { readonly encode: readonly (readonly [kind: string, value: number | string])[]; readonly wordorder?: string }
  | { readonly bits: readonly boolean[] }
);

/**
 * A device that is not ours and not of the library we use: unit 9 of Debian's python3-pymodbus (scripts/setup-peers.mjs brings it), in a process
 * of its own. Addresses that were never set do not exist.
 */
export class PymodbusDevice {
  port = 0;
  private readonly settings = new Map<string, Setting>();
  private process: { child: ChildProcess; lines: AsyncIterator<string>; exited: Promise<unknown> } | undefined;

  static async started(): Promise<PymodbusDevice> {
    const device = new PymodbusDevice();
    await device.start();
    return device;
  }

  /** On the port it had, with the values it had; does nothing when it is running. */
  async start(): Promise<void> {
    if (this.process) return;
    const child = spawn('/usr/bin/python3', [SCRIPT, String(this.port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', () => undefined); // it may be gone already
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.process = { child, lines, exited: once(child, 'exit') };
    this.port = Number(await this.line());
    for (const setting of this.settings.values()) await this.send(setting);
  }

  async set(setting: Setting): Promise<void> {
    this.settings.set(`${setting.table} ${setting.register}`, setting);
    if (this.process) await this.send(setting);
  }

  /** Without a goodbye. */
  async kill(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    process?.child.kill('SIGKILL');
    await process?.exited;
  }

  private async send(setting: Setting): Promise<void> {
    this.process!.child.stdin!.write(`${JSON.stringify(setting)}\n`);
    const answer = await this.line();
    if (answer !== 'ok') throw new Error(`pymodbus said: ${answer}`);
  }

  private async line(): Promise<string> {
    const { value, done } = await withDeadline(this.process!.lines.next(), 60_000, 'pymodbus');
    if (done) throw new Error('pymodbus ended; its standard error is above');
    return value;
  }
}
