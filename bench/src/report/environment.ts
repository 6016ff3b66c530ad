import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** What a reader of the figures must know about where they come from. */
export interface Environment {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly fileSystem: string;
  /** The mean number of runnable processes over the last minute: the other load on the machine. */
  readonly loadBefore: number;
}

/** The numbers by which statfs(2) of Linux identifies the usual file systems. */
const fileSystemNames: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x01021994: 'tmpfs',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x2fc12fc1: 'zfs',
  0x794c7630: 'overlayfs',
  0x6969: 'nfs',
};

export function readEnvironment(directory: string): Environment {
  const { type } = statfsSync(directory);
  return {
    node: process.version,
    platform: `${platform()} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    fileSystem: fileSystemNames[type] ?? `0x${type.toString(16)}`,
    loadBefore: loadavg()[0] ?? 0,
  };
}

export function formatEnvironment({
  node,
  platform,
  cpu,
  cores,
  memoryBytes,
  fileSystem,
  loadBefore,
}: Environment): string {
  const memory = `${(memoryBytes / 1e9).toFixed(0)} GB`;
  return `Node ${node}, ${cpu} x ${cores}, ${memory}, ${platform}, ${fileSystem}, load before ${loadBefore.toFixed(2)}`;
}
