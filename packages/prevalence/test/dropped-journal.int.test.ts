/** Journals whose early events were archived or dropped: snapshots replace them, and where none does, the error says so. */
import { readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { EventStore } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { accounts } from './programs/accounts.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

/** Executes 30 commands, with snapshots after the tenth and the twentieth. */
async function filled(): Promise<EventStore> {
  const store = await folder.open({ segmentBytes: 512 });
  await using db = await accounts.open(store);
  for (let n = 1; n <= 30; n++) {
    await db.do.deposit({ key: `k${n % 3}`, amount: n, caller: 0 });
    if (n % 10 === 0 && n < 30) await db.snapshot();
  }
  return store;
}

const snapshots = (): string[] => {
  const directory = join(folder.directory, 'store/prevalence/accounts');
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(directory, name))
    .toSorted();
};

describe('a journal whose early events were dropped', () => {
  it('is restored from a snapshot that contains them, here, elsewhere and in the past', async () => {
    const store = await filled();
    const { firstPosition } = await store.drop({ before: 21 });
    expect(firstPosition).toBeGreaterThan(10);
    const db = accounts.prepare(store);
    expect(await db.restore()).toEqual({ commands: 10, position: 30, snapshot: 20, passed: [] });
    expect(db.model.total).toBe(30);
    expect(await db.do.deposit({ key: 'new', amount: 1, caller: 0 })).toBe(31);
    await using follower = await accounts.follow(join(folder.directory, 'store'));
    expect(follower.model.total).toBe(31);
    expect((await accounts.at(store, { position: 25 })).model.total).toBe(25);
    await db.close();
  });

  it('is refused with the first position that is there when no snapshot contains them', async () => {
    const store = await filled();
    const { firstPosition } = await store.drop({ before: 21 });
    const lost = { code: 'EVENTS_DROPPED', expected: firstPosition };
    // For the past before that, no snapshot is left whose next command is still in the journal.
    await expect(accounts.at(store, { position: 15 })).rejects.toMatchObject({ ...lost, position: 11 });
    const [older, newest] = snapshots();
    truncateSync(newest!, 100);
    await expect(accounts.open(store)).rejects.toMatchObject({
      ...lost,
      position: 11,
      hint: expect.stringContaining(newest!) as unknown,
    });
    rmSync(newest!);
    rmSync(older!);
    await expect(accounts.open(store)).rejects.toMatchObject({ ...lost, position: 1 });
    await expect(accounts.follow(join(folder.directory, 'store'))).rejects.toMatchObject({ ...lost, position: 1 });
  });
});

describe('a journal whose early events are in an archive', () => {
  it('is restored from there, unless a snapshot contains them; and when the archive is gone, that is said', async () => {
    const store = await filled();
    const archive = join(folder.directory, 'archive');
    await store.archive({ before: 21, to: archive });
    for (const path of snapshots()) rmSync(path);
    const db = accounts.prepare(store);
    expect(await db.restore()).toMatchObject({ commands: 30, snapshot: 0 });
    await db.snapshot();
    await db.close();
    await store.close();
    rmSync(archive, { recursive: true });
    const again = await folder.open({ segmentBytes: 512 });
    await using next = await accounts.open(again);
    expect(next.model.total).toBe(30);
    await expect(accounts.at(again, { position: 5 })).rejects.toMatchObject({ code: 'ARCHIVE_MISSING' });
  });
});
