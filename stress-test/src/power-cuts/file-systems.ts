/** The file systems to test, and the tools that make and mount them. Linux, as root. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

export interface FileSystemKind {
  readonly name: string;
  readonly type: 'ext4' | 'xfs' | 'btrfs';
  /** Options of `mount`. */
  readonly options: readonly string[];
  /**
   * Whether it makes the disk flush its cache. Without that, nothing is durable on a disk with a volatile cache; such a file
   * system is tested on a disk that loses nothing.
   */
  readonly flushes: boolean;
}

export const fileSystemKinds: readonly FileSystemKind[] = [
  { name: 'ext4 ordered', type: 'ext4', options: ['data=ordered'], flushes: true },
  { name: 'ext4 journal', type: 'ext4', options: ['data=journal'], flushes: true },
  { name: 'ext4 writeback', type: 'ext4', options: ['data=writeback'], flushes: true },
  { name: 'ext4 nobarrier', type: 'ext4', options: ['data=ordered', 'barrier=0'], flushes: false },
  { name: 'xfs', type: 'xfs', options: [], flushes: true },
  { name: 'btrfs', type: 'btrfs', options: [], flushes: true },
];

const megabyte = 1024 * 1024;
const making = {
  ext4: { sizeBytes: 24 * megabyte, command: ['mkfs.ext4', '-q', '-F', '-b', '4096', '-E', 'nodiscard'] },
  xfs: { sizeBytes: 304 * megabyte, command: ['mkfs.xfs', '-q', '-f', '-K'] },
  btrfs: { sizeBytes: 128 * megabyte, command: ['mkfs.btrfs', '-q', '-f', '-K'] },
} as const;

/** The smallest part of a write that may reach the disk alone. The superblocks of ext4 and btrfs rely on the 4 KiB of today's disks. */
export function sectorBytesOf({ type }: FileSystemKind): number {
  return type === 'xfs' ? 512 : 4096;
}

/** What this machine lacks for power cuts; undefined when it lacks nothing. */
export function whatIsMissing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid!() !== 0) return 'power cuts need Linux, and root';
  for (const path of ['/dev/fuse', '/dev/loop-control']) if (!fs.existsSync(path)) return `there is no ${path}`;
  const probe = spawnSync('losetup', ['--find']);
  if (probe.status !== 0) return 'there is no free loop device';
  const directory = fs.mkdtempSync('/tmp/varve-may-mount-');
  try {
    const { status } = spawnSync('mount', ['-t', 'tmpfs', 'varve-may-mount', directory]);
    if (status !== 0) return 'this machine lets nobody mount';
    run('umount', directory);
  } finally {
    fs.rmdirSync(directory);
  }
  return undefined;
}

/** The tools that must be installed before the kind can be tested; empty when none. */
export function missingTools(kind: FileSystemKind): readonly string[] {
  return making[kind.type].command.slice(0, 1).filter((tool) => spawnSync(tool, ['-V']).error !== undefined);
}

/** Whether the kernel has the file system. */
export function isKnown({ type }: FileSystemKind): boolean {
  return fs.readFileSync('/proc/filesystems', 'utf8').split(/\s+/u).includes(type);
}

export function makeFileSystem({ type }: FileSystemKind, image: string): void {
  const { sizeBytes, command } = making[type];
  fs.writeFileSync(image, '');
  fs.truncateSync(image, sizeBytes);
  const [program, ...options] = command;
  run(program, ...options, image);
}

/** Mounts an image over a loop device; returns the device. Two disks with the same id are never mounted at once. */
export function mountImage(kind: FileSystemKind, image: string, directory: string): string {
  const device = run('losetup', '--find', '--show', image).trim();
  try {
    // The kernel remembers disks with this id, and treats an older state as a wrong one.
    if (kind.type === 'btrfs') spawnSync('btrfs', ['device', 'scan', '--forget']);
    const options = ['noatime', ...kind.options].join(',');
    run('mount', '-t', kind.type, '-o', options, device, directory);
  } catch (error) {
    spawnSync('losetup', ['--detach', device]);
    throw error;
  }
  return device;
}

export function unmount(directory: string, device: string): void {
  run('umount', directory);
  run('losetup', '--detach', device);
}

/** Removes what a killed run left: mounts and loop devices whose files are below the directory, and the directory itself. */
export function cleanUp(directory: string): void {
  const listed = spawnSync('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE'], { encoding: 'utf8' });
  const devices = listed.stdout.split('\n').map((each) => each.trim().split(/\s+/u));
  for (const path of mountsBelow(directory)) spawnSync('umount', ['--lazy', path]);
  for (const [device, file] of devices) {
    if (file?.startsWith(`${directory}/`) === true) spawnSync('losetup', ['--detach', device!]);
  }
  fs.rmSync(directory, { recursive: true, force: true });
}

/** The last one first: a file system comes before the disk that it is on. */
function mountsBelow(directory: string): string[] {
  const mounts = fs.readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const paths = mounts.map((each) => each.split(' ')[1] ?? '');
  return paths.filter((each) => each.startsWith(`${directory}/`)).toReversed();
}

/** Runs a program to its end; when it fails, throws an error with its output. */
export function run(program: string, ...values: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, values, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${program} ${values.join(' ')}: ${error?.message ?? stderr}`);
}
