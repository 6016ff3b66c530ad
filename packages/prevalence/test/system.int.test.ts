/** A system that is opened, used, closed and opened again: the model is the result of its commands. */
import { describe, expect, it } from 'vitest';
import { registry } from './registry.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

/** Everything visible of the model. */
function contentsOf(model: Awaited<ReturnType<typeof registry.open>>['model']): unknown {
  return structuredClone({
    replicants: [...model.replicants],
    ids: [...model.replicants.keys()].map((key) => model.replicants.idOf(key)),
    notes: { ...model.notes },
    totals: model.totals,
    byStatus: model.replicants.byStatus.keys().map((status) => [status, model.replicants.byStatus.get(status)]),
    byTag: model.replicants.byTag.keys().map((tag) => [tag, model.replicants.byTag.get(tag)]),
    bySightings: model.replicants.bySightings.values(),
  });
}

describe('a system', () => {
  it('executes commands, answers queries, and is restored as it was', async () => {
    const store = await folder.open();
    const db = await registry.open(store);
    const spawned = await db.do.spawn({ designation: 'N6MAA10816' });
    expect(spawned).toMatchObject({ designation: 'N6MAA10816', status: 'at-large' });
    expect(spawned).toBe(db.q.named('N6MAA10816'));
    await db.do.spawn({ designation: 'N6FAB21416', role: 'Pleasure' });
    await db.do.sight({ designation: 'N6FAB21416' });
    await db.do.tag({ designation: 'N6FAB21416', tag: 'seen' });
    await db.do.note({ id: 'n', text: 'ok' });
    expect(await db.do.retire({ designation: 'N6MAA10816' })).toBe(true);
    expect(await db.do.retire({ designation: 'N6MAA10816' })).toBe(false);
    const token = await db.do.issueToken('N6FAB21416');
    expect(db.q.stats()).toEqual({ atLarge: 1, retired: 1 });
    expect(db.model.replicants.byToken.get(token)?.designation).toBe('N6FAB21416');
    expect(db.model.replicants.byModelAndRole.get(['Nexus-6', 'Pleasure'])).toHaveLength(1);
    const before = contentsOf(db.model);
    await db.close();
    const again = await registry.open(store);
    expect(contentsOf(again.model)).toEqual(before);
    expect(again.model.replicants.byToken.get(token)?.designation).toBe('N6FAB21416');
    await again.close();
  });

  it('that is closed while it is being restored stays closed', async () => {
    const store = await folder.open();
    await using first = await registry.open(store);
    // More commands than are replayed in one turn.
    for (let count = 0; count < 5000; count++) void first.do.note({ id: 'n', text: 'ok' }, { acknowledge: 'buffered' });
    await first.close();
    const db = registry.prepare(store);
    const restored = db.restore();
    await db.close();
    expect(await restored).toMatchObject({ commands: 5000 });
    expect(() => db.model.replicants.size).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
    await expect(db.do.spawn({ designation: 'a' })).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await using next = await registry.open(store);
    expect(next.model.replicants.size).toBe(0);
  });

  it('has nothing of a command whose handler throws', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    await db.do.spawn({ designation: 'a' });
    await db.do.tag({ designation: 'a', tag: 'first' });
    const before = contentsOf(db.model);
    const { position } = store;
    await expect(db.do.fail('a')).rejects.toThrow('on purpose');
    expect(contentsOf(db.model)).toEqual(before);
    expect(store.position).toBe(position);
    await expect(db.do.spawn({ designation: 'a' })).rejects.toMatchObject({ code: 'NOT_UNIQUE' });
    expect(contentsOf(db.model)).toEqual(before);
    await db.do.spawn({ designation: 'b' });
    expect(db.model.replicants.idOf('b')).toBe(db.model.replicants.idOf('a')! + 1);
  });
});
