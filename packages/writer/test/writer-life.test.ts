/** The life of a writer: commits within commits, closing while something is under way, failing, and what stays usable. */
import { failNth, SimulatedDisk, type SimulatedProcess } from '@varve/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventStore, type WriteOptions } from '../src/index.ts';
import { dataDirectory, emptyDisk, storeName } from './simulation/recorded-run.ts';

let disk: SimulatedDisk;
let process: SimulatedProcess;

beforeEach(() => {
  disk = emptyDisk();
  process = disk.startProcess();
});

function open(options: WriteOptions = {}): EventStore {
  const storageConfig = { ...options, fileSystem: process };
  return new EventStore(storeName, { storageDirectory: dataDirectory, storageConfig });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function events(store: EventStore, name = '_all'): unknown[] {
  return store.getEventStream(name).events;
}

function withCode(code: string): unknown {
  return expect.objectContaining({ code, hint: expect.any(String) as string });
}

describe('a commit within a commit', () => {
  // A full buffer is flushed in the middle of a commit. A listener that committed at once overwrote the fields and bytes of the
  // commit under way: two events at one position, one with the payload of the other.
  it('leaves both whole when a listener commits at every advance', async () => {
    const store = open({ writeBufferSize: 300 });
    let answers = 0;
    store.on('advance', () => {
      if (answers < 20) store.commit('answers', { answer: answers++, text: 'y'.repeat(90) });
    });
    for (let n = 0; n < 40; n++) store.commit(`questions-${n % 3}`, { question: n, text: 'x'.repeat(90) });
    for (let round = 0; round < 30; round++) await turn();
    await store.close();
    const again = open();
    expect(events(again, 'answers')).toEqual(Array.from({ length: 20 }, (_, answer) => answerNumber(answer)));
    for (let rest = 0; rest < 3; rest++) {
      const found = events(again, `questions-${rest}`).map((event) => (event as { question: number }).question);
      expect(found).toEqual(Array.from({ length: 40 }, (_, n) => n).filter((n) => n % 3 === rest));
    }
    expect(again.position).toBe(60);
  });

  it('leaves both whole when a callback commits', async () => {
    const store = open({ maxWriteBufferDocuments: 1 });
    const done: number[] = [];
    await new Promise<void>((resolve) => {
      const next = (n: number): void => {
        if (n === 30) return resolve();
        store.commit('chain', { n }, () => {
          done.push(n);
          next(n + 1);
        });
        store.commit('beside', { n });
      };
      next(0);
    });
    expect(done).toEqual(Array.from({ length: 30 }, (_, n) => n));
    await store.close();
    expect(events(open(), 'chain')).toEqual(Array.from({ length: 30 }, (_, n) => ({ n })));
  });
});

describe('closing', () => {
  // The second call found the store closed by the first one halfway through, and rejected.
  it('may be asked for several times', async () => {
    const store = open({ syncOnFlush: true });
    store.commit('s', { n: 1 });
    await Promise.all([store.close(), store.close(), store.close()]);
    await store.close();
    expect(process.openFiles).toEqual([]);
    expect(events(open())).toEqual([{ n: 1 }]);
  });

  it('makes everything durable, and refuses what comes after', async () => {
    const store = open();
    const commit = store.commit('s', { n: 1 });
    const stream = store.getEventStream('s');
    const closing = store.close();
    await closing;
    expect(await commit.durable).toBe(commit);
    for (const action of [
      () => store.commit('s', { n: 3 }),
      () => store.commit('s', { n: 3 }, 17),
      () => store.flush(),
      () => store.getEventStream('s'),
      () => store.getAllEvents(),
      () => store.readEvent(1),
      () => store.getStreamVersion('s'),
      () => stream.events,
      () => store.getConsumer('s', 'c'),
    ]) {
      expect(action).toThrow(withCode('STORE_CLOSED'));
    }
    await expect(store.waitFor(5)).rejects.toEqual(withCode('STORE_CLOSED'));
    await expect(stream.toArray()).rejects.toEqual(withCode('STORE_CLOSED'));
    disk = new SimulatedDisk(disk.medium.crashed(0, (file) => file.crashed(() => 'drop')));
    process = disk.startProcess();
    expect(events(open())).toEqual([{ n: 1 }]);
  });

  // A commit between the last flush and the end was accepted, and then thrown away.
  it('keeps a commit that comes meanwhile, or refuses it', async () => {
    const outcomes: unknown[] = [];
    for (let delay = 0; delay < 12; delay++) {
      disk = emptyDisk();
      process = disk.startProcess();
      const store = open();
      store.commit('s', { n: 1 });
      const closing = store.close();
      for (let turns = 0; turns < delay; turns++) await Promise.resolve();
      const codes: string[] = [];
      try {
        store.commit('s', { n: 2 });
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
      await closing;
      const found = events(open());
      outcomes.push([found.length, ...codes]);
    }
    const allowed = [[2], [1, 'STORE_CLOSED']].map((outcome) => JSON.stringify(outcome));
    for (const outcome of outcomes) expect(allowed).toContain(JSON.stringify(outcome));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(2);
  });

  // A sync that was under way when the writer failed and was closed went on to publish the head: into a file that was closed,
  // whose descriptor may have been another file's by then.
  it('leaves no sync behind that writes later', async () => {
    const store = open();
    store.on('error', () => undefined);
    store.commit('s', { n: 1 });
    store.flush();
    store.commit('s', { n: 1 }).durable.catch(() => undefined);
    store.flush();
    disk.faults = failNth({ kinds: ['write'], nth: 0, fault: { code: 'EIO' } });
    store.commit('s', { n: 2 });
    expect(() => store.flush()).toThrow(withCode('WRITE_FAILED'));
    await store.close();
    disk.faults = undefined;
    const operations = disk.operations.length;
    for (let round = 0; round < 5; round++) await turn();
    expect(disk.operations).toHaveLength(operations);
    expect(process.callsOnClosedFiles).toEqual([]);
    expect(process.openFiles).toEqual([]);
  });

  it('waits for a sync under way', async () => {
    const store = open();
    const commit = store.commit('s', { n: 1 });
    store.flush();
    const durable = commit.durable;
    await store.close();
    await durable;
    expect([process.callsOnClosedFiles, process.openFiles]).toEqual([[], []]);
  });
});

describe('durable commits one after the other', () => {
  // A sync that had decided to end still counted as under way for a few microtasks. A commit in just these waited for a sync
  // that nobody started.
  it('are all acknowledged, whenever they come', async () => {
    for (let delay = 0; delay < 12; delay++) {
      const store = open({ maxWriteBufferDocuments: 1 });
      const first = store.commit(`s${delay}`, { n: 1 }).durable;
      await first;
      for (let turns = 0; turns < delay; turns++) await Promise.resolve();
      const second = store.commit(`s${delay}`, { n: 2 });
      await Promise.race([
        second.durable,
        new Promise((_, reject) => setTimeout(() => reject(new Error('waits')), 500)),
      ]);
      expect(second.version).toBe(2);
      await store.close();
    }
  });
});

describe('reading without what is not flushed', () => {
  // The version counted events that could not be read.
  it('says the version of what can be read', () => {
    const store = open({ dirtyReads: false });
    store.commit('s', [{ n: 1 }, { n: 2 }]);
    store.flush();
    store.commit('s', { n: 3 });
    expect([store.getStreamVersion('s'), store.getEventStream('s').version, store.position]).toEqual([2, 2, 2]);
    expect(() => store.commit('s', { n: 4 }, 2)).toThrow(withCode('OPTIMISTIC_CONCURRENCY'));
    store.flush();
    expect([store.getStreamVersion('s'), store.getEventStream('s').version, store.position]).toEqual([3, 3, 3]);
  });
});

describe('a writer that failed', () => {
  it('tells everybody who waits, takes no more commits, and shows what was flushed', async () => {
    const store = open();
    const errors: unknown[] = [];
    store.on('error', (error) => errors.push(error));
    store.commit('s', { n: 1 });
    store.flush();
    const called: unknown[] = [];
    const lost = store.commit('s', { n: 2 }, (error) => called.push(error));
    const waiting = Promise.allSettled([lost.flushed, lost.durable]);
    disk.faults = failNth({ kinds: ['write'], nth: 0, fault: { code: 'EIO' } });
    await turn();
    for (const result of await waiting) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'WRITE_FAILED' } });
    }
    expect(called).toEqual([expect.objectContaining({ code: 'WRITE_FAILED', cause: expect.anything() as unknown })]);
    expect(errors).toEqual([withCode('WRITE_FAILED')]);
    for (const expected of [-1, 0, 1, 2]) {
      expect(() => store.commit('s', { n: 3 }, expected)).toThrow(withCode('WRITE_FAILED'));
    }
    expect(() => store.flush()).toThrow(withCode('WRITE_FAILED'));
    await expect(lost.flushed).rejects.toEqual(withCode('WRITE_FAILED'));
    expect([events(store), store.position, store.getStreamVersion('s')]).toEqual([[{ n: 1 }], 1, 1]);
    await store.close();
    expect(process.openFiles).toEqual([]);
    expect(events(open())).toEqual([{ n: 1 }]);
  });

  // It resolved, as if all were well: the caller that had waited was told, and nobody else asked.
  it('says so when it is closed and nobody was told of the last commits', async () => {
    const store = open();
    const lost = store.commit('s', { n: 1 }).flushed;
    store.commit('s', { n: 2 });
    disk.faults = failNth({ kinds: ['write'], nth: 0, fault: { code: 'EIO' } });
    await expect(lost).rejects.toEqual(withCode('WRITE_FAILED'));
    const told = expect.objectContaining({ code: 'WRITE_FAILED', position: 1, path: store.directory }) as unknown;
    await expect(store.close()).rejects.toEqual(told);
    await expect(store.close()).resolves.toBeUndefined();
    expect(process.openFiles).toEqual([]);
    const next = open();
    expect(events(next)).toEqual([]);
    await next.close();
  });

  it.each<[string, (store: EventStore) => void]>([
    ['commits', (store) => store.commit('s', { n: 3 })],
    ['flushes', (store) => store.flush()],
  ])('has said so to who %s behind the failure, and is closed without an error', async (_, work) => {
    const store = open();
    const lost = store.commit('s', { n: 1 }).flushed;
    store.commit('s', { n: 2 });
    disk.faults = failNth({ kinds: ['write'], nth: 0, fault: { code: 'EIO' } });
    await expect(lost).rejects.toEqual(withCode('WRITE_FAILED'));
    expect(() => work(store)).toThrow(withCode('WRITE_FAILED'));
    await store.close();
    expect(process.openFiles).toEqual([]);
  });

  it('says so when it is closed and a sync failed that only an earlier commit waited for', async () => {
    const store = open();
    await store.commit('s', { n: 1 }).durable;
    const { durable } = store.commit('s', { n: 2 });
    store.commit('s', { n: 3 });
    disk.faults = failNth({ kinds: ['sync'], nth: 0, fault: { code: 'EIO' } });
    await expect(durable).rejects.toEqual(withCode('WRITE_FAILED'));
    await expect(store.close()).rejects.toEqual(withCode('WRITE_FAILED'));
    const next = open();
    expect(events(next)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await next.close();
  });

  it('calls back once, whatever a callback throws', async () => {
    const store = open();
    const called: number[] = [];
    for (let n = 0; n < 3; n++) store.commit('s', { n }, () => called.push(n));
    await turn();
    await turn();
    expect(called).toEqual([0, 1, 2]);
  });
});

function answerNumber(answer: number): object {
  return { answer, text: 'y'.repeat(90) };
}
