/**
 * Copies a store from one simulated computer to another as rsync does, but in the worst order: file by file in any
 * order, each in pieces, with the writer going on in between. Each step of `pass` is one moment at which the copy may
 * be looked at, and at which the copying may be killed.
 */
import type { SeededRandom, SimulatedDisk, SimulatedProcess } from '@varve/core/testing';

/** What rsync does without options, and with `--inplace`, `--append-verify` and `--append`. */
export const copyModes = ['rename', 'inplace', 'append-verify', 'append'] as const;
export type CopyMode = (typeof copyModes)[number];

/** What is not copied. */
const notCopied = /^writer\.|\.tmp$|^(consumers|recovered)\//;

export class SimulatedCopy {
  private readonly disk: SimulatedDisk;
  private readonly target: SimulatedProcess;
  private readonly random: SeededRandom;
  private readonly directory: string;
  private temporaryFiles = 0;

  constructor(disk: SimulatedDisk, directory: string, random: SeededRandom) {
    this.disk = disk;
    this.target = disk.startProcess();
    this.directory = directory;
    this.random = random;
  }

  /** Copies all files once; `sourceOf` returns the source as it is at that moment. */
  *pass(sourceOf: () => SimulatedDisk, mode: CopyMode, removesOthers: boolean): Generator<string, undefined> {
    const names = storeFiles(sourceOf(), this.directory);
    // Modes that append leave files of the same size alone, and the head always has the same size.
    const isAppending = mode.startsWith('append');
    const order = this.shuffled(names.filter((name) => !isAppending || name !== 'head'));
    for (const name of order) yield* this.copyFile(sourceOf, name, mode);
    if (isAppending) yield* this.copyFile(sourceOf, 'head', 'rename');
    if (!removesOthers) return undefined;
    const { directory, target } = this;
    const left = new Set(storeFiles(sourceOf(), directory));
    for (const name of storeFiles(this.disk, directory)) {
      if (left.has(name)) continue;
      target.remove(`${directory}/${name}`);
      yield `removed ${name}`;
    }
    return undefined;
  }

  private *copyFile(sourceOf: () => SimulatedDisk, name: string, mode: CopyMode): Generator<string, undefined> {
    const { target, directory } = this;
    const path = `${directory}/${name}`;
    const source = bytesOf(sourceOf(), path);
    if (source === undefined) return undefined;
    target.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    const present = bytesOf(this.disk, path);
    if (mode === 'rename') {
      if (present?.equals(source) === true) return undefined;
      const temporary = `${directory}/.copied-${this.temporaryFiles++}`;
      yield* this.write(temporary, source, 0);
      target.rename(temporary, path);
      yield `replaced ${name}`;
      return undefined;
    }
    if (mode === 'inplace') {
      yield* this.overwrite(path, source, present);
      return undefined;
    }
    const length = present?.length ?? 0;
    if (length >= source.length) return undefined;
    yield* this.write(path, source, length);
    // At another moment: only what was read first counts, as in a real transfer.
    if (mode === 'append-verify' && bytesOf(this.disk, path)?.equals(source) === false) {
      yield* this.overwrite(path, source, bytesOf(this.disk, path));
    }
    return undefined;
  }

  /** Writes from the first byte that differs to the end, and cuts what is too long. */
  private *overwrite(path: string, source: Buffer, present: Buffer | undefined): Generator<string, undefined> {
    let same = 0;
    const shared = Math.min(source.length, present?.length ?? 0);
    while (same < shared && source[same] === present![same]) same++;
    if (same < source.length || present === undefined) yield* this.write(path, source, same);
    if (present !== undefined && present.length > source.length) {
      const file = this.target.open(path, 'write');
      file.truncate(source.length);
      file.close();
      yield `cut ${path}`;
    }
  }

  private *write(path: string, source: Buffer, from: number): Generator<string, undefined> {
    for (let at = from; at < source.length || at === from;) {
      // These are small enough to be written at once.
      const isWhole = /\/(head|store\.json)$/.test(path) || this.random.chance(0.3);
      const length = isWhole ? source.length - at : Math.min(source.length - at, this.random.between(1, 3000));
      const file = this.target.open(path, 'create');
      if (length > 0) file.write(source, at, length, at);
      file.close();
      at += length;
      if (length === 0) return undefined;
      yield `wrote ${path} up to ${at} of ${source.length}`;
    }
    return undefined;
  }

  private shuffled(names: readonly string[]): string[] {
    const left = [...names];
    return names.map(() => left.splice(this.random.below(left.length), 1)[0]!);
  }
}

function storeFiles(disk: SimulatedDisk, directory: string): string[] {
  return disk.medium
    .files()
    .filter(([path]) => path.startsWith(`${directory}/`))
    .map(([path]) => path.slice(directory.length + 1))
    .filter((name) => !notCopied.test(name));
}

function bytesOf(disk: SimulatedDisk, path: string): Buffer | undefined {
  const found = disk.medium.files().find(([each]) => each === path);
  return found === undefined ? undefined : Buffer.from(found[1].bytes);
}
