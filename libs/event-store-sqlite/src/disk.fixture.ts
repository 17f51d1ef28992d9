import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small disk of its own, that can be filled, and made read-only. Mounting needs root, as CI runs. */
export class SmallDisk {
  readonly path: string;

  constructor(megabytes: number) {
    this.path = mkdtempSync(join(tmpdir(), 'millwright-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', this.path], { stdio: 'pipe' });
    } catch (error) {
      rmdirSync(this.path);
      throw new Error('these tests mount a small tmpfs and need the right to (root); run them as root', {
        cause: error,
      });
    }
  }

  /** Free bytes. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Takes all room but so many bytes with a file, and gives its path. */
  fill(leave = 0): string {
    const file = join(this.path, 'ballast');
    writeFileSync(file, Buffer.alloc(Math.max(0, this.free - leave)));
    return file;
  }

  remount(how: 'ro' | 'rw'): void {
    execFileSync('mount', ['-o', `remount,${how}`, this.path], { stdio: 'pipe' });
  }

  unmount(): void {
    // Lazily: a test that fails may have left files open.
    execFileSync('umount', ['-l', this.path], { stdio: 'pipe' });
    rmdirSync(this.path);
  }
}

/** A disk with ext4 in a file, that can be made to fail as a real one does: the system takes it read-only at the first error. */
export class FailingDisk {
  readonly path: string;
  private readonly image: string;

  constructor(megabytes: number) {
    this.path = mkdtempSync(join(tmpdir(), 'millwright-disk-'));
    this.image = `${this.path}.img`;
    const file = openSync(this.image, 'w');
    ftruncateSync(file, megabytes * 1024 * 1024);
    closeSync(file);
    try {
      execFileSync('mkfs.ext4', ['-q', this.image], { stdio: 'pipe' });
      this.mount();
    } catch (error) {
      rmdirSync(this.path);
      rmSync(this.image);
      throw new Error('these tests mount an ext4 image (mkfs.ext4, loop device) and need root', { cause: error });
    }
  }

  mount(): void {
    execFileSync('mount', ['-o', 'loop,errors=remount-ro', this.image, this.path], { stdio: 'pipe' });
  }

  /** From now on nothing can be written, until the file system has been checked and mounted again. */
  fail(): void {
    const devices = execFileSync('losetup', ['-j', this.image], { encoding: 'utf8' });
    const device = /^\/dev\/(loop\d+):/.exec(devices)![1]!;
    writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, '1');
  }

  /** What a person does then: unmount, check, mount. */
  repair(): void {
    execFileSync('umount', [this.path], { stdio: 'pipe' });
    try {
      execFileSync('fsck.ext4', ['-p', '-f', this.image], { stdio: 'pipe' });
    } catch (error) {
      // 1: errors were corrected.
      if ((error as { status?: number }).status !== 1) throw error;
    }
    this.mount();
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.path], { stdio: 'pipe' });
    rmdirSync(this.path);
    rmSync(this.image);
  }
}
