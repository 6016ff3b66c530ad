/** Snapshots that fail at their first step, and what remains of them. */
import { ManualClock, SimulatedDisk } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { expect, it } from 'vitest';
import { value } from '../model/dictionary.ts';
import { RestoredModel } from './restored-model.ts';
import { Snapshots } from './snapshots.ts';
import { checkSystem } from './system-definition.ts';

async function setUp() {
  const disk = new SimulatedDisk();
  disk.makeDirectory('/data');
  const storageConfig = { fileSystem: disk.startProcess(), clock: new ManualClock() };
  const store = await EventStore.open('store', { storageDirectory: '/data', storageConfig });
  const commands = { add: (model: { n: number }) => model.n++ };
  const system = checkSystem({ name: 'sums', model: { n: value(0) }, commands, snapshot: { every: 1 } });
  const restored = new RestoredModel(system, { wantsCommands: () => false, command: () => undefined });
  await restored.restore(store, 0);
  // The state after one command.
  const commit = store.commit('prevalence-sums', { type: 'Command' });
  Object.assign(restored, { version: 1, position: commit.position });
  const told: string[] = [];
  const listener = { snapshotTaken: () => void told.push('taken'), snapshotFailed: () => void told.push('failed') };
  return { disk, store, restored, told, snapshots: new Snapshots(store, restored, listener, () => commit.durable) };
}

it.each(['makeDirectory', 'create'] as const)('keep nothing of the model any more when %s fails', async (kind) => {
  const { disk, store, restored, snapshots } = await setUp();
  disk.faults = (call) => (call.kind === kind && call.path.includes('prevalence') ? { code: 'EACCES' } : undefined);
  await expect(snapshots.take()).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' });
  expect(restored.model.transaction.beforePublish).toBeUndefined();
  disk.faults = undefined;
  await expect(snapshots.take()).resolves.toMatchObject({ objects: 1 });
  await store.close();
});

it('are over when their end was waited for, however many were asked for', async () => {
  const { store, restored, snapshots, told } = await setUp();
  const asked = [snapshots.take(), snapshots.take(), snapshots.take()];
  await snapshots.close();
  expect(told).toEqual(['taken', 'taken', 'taken']);
  restored.version++;
  snapshots.takeIfDue();
  await store.close();
  await Promise.all(asked);
  expect(told).toEqual(['taken', 'taken', 'taken']);
});
