/** The storage by itself: documents, partitions, indexes and hooks, in the process that writes and in others. */
import { type ReadOnlyDocumentStorage, ReadOnlyEventStore } from '@varve/core';
import { ManualClock, SimulatedDisk, type SimulatedProcess } from '@varve/core/testing';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { EventStore, Storage, type StorageOptions } from '../src/index.ts';

interface Log extends Record<string, unknown> {
  readonly n: number;
  readonly level: 'info' | 'warn';
}

const storageDirectory = '/data';
const byLevel = (document: Log): string => `level-${document.level}`;
const logs = Array.from({ length: 20 }, (_, index): Log => {
  return { n: index + 1, level: index % 4 === 3 ? 'warn' : 'info' };
});
const warnings = [4, 8, 12, 16, 20];
const numbers = (documents: Iterable<Log>): number[] => [...documents].map(({ n }) => n);

let disk: SimulatedDisk;
let process: SimulatedProcess;
const open = new Set<AsyncDisposable>();

function openStorage(options: StorageOptions<Log> = {}): Storage<Log> {
  process = disk.startProcess();
  const storage = new Storage<Log>('logs', { storageDirectory, fileSystem: process, ...options });
  open.add(storage);
  return storage;
}

function openReader(): ReadOnlyDocumentStorage<Log> {
  const fileSystem = disk.startProcess();
  const options = { storageDirectory, fileSystem, clock: new ManualClock(), watch: false };
  const reader = new Storage.ReadOnly<Log>('logs', options);
  open.add(reader);
  return reader;
}

beforeEach(() => {
  disk = new SimulatedDisk();
  disk.makeDirectory(storageDirectory);
});
afterEach(async () => {
  for (const each of open) await each[Symbol.asyncDispose]();
  open.clear();
});

const variants: Readonly<Record<string, StorageOptions<Log>>> = {
  'one log': {},
  'JSON in partitions': { serializer: 'json', partitioner: byLevel },
  'compressed msgpackr, spread by number, in small segments': {
    compression: 'zstd',
    segmentBytes: 500,
    writeBufferSize: 300,
    partitioner: (_document, number) => `part-${number % 3}`,
  },
};

