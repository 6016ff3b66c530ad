/**
 * The code samples of the founding documents, each a program of its own in `seed-samples/`, run as they are there: only import
 * lines differ, and what was cut short in the text is completed and says so.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

const folder = join(import.meta.dirname, 'seed-samples');
/** One segment, from which the torn bytes were cut; then the events before and after. */
const recovered = ['1 40', '1 2 3', '3'];
const oneToTen = '1 2 3 4 5 6 7 8 9 10';

/** For each sample, what its program prints. */
const samples: Readonly<Record<string, readonly string[]>> = {
  usage: ["{ foo: 'bar' }", 'written'],
  'derived-stream': ['FooHappened', 'BarHappened', '3'],
  'optimistic-concurrency': [
    'conflict my-stream 3 4',
    '{ Any: -1, EmptyStream: 0 }',
    'committed [ { amount: 5, before: 3 } ]',
  ],
  consumer: ['{ someValue: 1 }', '{ someValue: 2 }', 'caught up', 'again { someValue: 3 }'],
  'exactly-once': ['{ projectedValue: 10 }'],
  'read-only': ['{ projectedValue: 50 }'],
  'serializer-messagepack': ['3 1 true anna', 'INVALID_OPTION'],
  'serializer-lz4': ['3 1 true anna', 'INVALID_OPTION'],
  'fixed-partitions': [oneToTen, 'partition-0 partition-1 partition-2'],
  chunks: [oneToTen, 'partition0 partition1 partition2'],
  'hash-partitions': [oneToTen, Array.from({ length: 8 }, (_, n) => `partition-${n}`).join(' ')],
  'time-partitions': ['1 true'],
  'lock-reclaim': ['SIGKILL', ...recovered],
  'crash-recovery': ['SIGKILL', 'ready', ...recovered],
  'enable-recovery': ['SIGKILL', 'ready', ...recovered],
  'strict-durability': ['2'],
  'sync-on-flush': ['0', '1'],
  'dirty-reads': ['0', '1'],
  reindex: ['[]', 'true', '500 [ { n: 1498 } ]'],
  'hmac-secret': ['1', '2'],
  'matcher-again': ['0 1', '1 2', 'MATCHER_MISMATCH my-projection-stream'],
  'access-control-of-store': [
    'Not authorized to write to this stream',
    "[ { type: 'UserCreated', id: 1 } ] false",
    'Not authorized to read from this stream',
  ],
  'access-control-of-storage': [
    'write admin admin',
    'write someone user',
    'read 1 admin',
    'read 2 user',
    'read 2 user',
    'UserCreated',
    'read 1 admin',
    'AdminAction',
    'admin someone',
  ],
};

describe('the sample', () => {
  it.each(Object.entries(samples))('%s does what it says', (name, printed) => {
    const options = { cwd: temporaryDirectory(), encoding: 'utf8' } as const;
    const output = execFileSync(process.execPath, [join(folder, `${name}.js`)], options);
    expect(output.trim().split('\n')).toEqual(printed);
  });

  it('is there for each row of the list, and listed when it is there', () => {
    const programs = readdirSync(folder).filter((name) => name.endsWith('.js'));
    expect(Object.keys(samples).sort()).toEqual(programs.map((name) => name.replace(/\.js$/, '')).sort());
    const list = readFileSync(join(folder, 'README.md'), 'utf8');
    const listed = [...list.matchAll(/^\| .* \| `([\w-]+)`/gm)].map(([, name]) => name!);
    expect(listed.sort()).toEqual(Object.keys(samples).sort());
  });
});
