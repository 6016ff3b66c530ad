/**
 * The rules of the registry, on a real store: each is enforced inside its command, and still holds when the model is
 * restored.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Refusal } from './refusal.ts';
import { registry } from './registry.ts';
import { seed } from './seed.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'registry-model-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

it('refuses inside the command, so that of several at once one is carried out, and the others leave no trace', async () => {
  await using store = await EventStore.open('registry', { storageDirectory: directory });
  await using db = await registry.open(store);
  const report = { designation: 'N8', model: 'Nexus-8', role: '', incept: '' };
  const settled = await Promise.allSettled([
    db.do.seed(seed),
    db.do.seed(seed),
    db.do.spawn(report),
    db.do.spawn({ ...report, role: 'Other' }),
    db.do.retire('N8'),
    db.do.retire('N8'),
    db.do.retire('N7FAB00001'),
    db.do.retire('nobody'),
    db.do.sight('nobody'),
    db.do.sight('N8'),
  ]);
  const reasons = settled.map((result) => (result.status === 'rejected' ? (result.reason as Error) : undefined));
  expect(reasons.every((reason) => reason === undefined || reason instanceof Refusal)).toBe(true);
  expect(reasons.map((reason) => reason?.message ?? 'done')).toEqual([
    'done',
    'The registry is not empty',
    'done',
    'Designation already registered',
    'done',
    'N8 was already retired by another unit -- command void',
    'N7FAB00001 retirement order failed -- system error code RACH32fa00a139',
    'nobody is not in the registry -- command void',
    'nobody is not in the registry -- command void',
    'done',
  ]);
  expect(store.position).toBe(4);
  expect(db.q.stats()).toEqual({ atLarge: 4, retired: 1, models: ['Nexus-6', 'Nexus-7', 'Nexus-8'] });
});

it('restores when a unit was seen last, however late it is restored', async () => {
  const clock = new ManualClock(1_000_000_000);
  {
    await using store = await EventStore.open('registry', { storageDirectory: directory, storageConfig: { clock } });
    await using db = await registry.open(store);
    await db.do.seed(seed);
    await db.do.sight('N6MAA10816');
  }
  clock.advance(3_600_000);
  await using store = await EventStore.open('registry', { storageDirectory: directory, storageConfig: { clock } });
  await using db = await registry.open(store);
  expect(db.model.replicants.get('N6MAA10816')?.lastSeen?.getTime()).toBe(1_000_000);
});
