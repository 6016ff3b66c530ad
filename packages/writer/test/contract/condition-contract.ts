/** Commits that depend on something, in every variant of a store: queries, conditions, several streams, ids, hooks. */
import type { EventQuery, ReadableEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import type { Fixture } from './subject.ts';

const history = [
  { type: 'CourseDefined', tags: ['course:c1'] },
  { type: 'StudentSubscribed', tags: ['course:c1', 'student:s1'] },
  { type: 'StudentSubscribed', tags: ['course:c2', 'student:s1'] },
  { type: 'CourseDefined', tags: ['course:c2'] },
  { type: 'StudentSubscribed', tags: ['course:c1', 'student:s2'] },
];
const inCourse = { items: [{ types: ['StudentSubscribed'], tags: ['course:c1'] }] };

const positions = (reader: ReadableEventStore, query: EventQuery, after = 0): number[] => {
  return [...reader.query(query, { after }).stored()].map(({ metadata }) => metadata.position);
};

export function conditionContract(fixture: () => Fixture): void {
  it('finds events by types and tags, those as well that were there before the indexes', async () => {
    for (const event of history) fixture().writer.commit(event.tags[0]!, event);
    const writer = await fixture().reopen({ indexTypes: true, tagsAccessor: 'tags' });
    writer.commit('more', history);
    const reader = await fixture().reader();
    expect(positions(reader, inCourse)).toEqual([2, 5, 7, 10]);
    expect(positions(reader, inCourse, 5)).toEqual([7, 10]);
    expect(positions(reader, { items: [{ tags: ['student:s2'] }, { types: ['CourseDefined'] }] })).toEqual([
      1, 4, 5, 6, 9, 10,
    ]);
    expect(positions(reader, { items: [] }, 8)).toEqual([9, 10]);
  });

  it('refuses a commit, to one stream or several, when an event matches its condition', async () => {
    await fixture().reopen({ indexTypes: true, tagsAccessor: 'tags' });
    for (const event of history) fixture().writer.commit(event.tags[0]!, event);
    await fixture().reader();
    const { writer } = fixture();
    const condition = { failIfEventsMatch: inCourse, after: 2 };
    const failed = expect.objectContaining({ code: 'CONDITION_FAILED', position: 5 }) as Error;
    const joint = [
      { stream: 'a', events: [history[1]!, history[4]!], expectedVersion: 0 },
      { stream: 'b', events: history[0]! },
      { stream: 'course:c1', expectedVersion: 3 },
    ];
    expect(() => writer.commit('a', history[1]!, { condition })).toThrow(failed);
    expect(() => writer.commitAll(joint, { condition })).toThrow(failed);
    const { parts, size } = writer.commitAll(joint, { condition: { ...condition, after: 5 } });
    expect([size, parts.map(({ version }) => version)]).toEqual([3, [2, 1]]);
    expect(() => writer.commit('a', history[1]!, { condition: { ...condition, after: 5 } }, 2)).toThrow(
      expect.objectContaining({ code: 'CONDITION_FAILED', position: 6 }),
    );
    const reader = await fixture().reader();
    expect([reader.position, reader.getStreamVersion('a')]).toEqual([8, 2]);
    expect(positions(reader, inCourse)).toEqual([2, 5, 6, 7]);
  });

  it('commits to several streams at once, with one id, and checks those without events', async () => {
    const { writer } = fixture();
    writer.commit('checked', { n: 0 });
    const commits = [
      { stream: 'a', events: [{ n: 1 }, { n: 2 }], expectedVersion: 0, metadata: { by: 'anna' } },
      { stream: 'checked', expectedVersion: 1 },
      { stream: 'b', events: { n: 3 }, metadata: { commitId: 'joint' } },
    ];
    const stale = [...commits.slice(0, 1), { stream: 'checked', expectedVersion: 0 }];
    expect(() => writer.commitAll(stale)).toThrow(
      expect.objectContaining({ code: 'OPTIMISTIC_CONCURRENCY', stream: 'checked', expected: 0, found: 1 }),
    );
    const first = writer.commitAll(commits);
    const reader = await fixture().reader();
    const metadata = [...reader.getAllEvents(2).stored()].map((event) => event.metadata);
    expect(metadata).toMatchObject([
      { commitId: 'joint', commitVersion: 0, commitSize: 3, stream: 'a', streamVersion: 1, by: 'anna' },
      { commitId: 'joint', commitVersion: 1, commitSize: 3, stream: 'a', streamVersion: 2, by: 'anna' },
      { commitId: 'joint', commitVersion: 2, commitSize: 3, stream: 'b', streamVersion: 1 },
    ]);
    const again = fixture().writer.commitAll(commits);
    expect([again.isDuplicate, again.position, again.parts]).toEqual([true, 2, first.parts]);
    expect(reader.position).toBe(4);
  });

  it('makes a commit once, whose id is given again', async () => {
    const { writer } = fixture();
    const first = writer.commit('a', [{ n: 1 }, { n: 2 }], 0, { commitId: 'once' });
    writer.commit('a', { n: 3 });
    await fixture().reader();
    const again = fixture().writer.commit('a', [{ n: 1 }, { n: 2 }], 0, { commitId: 'once' });
    expect(again).toMatchObject({ isDuplicate: true, id: 'once', position: first.position, version: 2, size: 2 });
    expect((await fixture().reader()).getEventStream('a').events).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('asks hooks, with the metadata of the stream, and leaves nothing behind when one throws', async () => {
    const isSecret = (stream: string): Record<string, unknown> => ({ isSecret: stream === 'secret' });
    const writer = await fixture().reopen({ streamMetadata: isSecret });
    const asked: unknown[] = [];
    writer.preCommit((event, metadata) => {
      asked.push(metadata['isSecret']);
      if ('bad' in event) throw new Error('not this one');
    });
    writer.commit('open', [{ n: 1 }, { n: 2 }]);
    expect(() => writer.commit('secret', [{ n: 0 }, { bad: true }])).toThrow('not this one');
    expect([asked, writer.hasStream('secret')]).toEqual([[false, false, true, true], false]);
    writer.commit('secret', { n: 3 });
    const reader = await fixture().reader();
    expect(reader.getStreamMetadata('secret')).toEqual({ isSecret: true });
    reader.preRead((position, metadata) => {
      if (metadata['isSecret'] === true) throw new Error(`${position} is kept back`);
    });
    expect(reader.getEventStream('open').events).toEqual([{ n: 1 }, { n: 2 }]);
    expect(() => reader.getAllEvents().events).toThrow('3 is kept back');
    expect(() => reader.readEvent(3)).toThrow('3 is kept back');
    reader.removeAllListeners('preRead');
    expect(reader.readEvent(3).payload).toEqual({ n: 3 });
  });

  it('tells of each commit once it is written', async () => {
    const { writer } = fixture();
    const told: unknown[] = [];
    writer.on('commit', (commit) => told.push([commit.position, commit.size]));
    writer.commit('a', [{ n: 1 }, { n: 2 }]);
    const joint = writer.commitAll(['a', 'b'].map((stream) => ({ stream, events: { n: 3 } })));
    await joint.flushed;
    expect(told).toEqual([
      [1, 2],
      [3, 2],
    ]);
  });
}