describe.each(Object.entries(variants))('a storage with %s', (_name, options) => {
  it('numbers documents from 1, and gives them back in every way, here and elsewhere', async () => {
    const storage = openStorage(options);
    expect(storage.length).toBe(0);
    for (const log of logs.slice(0, 10)) storage.write(log);
    const commit = storage.writeAll(logs.slice(10));
    expect([commit.position, commit.size, storage.length]).toEqual([11, 10, 20]);
    const index = storage.ensureIndex('warnings', { level: 'warn' });
    await commit.durable;
    const reader = openReader();
    await storage.close();
    for (const each of [openStorage(options), reader]) {
      expect(each.length).toBe(20);
      expect([...each]).toEqual(logs);
      expect(numbers(each.readRange(18))).toEqual([18, 19, 20]);
      expect(numbers(each.readRange(-1, -3))).toEqual([20, 19, 18]);
      expect(numbers(each.readRange(2, 4, 'warnings'))).toEqual([8, 12, 16]);
      expect(numbers(each.readRange(-1, 1, index))).toEqual(warnings.toReversed());
      expect(numbers(each.openIndex('warnings'))).toEqual(warnings);
      expect([each.read(7).n, each.read(-1).n, each.read(2, 'warnings').n, each.read(-1, index).n]).toEqual([
        7, 20, 8, 20,
      ]);
      for (const [number, name] of [[0], [21], [-21], [6, 'warnings'], [0, 'warnings']] as const) {
        expect(() => each.read(number, name)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
      }
    }
  });

  it('keeps what was flushed over a kill, and goes on', async () => {
    const storage = openStorage(options);
    // Its process is killed, but still gets the errors of what no longer works.
    storage.on('error', () => undefined);
    storage.writeAll(logs);
    storage.flush();
    process.kill();
    const again = openStorage(options);
    expect(again.write(logs[0]!).position).toBe(21);
    expect(numbers(again.readRange(19))).toEqual([19, 20, 1]);
    await again.close();
    expect(openReader().length).toBe(21);
  });
});

describe('partitions of a storage', () => {
  it('are what the partitioner says, with metadata that is asked for once', async () => {
    const asked: string[] = [];
    const metadata = (partitionName: string): object => {
      asked.push(partitionName);
      return { for: partitionName };
    };
    const options = { partitioner: byLevel, metadata: metadata as (name: string) => Record<string, unknown> };
    const storage = openStorage(options);
    storage.writeAll(logs);
    await storage.close();
    const again = openStorage(options);
    again.write(logs[0]!);
    expect(asked).toEqual(['level-info', 'level-warn']);
    again.flush();
    for (const each of [again, openReader()]) {
      expect(each.partitionNames()).toEqual(['level-info', 'level-warn']);
      expect(each.getPartitionMetadata('level-warn')).toEqual({ for: 'level-warn' });
      expect(each.getPartitionMetadata('level-none')).toBeUndefined();
    }
  });

  it('must be made by the same function again', async () => {
    await openStorage({ partitioner: byLevel }).close();
    expect(() => openStorage()).toThrow('Pass the same `partitioner`');
    disk = new SimulatedDisk();
    disk.makeDirectory(storageDirectory);
    await openStorage().close();
    expect(() => openStorage({ partitioner: byLevel })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});

describe('an index of a storage', () => {
  it('holds documents from before and after it, and is compared when it is given again', () => {
    const storage = openStorage();
    storage.writeAll(logs.slice(0, 10));
    const index = storage.ensureIndex('warnings', (document) => document.level === 'warn');
    const before = index.range();
    expect(index).toHaveLength(2);
    storage.writeAll(logs.slice(10));
    expect([index.length, numbers(index), numbers(before)]).toEqual([5, warnings, [4, 8]]);
    expect(numbers(storage.ensureIndex('warnings', (document) => document.level === 'warn'))).toEqual(warnings);
    expect(() => storage.ensureIndex('warnings', { level: 'info' })).toThrow(
      expect.objectContaining({ code: 'MATCHER_MISMATCH' }),
    );
    expect(storage.indexNames()).toEqual(['warnings']);
  });

  it('is deleted without touching documents', () => {
    const storage = openStorage();
    storage.writeAll(logs);
    storage.ensureIndex('warnings', { level: 'warn' });
    expect([storage.deleteIndex('warnings'), storage.deleteIndex('warnings')]).toEqual([true, false]);
    expect([storage.hasIndex('warnings'), storage.indexNames(), storage.length]).toEqual([false, [], 20]);
    for (const attempt of [() => storage.openIndex('warnings'), () => storage.ensureIndex('warnings')]) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_STREAM_NAME', stream: 'warnings' }));
    }
  });

  it('cannot take the name of all documents', () => {
    const storage = openStorage();
    expect(() => storage.ensureIndex('documents', { level: 'warn' })).toThrow('all documents together');
    storage.write(logs[0]!);
    expect(storage.length).toBe(1);
  });
});

describe('hooks of a storage', () => {
  it('get documents and numbers with the metadata of the partition, and refuse', () => {
    const storage = openStorage({ partitioner: byLevel, metadata: (name) => ({ isSecret: name === 'level-warn' }) });
    const written: unknown[] = [];
    storage.preCommit((document, meta) => {
      written.push([(document as Log).n, meta]);
      if ((document as Log).n === 3) throw new Error('not this one');
    });
    storage.write(logs[0]!);
    expect(() => storage.writeAll(logs.slice(1, 4))).toThrow('not this one');
    expect(storage.length).toBe(1);
    storage.removeAllListeners('preCommit');
    storage.writeAll(logs.slice(1, 4));
    expect(written).toEqual([
      [1, { isSecret: false }],
      [2, { isSecret: false }],
      [3, { isSecret: false }],
    ]);
    storage.flush();
    for (const each of [storage, openReader()]) {
      const read: number[] = [];
      each.preRead((position, meta) => {
        read.push(position);
        if (meta['isSecret'] === true) throw new Error('kept back');
      });
      expect(each.read(3).n).toBe(3);
      expect(() => each.read(4)).toThrow('kept back');
      expect(() => [...each]).toThrow('kept back');
      expect(read).toEqual([3, 4, 1, 2, 3, 4]);
    }
  });
});

describe('a storage', () => {
  it('refuses what is no document, without a trace, and calls back when one is flushed', async () => {
    const storage = openStorage();
    expect(() => storage.write('text' as never)).toThrow(expect.objectContaining({ code: 'INVALID_EVENT' }));
    expect(() => storage.writeAll([])).toThrow(expect.objectContaining({ code: 'INVALID_EVENT' }));
    expect(storage.length).toBe(0);
    const error = await new Promise((resolve) => storage.write(logs[0]!, resolve));
    expect([error, storage.length, openReader().length]).toEqual([undefined, 1, 1]);
    await storage.close();
    expect(() => storage.write(logs[0]!)).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
  });

  it('checks its options, and has one writer', () => {
    const unknown = { stream: 'x' } as StorageOptions<Log>;
    expect(() => openStorage(unknown)).toThrow('There is no option "stream"');
    expect(() => openStorage({ partitioner: 'shared' as never })).toThrow('a function');
    openStorage();
    expect(() => openStorage()).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
  });

  it('tells readers of what comes, and emits ready once', async () => {
    const storage = openStorage();
    let announced = 0;
    storage.on('ready', () => announced++);
    await new Promise((resolve) => storage.once('ready', () => resolve(undefined)));
    storage.write(logs[0]!);
    storage.flush();
    const reader = openReader();
    const seen: number[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const { payload } of reader.readRange().follow({ signal: stop.signal })) {
        seen.push(payload.n);
        if (payload.n === 3) stop.abort();
      }
    })();
    storage.writeAll(logs.slice(1, 3));
    storage.flush();
    reader.poll();
    await following;
    expect([announced, seen]).toEqual([1, [1, 2, 3]]);
  });

  it('is a store of one stream, for whoever opens it as an event store', async () => {
    const storage = openStorage();
    storage.writeAll(logs);
    storage.ensureIndex('warnings', { level: 'warn' });
    storage.flush();
    const fileSystem = disk.startProcess();
    await using reader = new ReadOnlyEventStore('logs', { storageDirectory, fileSystem, clock: new ManualClock() });
    expect(reader.streamNames()).toEqual(['documents']);
    expect(numbers(reader.getEventStream<Log>('warnings'))).toEqual(warnings);
    await storage.close();
    const storageConfig = { fileSystem: disk.startProcess() };
    await using store = new EventStore('logs', { storageDirectory, storageConfig });
    store.commit('other', { n: 21, level: 'warn' });
    store.flush();
    const documents = openReader();
    expect([documents.length, documents.read(-1).n, documents.openIndex('warnings').length]).toEqual([21, 21, 6]);
  });

  it('knows the type of its documents', () => {
    expectTypeOf((storage: Storage<Log>) => storage.read(1)).returns.toEqualTypeOf<Log>();
    expectTypeOf<Parameters<Storage<{ a: number }>['write']>[0]>().toEqualTypeOf<{ a: number }>();
    expectTypeOf((storage: Storage) => storage.read(1)).returns.toEqualTypeOf<Readonly<Record<string, unknown>>>();
    expectTypeOf(() => new Storage('s', { partitioner: byLevel })).returns.toEqualTypeOf<Storage<Log>>();
    expectTypeOf(() => new Storage('s', { hmacSecret: 'x' })).returns.toEqualTypeOf<Storage>();
  });
});
