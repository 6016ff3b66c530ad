/** Models of the past, and models in other processes: they equal the model of the process that executes the commands. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '@varve/core/testing';
import { ReadOnlyEventStore } from '@varve/core';
import { describe, expect, it } from 'vitest';
import { prevalence, value } from '../src/index.ts';
import { registry } from './registry.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

describe('the past', () => {
  it('is there by position and by time, beside the present', async () => {
    const clock = new ManualClock(1_000_000_000);
    const store = await folder.open({ clock });
    await using db = await registry.open(store);
    const seen: { position: number; time: number; contents: unknown }[] = [];
    for (const designation of ['a', 'b', 'c']) {
      await db.do.spawn({ designation });
      store.commit('others', { type: 'Other' });
      clock.advance(1000);
      seen.push({ position: db.position, time: clock.nowUs() / 1000 - 1000, contents: [...db.model.replicants] });
    }
    await db.do.retire({ designation: 'a' });
    const present = [...db.model.replicants];
    await using reader = await ReadOnlyEventStore.open('store', { storageDirectory: folder.directory });
    for (const { position, time, contents } of seen) {
      const byPosition = await registry.at(store, { position: position + 1 });
      expect([...byPosition.model.replicants]).toEqual(contents);
      expect(byPosition.position).toBe(position);
      const byTime = await registry.at(reader, { time });
      expect([...byTime.model.replicants]).toEqual(contents);
      expect(byTime.time).toBe(time);
      expect([...(await registry.at(store, { time: new Date(time + 999) })).model.replicants]).toEqual(contents);
    }
    expect((await registry.at(store, { position: 0 })).model.replicants.size).toBe(0);
    expect((await registry.at(store, { time: 0 })).q.stats()).toEqual({ atLarge: 0, retired: 0 });
    const last = await registry.at(store, { position: store.position });
    expect([...last.model.replicants]).toEqual(present);
    expect([...db.model.replicants]).toEqual(present);
    await expect(registry.at(store, {} as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(registry.at(store, { position: -1 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('a follower', () => {
  it('has what the system has, when it has caught up', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    await db.do.spawn({ designation: 'a' });
    await using follower = await registry.follow(join(folder.directory, 'store'));
    expect(follower.q.named('a')?.status).toBe('at-large');
    const told: unknown[] = [];
    follower.on('command', (name, argument, result, { isReplay, position }) =>
      told.push([name, argument, result, isReplay, position]),
    );
    for (let n = 0; n < 50; n++) await db.do.spawn({ designation: `r${n}` });
    expect(await db.do.retire({ designation: 'a' })).toBe(true);
    const last = store.commit('others', { type: 'Other' });
    await follower.caughtUp(db.position);
    expect(follower.q.stats()).toEqual(db.q.stats());
    expect(structuredClone([...follower.model.replicants])).toEqual(structuredClone([...db.model.replicants]));
    expect(told.at(-1)).toEqual(['retire', { designation: 'a' }, true, false, db.position]);
    await follower.caughtUp(last.position);
    expect(follower.position).toBe(db.position);
    await expect(follower.caughtUp(last.position + 1, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/);
    await follower.close();
    expect(() => follower.q.stats()).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
  });

  it('waits for the first command, and tells what it cannot go on with', async () => {
    const store = await folder.open();
    const define = (factor: number): ReturnType<typeof counter> => counter(factor);
    await using follower = await define(2).follow(join(folder.directory, 'store'));
    const failed = new Promise<Error>((resolve) => follower.once('error', resolve));
    await using db = await define(1).open(store);
    await db.do.add(0);
    await follower.caughtUp(db.position);
    expect(follower.model.total).toBe(0);
    await db.do.add(5);
    await expect(follower.caughtUp(db.position)).rejects.toMatchObject({ code: 'REPLAY_FAILED', position: 2 });
    expect(await failed).toMatchObject({ code: 'REPLAY_FAILED' });
    expect(() => follower.model.total).toThrow(expect.objectContaining({ code: 'REPLAY_FAILED' }));
  });

  it('tells that its store was closed, and is not taken for one that follows', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    await db.do.spawn({ designation: 'a' });
    const reader = await ReadOnlyEventStore.open('store', { storageDirectory: folder.directory });
    await using follower = await registry.follow(reader);
    const told = once(follower, 'error');
    expect(follower.model.replicants.size).toBe(1);
    await reader.close();
    expect(await told).toMatchObject([{ code: 'STORE_CLOSED' }]);
    expect(() => follower.model.replicants.size).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
    await expect(follower.caughtUp(1)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  });

  it('goes on in a replica, which is a copy that is renewed', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    for (let n = 0; n < 20; n++) await db.do.spawn({ designation: `r${n}` });
    await db.snapshot();
    await db.do.retire({ designation: 'r0' });
    const replica = join(folder.directory, 'replica');
    // A plain copy stands in for rsync: between two commands nothing is written.
    const copy = (): void => cpSync(join(folder.directory, 'store'), join(replica, 'store'), { recursive: true });
    copy();
    await using reader = await ReadOnlyEventStore.open('store', { storageDirectory: replica, replica: true });
    await using follower = await registry.follow(reader);
    expect(follower.q.stats()).toEqual({ atLarge: 19, retired: 1 });
    for (let n = 1; n < 20; n++) await db.do.retire({ designation: `r${n}` });
    copy();
    await follower.caughtUp(db.position);
    expect(structuredClone([...follower.model.replicants])).toEqual(structuredClone([...db.model.replicants]));
    const past = await registry.at(reader, { position: 21 });
    expect([past.position, past.q.stats()]).toEqual([21, { atLarge: 19, retired: 1 }]);
  });

  it('needs a store', async () => {
    await expect(registry.follow(join(folder.directory, 'nothing'))).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });

  it('never loads the code that writes', async () => {
    const store = await folder.open();
    const db = await registry.open(store);
    await db.do.spawn({ designation: 'a' });
    const program = join(import.meta.dirname, 'programs/follow.ts');
    const output = execFileSync(process.execPath, [program, join(folder.directory, 'store')], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual({ atLarge: 1, writerModules: [] });
    await db.close();
  });
});

function counter(factor: number) {
  return prevalence({
    name: 'counter',
    model: { total: value(0) },
    commands: { add: (model, n: number) => (model.total += n * factor) },
  });
}
