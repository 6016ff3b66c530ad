/** What the operating system refuses, in real files: locks, syncs and folders that cannot be had. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedDisk } from '../testing/simulated-disk.ts';
import { makeDurableDirectory } from './durable-directory.ts';
import { describeLockOwner, readLockOwner } from './lock-owner.ts';
import { nodeFileSystem } from './node-file-system.ts';
import { lockWithSqlite } from './sqlite-lock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const withCode = (code: string): Error => expect.objectContaining({ code }) as Error;

describe('a lock', () => {
  it('is had by one at a time, and given free once', () => {
    const path = join(directory, 'lock');
    const lock = lockWithSqlite(path);
    expect(lock).toBeDefined();
    expect(lockWithSqlite(path)).toBeUndefined();
    lock!.release();
    lock!.release();
    const next = lockWithSqlite(path);
    expect(next).toBeDefined();
    next!.release();
  });

  it('says in the words of the operating system why it cannot be had', () => {
    mkdirSync(join(directory, 'folder'));
    expect(() => lockWithSqlite(join(directory, 'folder'))).toThrow(withCode('EISDIR'));
    expect(() => lockWithSqlite(join(directory, 'missing', 'lock'))).toThrow(withCode('ENOENT'));
    const path = join(directory, 'other');
    writeFileSync(path, 'this is no database, and long enough that nobody takes it for one '.repeat(20));
    expect(() => lockWithSqlite(path)).toThrow(withCode('EILSEQ'));
    expect(readFileSync(path, 'utf8')).toContain('no database');
  });

  it('has a note of who holds it, or none that can be read', () => {
    const path = join(directory, 'note.json');
    expect(describeLockOwner(nodeFileSystem, path)).toBe('');
    for (const text of ['', 'null', '17', '{']) {
      writeFileSync(path, text);
      expect(readLockOwner(nodeFileSystem, path)).toBeUndefined();
    }
    writeFileSync(path, JSON.stringify({ processId: 17, host: 'here' }));
    expect(describeLockOwner(nodeFileSystem, path)).toBe(' by process 17 on here');
  });
});

describe('a file', () => {
  it('that was closed cannot be synced', async () => {
    const file = nodeFileSystem.open(join(directory, 'file'), 'create');
    file.close();
    await expect(file.syncLater()).rejects.toMatchObject({ code: 'EBADF' });
    expect(() => file.sync()).toThrow(withCode('EBADF'));
  });

  it('that is not there is not opened for reading', () => {
    expect(() => nodeFileSystem.open(join(directory, 'file'), 'read')).toThrow(withCode('ENOENT'));
  });
});

describe('folders that are made durable', () => {
  function made(path: string, failing: (synced: string) => string | undefined): string[] {
    const disk = new SimulatedDisk();
    disk.makeDirectory('/a/b');
    const fileSystem = disk.startProcess();
    const synced: string[] = [];
    const sync = fileSystem.syncDirectory.bind(fileSystem);
    fileSystem.syncDirectory = (each: string): void => {
      const code = failing(each);
      if (code !== undefined) throw Object.assign(new Error(code), { code });
      synced.push(each);
      sync(each);
    };
    makeDurableDirectory(fileSystem, path);
    return synced;
  }

  it('are synced as far up as this user can', () => {
    expect(made('/a/b/c/d', () => undefined)).toEqual(['/a/b/c', '/a/b', '/a', '/']);
    expect(made('/a/b/c', (each) => (each === '/' ? 'EACCES' : undefined))).toEqual(['/a/b', '/a']);
  });

  it('fail where a name that was just made cannot be synced, and where the disk fails', () => {
    expect(() => made('/a/b/c', (each) => (each === '/a/b' ? 'EACCES' : undefined))).toThrow(withCode('EACCES'));
    expect(() => made('/a/b/c', (each) => (each === '/' ? 'EIO' : undefined))).toThrow(withCode('EIO'));
    const nameless = (): never =>
      made('/a/b/c', (each) => {
        if (each === '/') throw new Error('no code');
        return undefined;
      }) as never;
    expect(nameless).toThrow('no code');
  });
});

// Node.js refuses such a call: an accepted commit of more than 2 GiB ended the writer.
describe('more than 2 GiB at once', () => {
  const more = 2 ** 31 + 1;

  it('are read in as many calls as it takes', () => {
    const path = join(directory, 'file');
    writeFileSync(path, 'abc');
    const file = nodeFileSystem.open(path, 'read');
    expect(file.read(Buffer.allocUnsafeSlow(more), 0, more, 1)).toBe(2);
    file.close();
  });

  it.skipIf(process.platform === 'win32')('are written in as many calls as it takes', () => {
    const file = nodeFileSystem.open('/dev/null', 'write');
    const count = file.write(Buffer.allocUnsafeSlow(more), 0, more, 0);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(2 ** 31);
    file.close();
  });
});
