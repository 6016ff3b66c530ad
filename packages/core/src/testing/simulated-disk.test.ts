import { describe, expect, it } from 'vitest';
import type { FileSystem } from '../file-system/file-system.ts';
import { crashStates } from './crash-states.ts';
import { failNth } from './fault.ts';
import type { Medium } from './medium.ts';
import { SeededRandom } from './seeded-random.ts';
import { replay, SimulatedDisk } from './simulated-disk.ts';

function write(process: FileSystem, path: string, text: string, position = 0): void {
  const file = process.open(path, 'create');
  const bytes = Buffer.from(text);
  expect(file.write(bytes, 0, bytes.length, position)).toBe(bytes.length);
  file.close();
}

function sync(process: FileSystem, path: string): void {
  const file = process.open(path, 'write');
  file.sync();
  file.close();
}

function contents(medium: Medium): Record<string, string> {
  return Object.fromEntries(medium.files().map(([path, file]) => [path, Buffer.from(file.bytes).toString()]));
}

function states(medium: Medium, randomStates = 0): Record<string, string>[] {
  return [...crashStates(medium, { random: new SeededRandom(1), randomStates })].map((state) => contents(state.medium));
}

describe('SimulatedDisk', () => {
  it('lets processes see what others wrote, before it is synced', () => {
    const disk = new SimulatedDisk();
    write(disk.startProcess(), '/a', 'one');
    const other = disk.startProcess();
    expect(other.stat('/a')?.sizeBytes).toBe(3);
    expect(other.list('/')).toEqual(['a']);
    const target = Buffer.alloc(8);
    expect(other.open('/a', 'read').read(target, 1, 7, 1)).toBe(2);
    expect(target.toString('latin1', 1, 3)).toBe('ne');
  });

  it('fails like an operating system', () => {
    const disk = new SimulatedDisk();
    const process = disk.startProcess();
    write(process, '/file', 'x');
    expect(() => process.open('/none', 'read')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => process.open('/none/a', 'create')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => process.makeDirectory('/file/a')).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(() => process.stat('/file/a')).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(process.list('/none')).toBeUndefined();
    expect(process.stat('/none')).toBeUndefined();
    expect(() => process.remove('/none')).not.toThrow();
  });

  it('frees the locks of a process that is killed, and lets it do nothing more', () => {
    const disk = new SimulatedDisk();
    const first = disk.startProcess();
    const second = disk.startProcess();
    expect(first.lock('/lock')).toBeDefined();
    expect(first.lock('/lock')).toBeUndefined();
    expect(second.lock('/lock')).toBeUndefined();
    first.kill();
    expect(() => first.stat('/lock')).toThrow();
    const lock = second.lock('/lock');
    lock?.release();
    expect(second.lock('/lock')).toBeDefined();
  });

  it('delivers hints when it is told to', () => {
    const disk = new SimulatedDisk();
    const process = disk.startProcess();
    let hints = 0;
    const watch = process.watch('/a', () => hints++);
    write(process, '/b', 'x');
    expect(hints).toBe(0);
    disk.deliverHints('/b');
    disk.deliverHints('/a');
    disk.deliverHints();
    expect(hints).toBe(2);
    watch.close();
    disk.deliverHints();
    expect(hints).toBe(2);
  });

  it('fails the calls that a test chose', async () => {
    const disk = new SimulatedDisk();
    const process = disk.startProcess();
    disk.faults = failNth({ kinds: ['write'], nth: 1, fault: { shortBytes: 2 } });
    const file = process.open('/a', 'create');
    const bytes = Buffer.from('abcd');
    expect([0, 1, 2].map(() => file.write(bytes, 0, 4, 0))).toEqual([4, 2, 4]);
    disk.faults = failNth({ kinds: ['sync'], nth: 1, isLasting: true, fault: { code: 'EIO' } });
    file.sync();
    expect(() => file.sync()).toThrow(expect.objectContaining({ code: 'EIO' }));
    await expect(file.syncLater()).rejects.toMatchObject({ code: 'EIO' });
  });

  it('is full when its files take what it has room for', () => {
    const disk = new SimulatedDisk();
    const process = disk.startProcess();
    write(process, '/a', '12345678');
    disk.capacityBytes = 10;
    const file = process.open('/b', 'create');
    const bytes = Buffer.from('abcd');
    expect(file.write(bytes, 0, 4, 0)).toBe(2);
    expect(() => file.write(bytes, 2, 2, 2)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    // Overwriting takes no room.
    expect(file.write(bytes, 0, 2, 0)).toBe(2);
    process.remove('/a');
    expect(file.write(bytes, 2, 2, 2)).toBe(2);
  });
});

describe('crash states', () => {
  it('are one when everything was synced, names included', () => {
    const disk = new SimulatedDisk();
    const process = disk.startProcess();
    write(process, '/a', 'one');
    sync(process, '/a');
    process.syncDirectory('/');
    expect(states(disk.medium, 10)).toEqual([{ '/a': 'one' }]);
  });

  it('drop, zero and tear what was not synced', () => {
    const disk = new SimulatedDisk();
    const process = disk.startProcess();
    write(process, '/a', 'x'.repeat(512));
    sync(process, '/a');
    process.syncDirectory('/');
    write(process, '/a', 'y'.repeat(1024), 256);
    const found = states(disk.medium).map((files) => files['/a']!.replaceAll('\0', '0').replaceAll(/(.)\1+/g, shorten));
    expect(found).toEqual([
      'x256y1024',
      'x512',
      'x5120768',
      'x512',
      'x5120768',
      'x256y256',
      'x512y768',
      'x256y768',
      'x5120512y256',
    ]);
  });

  it('lose names that were not synced, whatever was synced in the file', () => {
    const disk = new SimulatedDisk();
    const process = disk.startProcess();
    process.makeDirectory('/d');
    write(process, '/d/a', 'one');
    sync(process, '/d/a');
    process.syncDirectory('/d');
    expect(states(disk.medium)).toEqual([{ '/d/a': 'one' }, {}, {}]);
    process.syncDirectory('/');
    expect(states(disk.medium)).toEqual([{ '/d/a': 'one' }]);
  });

  it('keep a rename whole', () => {
    const disk = new SimulatedDisk();
    const process = disk.startProcess();
    write(process, '/a', 'old');
    write(process, '/b', 'new');
    for (const path of ['/a', '/b']) sync(process, path);
    process.syncDirectory('/');
    process.rename('/b', '/a');
    const both = JSON.stringify({ '/a': 'old', '/b': 'new' });
    expect(new Set(states(disk.medium, 20).map((files) => JSON.stringify(files)))).toEqual(
      new Set([JSON.stringify({ '/a': 'new' }), both]),
    );
  });

  it('lose what a failed sync gave up, although a later one succeeded', () => {
    const disk = new SimulatedDisk();
    const process = disk.startProcess();
    write(process, '/a', 'one');
    process.syncDirectory('/');
    disk.faults = failNth({ kinds: ['sync'], nth: 0, fault: { code: 'EIO', losesWrites: true } });
    expect(() => sync(process, '/a')).toThrow();
    sync(process, '/a');
    expect(contents(disk.medium)).toEqual({ '/a': 'one' });
    expect(states(disk.medium)).toEqual([{ '/a': '' }]);
  });

  it('are the same for the same seed, and leave the disk as it was', () => {
    const disk = new SimulatedDisk();
    const process = disk.startProcess();
    for (let index = 0; index < 5; index++) write(process, `/${index}`, 'x'.repeat(2000));
    const before = contents(disk.medium);
    expect(states(disk.medium, 50)).toEqual(states(disk.medium, 50));
    expect(contents(disk.medium)).toEqual(before);
  });

  it('keep what was written, whatever the writer does with its memory afterwards', () => {
    const disk = new SimulatedDisk();
    const start = disk.medium.copy();
    const file = disk.startProcess().open('/a', 'create');
    const bytes = Buffer.from('one');
    file.write(bytes, 0, 3, 0);
    bytes.write('two');
    const found = [...replay(start, disk.operations)].at(-1)!;
    expect([contents(disk.medium), contents(found)]).toEqual([{ '/a': 'one' }, { '/a': 'one' }]);
  });

  it('come at every recorded operation', () => {
    const disk = new SimulatedDisk();
    const start = disk.medium.copy();
    const process = disk.startProcess();
    write(process, '/a', 'one');
    sync(process, '/a');
    process.rename('/a', '/b');
    process.syncDirectory('/');
    process.remove('/b');
    const steps = [...replay(start, disk.operations)].length;
    expect(steps).toBe(7);
    const seen: string[] = [];
    for (const medium of replay(start, disk.operations)) seen.push(JSON.stringify(contents(medium)));
    expect(seen).toEqual(['{}', '{"/a":""}', '{"/a":"one"}', '{"/a":"one"}', '{"/b":"one"}', '{"/b":"one"}', '{}']);
    expect(contents(start)).toEqual({});
  });
});

describe('SeededRandom', () => {
  it('repeats itself, and covers its range', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 1000 },
        (
          (random) => () =>
            random.between(3, 9)
        )(new SeededRandom(seed)),
      );
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect([...new Set(draw(7))].toSorted((left, right) => left - right)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });
});

/** `yyy` -> `y3`. */
function shorten(run: string): string {
  return `${run.slice(0, 1)}${run.length}`;
}
