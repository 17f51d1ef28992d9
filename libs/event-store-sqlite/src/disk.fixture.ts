import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' });

/** Takes down what was put up, the last one first, all of it. */
class Undo {
  private readonly steps: (() => void)[] = [];

  /** Does something that is undone with the rest; when it fails, the rest is undone at once. */
  do(step: () => void, undo: () => void, need: string): void {
    try {
      step();
      this.steps.push(undo);
    } catch (error) {
      this.all();
      throw new Error(`these tests ${need}; run them as root, on Linux`, { cause: error });
    }
  }

  all(): void {
    for (const undo of this.steps.splice(0).reverse()) undo();
  }
}

const PREFIX = 'millwright-disk-';

/** A folder of its own for what is mounted, named by this process. */
const folder = (undo: Undo): string => {
  sweep();
  const path = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  undo.do(
    () => undefined,
    () => rmSync(path, { recursive: true }),
    'make a folder',
  );
  return path;
};

/** What the tests of a process have left that was killed. */
const sweep = (): void => {
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX) && !isAlive(Number(name.split('-')[2])));
  for (const name of left) {
    const path = join(tmpdir(), name);
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1]!);
    for (const mount of mounts.reverse()) if (mount === path || mount?.startsWith(`${path}/`)) unmount(mount);
    rmSync(path, { recursive: true, force: true });
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Lazily, since a test that fails may have left files open. */
const unmount = (path: string): string => run('umount', '-l', path);

/** Makes a file with ext4 in it, and mounts that. */
const mountImage = (undo: Undo, image: string, path: string, megabytes: number): void => {
  const make = (): void => {
    mkdirSync(path);
    const file = openSync(image, 'w');
    ftruncateSync(file, megabytes * 1024 * 1024);
    closeSync(file);
    run('mkfs.ext4', '-q', image);
    run('mount', '-o', 'loop,errors=remount-ro', image, path);
  };
  undo.do(make, () => unmount(path), 'mount an ext4 file system in a file (mkfs.ext4, a loop device)');
};

/** A small disk that can be filled. */
export class SmallDisk {
  readonly path: string;
  private readonly undo = new Undo();

  constructor(megabytes: number) {
    this.path = folder(this.undo);
    const mount = (): string => run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', this.path);
    this.undo.do(mount, () => unmount(this.path), 'mount a small tmpfs');
  }

  /** Free bytes. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Takes all room but so many bytes. */
  fill(leave = 0): void {
    appendFileSync(this.ballast, Buffer.alloc(Math.max(0, this.free - leave)));
  }

  /** Gives back what was taken. */
  makeRoom(): void {
    rmSync(this.ballast);
  }

  private get ballast(): string {
    return join(this.path, 'ballast');
  }

  /** No file is open on it. */
  makeReadOnly(): void {
    run('mount', '-o', 'remount,ro', this.path);
  }

  unmount(): void {
    this.undo.all();
  }
}

/** A disk that fails as a real one does: the system takes it read-only at the first error. */
export class FailingDisk {
  readonly path: string;
  private readonly image: string;
  private readonly undo = new Undo();

  constructor() {
    const top = folder(this.undo);
    this.path = join(top, 'disk');
    this.image = join(top, 'image');
    mountImage(this.undo, this.image, this.path, 48);
  }

  /** From now on nothing can be written, until the file system has been checked and mounted again. */
  fail(): void {
    const [, device] = /^\/dev\/(loop\d+):/.exec(run('losetup', '-j', this.image))!;
    writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, '1');
  }

  /** What a person does then: unmount, check, mount. */
  repair(): void {
    run('umount', this.path);
    try {
      run('fsck.ext4', '-p', '-f', this.image);
    } catch (error) {
      // 1: errors were corrected.
      if ((error as { status?: number }).status !== 1) throw error;
    }
    run('mount', '-o', 'loop,errors=remount-ro', this.image, this.path);
  }

  /** Whether a file takes no writes, also of who has it open. */
  protect(file: string, yes: boolean): void {
    run('chattr', yes ? '+i' : '-i', file);
  }

  unmount(): void {
    this.undo.all();
  }
}

/** A disk that can stall: what is written gets as far as the system's memory, and an fsync waits. It is a file on a disk that is frozen. */
export class StallingDisk {
  readonly path: string;
  private readonly below: string;
  /** Lets the disk go on in a while, should this process come to its end before. */
  private guard: ChildProcess | undefined;
  private readonly undo = new Undo();

  constructor() {
    const top = folder(this.undo);
    this.below = join(top, 'below');
    this.path = join(top, 'disk');
    mountImage(this.undo, join(top, 'image'), this.below, 96);
    mountImage(this.undo, join(this.below, 'image'), this.path, 48);
  }

  stall(): void {
    this.guard = spawn('sh', ['-c', 'sleep 60; fsfreeze -u "$0"', this.below], { detached: true, stdio: 'ignore' });
    this.guard.unref();
    run('fsfreeze', '-f', this.below);
  }

  goOn(): void {
    if (!this.guard) return;
    run('fsfreeze', '-u', this.below);
    process.kill(-this.guard.pid!, 'SIGKILL');
    this.guard = undefined;
  }

  unmount(): void {
    this.goOn();
    this.undo.all();
  }
}
