/** The directory of a run: a temporary one is removed, the user's stays as it was. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JobDirectory } from './job-directory.ts';
import { UsageError } from './options.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'job-directory-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the directory of a run', () => {
  it('is a new one, which goes with the run', () => {
    let path: string;
    {
      using directory = new JobDirectory(undefined);
      ({ path } = directory);
      writeFileSync(join(path, 'file'), '');
    }
    expect(existsSync(path)).toBe(false);
  });

  it('is the one that was asked for, which stays', () => {
    const path = join(folder, 'some', 'where');
    {
      using directory = new JobDirectory(path);
      writeFileSync(join(directory.path, 'file'), '');
    }
    expect(readdirSync(path)).toEqual(['file']);
  });

  it('may exist already when it is empty', () => {
    const path = join(folder, 'empty');
    mkdirSync(path);
    using directory = new JobDirectory(path);
    expect(directory.path).toBe(path);
  });

  it('must not hold anything', () => {
    writeFileSync(join(folder, 'letter.txt'), '');
    expect(() => new JobDirectory(folder)).toThrow(UsageError);
    expect(() => new JobDirectory(folder)).toThrow('is not empty (letter.txt)');
    expect(readdirSync(folder)).toEqual(['letter.txt']);
  });

  it('must not lie below a file', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => new JobDirectory(join(file, 'below'))).toThrow(UsageError);
  });
});
