/** Mistakes of users and machines: each gives an error with a code and a hint, and leaves everything as it was. */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReadOnlyEventStore } from '@varve/core';
import { describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { anotherUserMayReadThis, isRoot } from './processes/another-user.ts';
import { Child } from './processes/child.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Everything below a directory, as text that can be compared, except the note of who opened the store last. */
function contents(directory: string): Record<string, string> {
  const all = readdirSync(directory, { recursive: true, withFileTypes: true });
  const entries = all.filter(({ name }) => name !== 'writer.json');
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path).toString('base64') : 'no file'];
    }),
  );
}

function failure(code: string): Error {
  return expect.objectContaining({ code, hint: expect.stringMatching(/\w/) as string }) as Error;
}

/** The code of the error; says so when it had no hint, or when files were changed. */
function refusal(directory: string, action: () => unknown): string {
  const before = JSON.stringify(contents(directory));
  let outcome = 'no error';
  try {
    action();
  } catch (error) {
    const { code, hint } = error as { readonly code?: string; readonly hint?: string };
    outcome = code === undefined ? String(error) : code + (hint === undefined ? ' without a hint' : '');
  }
  return JSON.stringify(contents(directory)) === before ? outcome : `${outcome}, and changed files`;
}

async function storeWithEvents(storageDirectory: string, name = 'shop'): Promise<void> {
  await using store = new EventStore(name, { storageDirectory });
  store.commit('orders', [{ n: 1 }, { n: 2 }]);
}

describe('malformed options', () => {
  const bad: readonly [what: string, config: unknown][] = [
    ['no object', 5],
    ['no object', 'data'],
    ['null', null],
    ['an unknown name', { storageDir: './data' }],
    ['a name that objects have', { toString: () => 'x' }],
    ['no path', { storageDirectory: 7 }],
    ['an empty path', { storageDirectory: '' }],
    ['a path with NUL', { storageDirectory: 'a\0b' }],
    ['no boolean', { readOnly: 'yes' }],
    ['no function', { streamMetadata: {} }],
    ['no object of options', { storageConfig: 5 }],
    ['null for options', { storageConfig: null }],
    ['an unknown option of the storage', { storageConfig: { buffer: 1 } }],
    ['a size of 0', { storageConfig: { writeBufferSize: 0 } }],
    ['a negative size', { storageConfig: { segmentBytes: -1 } }],
    ['a fraction', { storageConfig: { readCacheBytes: 1.5 } }],
    ['NaN', { storageConfig: { maxOpenFiles: NaN } }],
    ['Infinity', { storageConfig: { maxCommitBytes: Infinity } }],
    ['a size as text', { storageConfig: { pollIntervalMs: '100' } }],
    ['null for a size', { storageConfig: { maxWriteBufferDocuments: null } }],
    ['half a serializer', { storageConfig: { serializer: { serialize: String } } }],
    ['an unknown serializer', { storageConfig: { serializer: 'xml' } }],
    ['an unknown partitioner', { storageConfig: { partitioner: 'random' } }],
    ['another symbol for the lock', { storageConfig: { lock: Symbol('reclaim') } }],
    ['no boolean for syncOnFlush', { storageConfig: { syncOnFlush: 1 } }],
  ];

  it.each(bad)('are refused before anything is made: %s', (_what, config) => {
    const storageDirectory = temporaryDirectory();
    const isObject = typeof config === 'object' && config !== null;
    const given = isObject && !('storageDirectory' in config) ? { storageDirectory, ...config } : config;
    expect(refusal(storageDirectory, () => new EventStore('shop', given as object))).toBe('INVALID_OPTION');
  });

  it.each(['', '.', '..', '../up', 'a/b', '/abs', 'x'.repeat(101), 'é', 'a b', ' ', 'a\0', 7, null, {}])(
    'are refused for the name of a store: %j',
    (name) => {
      const storageDirectory = temporaryDirectory();
      for (const readOnly of [false, true]) {
        const open = () => new EventStore(name as string, { storageDirectory, readOnly });
        expect(refusal(storageDirectory, open)).toBe('INVALID_OPTION');
      }
    },
  );

  it('are refused for readers, too', async () => {
    const storageDirectory = temporaryDirectory();
    await storeWithEvents(storageDirectory);
    for (const config of [
      { watch: 'no' },
      { readCacheBytes: 0 },
      { syncOnFlush: true },
      { serializer: 'xml' },
      null,
      3,
    ]) {
      const given = typeof config === 'object' && config !== null ? { storageDirectory, ...config } : config;
      expect(refusal(storageDirectory, () => new ReadOnlyEventStore('shop', given as object))).toBe('INVALID_OPTION');
    }
  });

  it('are refused for consumers, too', async () => {
    const storageDirectory = temporaryDirectory();
    await using store = new EventStore('shop', { storageDirectory });
    const attempts: (() => unknown)[] = [
      () => store.getConsumer('s', 'c', {}, 0, { checkpoint: { everyEvents: 0 } }),
      () => store.getConsumer('s', 'c', {}, 0, { every: 5 } as object),
      () => store.getConsumer('s', 'c', {}, 0, null as never),
      () => store.getConsumer('s', 'c', {}, -1),
      () => store.getConsumer('s', 'c', {}, 1.5),
      () => store.getConsumer('s', ''),
      () => store.getConsumer('s', 7 as never),
      () => store.getConsumer('s', '\ud800'),
    ];
    for (const attempt of attempts) expect(refusal(storageDirectory, attempt)).toBe('INVALID_OPTION');
    for (const name of ['', '\ud800', 7 as never]) {
      expect(refusal(storageDirectory, () => store.getConsumer(name, 'c'))).toBe('INVALID_STREAM_NAME');
    }
  });

  it('must fit the store that is there', async () => {
    const storageDirectory = temporaryDirectory();
    const serializer = { serialize: JSON.stringify, deserialize: JSON.parse as (data: string) => unknown };
    const partitioner = () => 'one';
    await using made = new EventStore('shop', { storageDirectory, storageConfig: { serializer, partitioner } });
    made.commit('s', { n: 1 });
    await made.close();
    for (const storageConfig of [
      {},
      { serializer },
      { partitioner },
      { serializer: 'json', partitioner } as const,
      { serializer, partitioner: 'shared' } as const,
    ]) {
      const open = () => new EventStore('shop', { storageDirectory, storageConfig });
      expect(refusal(storageDirectory, open)).toBe('INVALID_OPTION');
    }
    expect(refusal(storageDirectory, () => new ReadOnlyEventStore('shop', { storageDirectory }))).toBe(
      'INVALID_OPTION',
    );
    await using again = new EventStore('shop', { storageDirectory, storageConfig: { serializer, partitioner } });
    expect(again.getAllEvents().events).toEqual([{ n: 1 }]);
  });
});

