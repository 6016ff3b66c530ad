/** What commits do, in every variant of a store. */
import { OptimisticConcurrencyError } from '@varve/core';
import { expect, it } from 'vitest';
import { ExpectedVersion } from '../../src/index.ts';
import type { Fixture } from './subject.ts';

export function commitContract(fixture: () => Fixture): void {
  it('numbers events in the store and in their streams', async () => {
    const { writer } = fixture();
    const first = writer.commit('one', { type: 'a' });
    const second = writer.commit('two', [{ type: 'b' }, { type: 'c' }, { type: 'd' }]);
    const third = writer.commit('one', [{ type: 'e' }, { type: 'f' }]);
    const places = [first, second, third].map(({ stream, position, lastPosition, version, size }) => {
      return { stream, position, lastPosition, version, size };
    });
    expect(places).toEqual([
      { stream: 'one', position: 1, lastPosition: 1, version: 1, size: 1 },
      { stream: 'two', position: 2, lastPosition: 4, version: 3, size: 3 },
      { stream: 'one', position: 5, lastPosition: 6, version: 3, size: 2 },
    ]);
    const reader = await fixture().reader();
    expect(reader.position).toBe(6);
    expect([...reader.getAllEvents().stored()].map(({ stream, payload }) => ({ stream, payload }))).toEqual([
      { stream: 'one', payload: { type: 'a' } },
      { stream: 'two', payload: { type: 'b' } },
      { stream: 'two', payload: { type: 'c' } },
      { stream: 'two', payload: { type: 'd' } },
      { stream: 'one', payload: { type: 'e' } },
      { stream: 'one', payload: { type: 'f' } },
    ]);
    expect(['one', 'two', 'none'].map((name) => reader.getStreamVersion(name))).toEqual([3, 3, 0]);
  });

  it('tells of each event when, with which others and where it was committed', async () => {
    const { writer } = fixture();
    const commits = [writer.commit('s', { n: 0 }), writer.commit('s', [{ n: 1 }, { n: 2 }])];
    const stored = [...(await fixture().reader()).getEventStream('s').stored()];
    const [alone, first, second] = stored.map(({ metadata }) => metadata);
    expect(alone).toMatchObject({ commitId: commits[0]!.id, commitVersion: 0, commitSize: 1, position: 1 });
    expect(first).toMatchObject({ commitId: commits[1]!.id, commitVersion: 0, commitSize: 2, streamVersion: 2 });
    expect(second).toEqual({
      commitId: commits[1]!.id,
      committedAt: commits[1]!.committedAt,
      committedAtUs: commits[1]!.committedAtUs,
      commitVersion: 1,
      commitSize: 2,
      stream: 's',
      streamVersion: 3,
      position: 3,
    });
    expect(commits[0]!.id).not.toBe(commits[1]!.id);
    expect(commits[1]!.committedAtUs).toBeGreaterThan(commits[0]!.committedAtUs);
  });

  it('accepts a commit when the stream has the expected version, and else says which it has', async () => {
    const { writer } = fixture();
    writer.commit('s', { n: 1 }, ExpectedVersion.EmptyStream);
    writer.commit('s', [{ n: 2 }, { n: 3 }], 1);
    writer.commit('s', { n: 4 }, ExpectedVersion.Any);
    for (const [stream, expected, found] of [
      ['s', ExpectedVersion.EmptyStream, 4],
      ['s', 3, 4],
      ['s', 5, 4],
      ['other', 1, 0],
    ] as const) {
      expect(() => writer.commit(stream, { n: 0 }, expected)).toThrow(
        expect.objectContaining({
          name: 'OptimisticConcurrencyError',
          code: 'OPTIMISTIC_CONCURRENCY',
          stream,
          expected,
          found,
          hint: expect.any(String) as string,
        }),
      );
    }
    expect(() => writer.commit('s', {}, 0)).toThrow(OptimisticConcurrencyError);
    const reader = await fixture().reader();
    expect(reader.getEventStream('s').events).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
    expect([reader.position, reader.getStreamVersion('other'), reader.hasStream('other')]).toEqual([4, 0, false]);
  });

  it('merges metadata into that of each event, below what belongs to the store', async () => {
    const { writer } = fixture();
    const reserved = { stream: 'x', streamVersion: 9, position: 9, commitSize: 9, commitVersion: 9, committedAt: 9 };
    writer.commit('s', [{ n: 1 }, { n: 2 }], { user: 'ö', tags: ['a', { b: 1 }], ...reserved });
    writer.commit('s', { n: 3 }, 2, { commitId: 'mine' });
    writer.commit('s', { n: 4 }, {});
    const metadata = [...(await fixture().reader()).getEventStream('s').stored()].map((event) => event.metadata);
    for (const [index, each] of metadata.slice(0, 2).entries()) {
      expect(each).toMatchObject({ user: 'ö', tags: ['a', { b: 1 }], stream: 's', position: index + 1, commitSize: 2 });
      expect([each.streamVersion, each.commitVersion]).toEqual([index + 1, index]);
      expect(each.committedAt).toBeGreaterThan(9);
    }
    expect(metadata[2]!.commitId).toBe('mine');
    expect(metadata[3]).not.toHaveProperty('user');
    expect(metadata.map((each) => each.commitId)[3]).not.toBe('mine');
  });

  it('calls back after commit has returned, in order, once the events are flushed', async () => {
    const { writer } = fixture();
    const calls: unknown[][] = [];
    for (const stream of ['a', 'b', 'a']) {
      const commit = writer.commit(stream, { stream }, (...values) => calls.push([stream, commit.version, ...values]));
      expect(calls).toEqual([]);
    }
    await writer.commit('a', { last: true }).flushed;
    expect(calls).toEqual([
      ['a', 1, undefined],
      ['b', 1, undefined],
      ['a', 2, undefined],
    ]);
    await new Promise<void>((resolve) => void writer.commit('a', {}, -1, { by: 'x' }, () => resolve()));
  });

  it('says when events are flushed and when they are durable', async () => {
    const { writer } = fixture();
    const commit = writer.commit('s', { n: 1 });
    expect(await commit.flushed).toBe(commit);
    expect(await commit.durable).toBe(commit);
    const many = Array.from({ length: 20 }, (_, n) => writer.commit(`s${n % 3}`, { n }));
    await Promise.all(many.map((each) => each.durable));
    expect((await fixture().reader()).position).toBe(21);
    expect(await commit.durable).toBe(commit);
  });
}