describe('a directory that cannot be used', () => {
  it.each([true, false])('because a file is in the way (for reading only: %s)', (readOnly) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), 'x');
    for (const [storageDirectory, name] of [
      [join(directory, 'file'), 'shop'],
      [join(directory, 'file', 'deeper'), 'shop'],
      [directory, 'file'],
    ] as const) {
      const code = readOnly ? 'STORE_MISSING' : 'STORE_UNAVAILABLE';
      expect(refusal(directory, () => new EventStore(name, { storageDirectory, readOnly }))).toBe(code);
    }
  });

  it('because its path is too long, or leads in a circle', () => {
    const directory = temporaryDirectory();
    symlinkSync('circle', join(directory, 'circle'));
    for (const storageDirectory of [join(directory, 'x'.repeat(300)), join(directory, 'circle')]) {
      for (const readOnly of [false, true]) {
        expect(refusal(directory, () => new EventStore('shop', { storageDirectory, readOnly }))).toBe(
          'STORE_UNAVAILABLE',
        );
      }
    }
  });

  it('because a directory is where a file should be', async () => {
    const storageDirectory = temporaryDirectory();
    await storeWithEvents(storageDirectory);
    for (const name of ['store.json', 'head', 'catalog', 'writer.lock']) {
      const copy = temporaryDirectory();
      cpSync(storageDirectory, copy, { recursive: true, filter: (path) => !path.endsWith(name) });
      mkdirSync(join(copy, 'shop', name));
      expect(refusal(copy, () => new EventStore('shop', { storageDirectory: copy }))).toBe('STORE_UNAVAILABLE');
    }
  });

  // Runs as another user, because root may do everything.
  const another = isRoot ? { uid: 65_534 } : {};

  it.skipIf(isRoot && !anotherUserMayReadThis)('because this user may not write, or not even read there', async () => {
    const storageDirectory = temporaryDirectory();
    await storeWithEvents(storageDirectory);
    chmodSync(storageDirectory, 0o755);
    const shop = join(storageDirectory, 'shop');
    const before = contents(storageDirectory);
    const outcome = (name: string, mode: string) =>
      new Child(new URL('./processes/open-store.ts', import.meta.url), [storageDirectory, name, mode], another).next();
    chmodSync(shop, 0o555);
    for (const path of readdirSync(shop)) chmodSync(join(shop, path), 0o555);
    expect(await outcome('shop', 'write')).toEqual(failure('STORE_UNAVAILABLE'));
    expect(await outcome('shop', 'read')).toEqual({ position: 2 });
    chmodSync(storageDirectory, 0o555);
    expect(await outcome('other', 'write')).toEqual(failure('STORE_UNAVAILABLE'));
    chmodSync(shop, 0o000);
    expect(await outcome('shop', 'read')).toEqual(failure('STORE_UNAVAILABLE'));
    chmodSync(shop, 0o755);
    chmodSync(storageDirectory, 0o755);
    expect(contents(storageDirectory)).toEqual(before);
  });
});

describe('a directory that holds something else', () => {
  it('is left alone', () => {
    const storageDirectory = temporaryDirectory();
    mkdirSync(join(storageDirectory, 'shop', 'photos'), { recursive: true });
    writeFileSync(join(storageDirectory, 'shop', 'letter.txt'), 'Dear ...');
    expect(refusal(storageDirectory, () => new EventStore('shop', { storageDirectory }))).toBe('NOT_A_STORE');
    expect(refusal(storageDirectory, () => new ReadOnlyEventStore('shop', { storageDirectory }))).toBe('STORE_MISSING');
  });

  it('is a store when it is empty, or its writer died while making it', async () => {
    for (const left of [[], ['writer.lock'], ['writer.lock', 'store.json.tmp']]) {
      const storageDirectory = temporaryDirectory();
      mkdirSync(join(storageDirectory, 'shop'));
      for (const name of left) writeFileSync(join(storageDirectory, 'shop', name), '');
      await storeWithEvents(storageDirectory);
    }
    expect(() => new ReadOnlyEventStore('none', { storageDirectory: temporaryDirectory() })).toThrow(
      failure('STORE_MISSING'),
    );
  });

  it('is refused when its store.json is that of another program, of a newer version, or damaged', async () => {
    const storageDirectory = temporaryDirectory();
    await storeWithEvents(storageDirectory);
    const path = join(storageDirectory, 'shop', 'store.json');
    const text = readFileSync(path, 'utf8');
    const description = JSON.parse(text) as Record<string, unknown>;
    const damaged: [text: string | Buffer, code: string][] = [
      ['', 'NOT_A_STORE'],
      ['{}', 'NOT_A_STORE'],
      ['null', 'NOT_A_STORE'],
      ['[1, 2]', 'NOT_A_STORE'],
      ['not JSON', 'NOT_A_STORE'],
      ['{"name":"shop","version":"1.0.0"}', 'NOT_A_STORE'],
      [Buffer.from([0xff, 0xfe, 0, 0]), 'NOT_A_STORE'],
      [JSON.stringify({ ...description, version: 3 }), 'NEWER_FORMAT'],
      [JSON.stringify({ ...description, version: 3, checksum: 'of another kind' }), 'NEWER_FORMAT'],
      [JSON.stringify({ ...description, id: '0'.repeat(32) }), 'NOT_A_STORE'],
    ];
    for (let at = 0; at < text.length; at += 3) damaged.push([text.slice(0, at), 'NOT_A_STORE']);
    for (const [bytes, code] of damaged) {
      writeFileSync(path, bytes);
      expect(refusal(storageDirectory, () => new EventStore('shop', { storageDirectory }))).toBe(code);
      expect(refusal(storageDirectory, () => new ReadOnlyEventStore('shop', { storageDirectory }))).toBe(code);
    }
    writeFileSync(path, text);
    await using store = new EventStore('shop', { storageDirectory });
    expect(store.position).toBe(2);
  });
});
