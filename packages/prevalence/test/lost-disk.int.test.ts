/** A disk that can no longer be written: callers that wait for a command get the error, and nothing more is executed or read. */
import { ManualClock, SimulatedDisk } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { expect, it } from 'vitest';
import { accounts } from './programs/accounts.ts';

async function setUp() {
  const disk = new SimulatedDisk();
  disk.makeDirectory('/data');
  const storageConfig = { fileSystem: disk.startProcess(), clock: new ManualClock() };
  const store = await EventStore.open('bank', { storageDirectory: '/data', storageConfig });
  store.on('error', () => undefined);
  const db = await accounts.open(store);
  const told: unknown[] = [];
  db.on('error', (error) => told.push(error));
  return { disk, store, db, told };
}

it('rejects all commands that wait, and ends the system but not the process', async () => {
  const { disk, store, db, told } = await setUp();
  const deposit = (amount: number, acknowledge: 'flushed' | 'durable'): Promise<unknown> =>
    db.do.deposit({ key: 'k', amount, caller: 0 }, { acknowledge });
  await deposit(1, 'durable');
  disk.faults = ({ kind }) => (kind === 'write' ? { code: 'EIO' } : undefined);
  // No one awaits this one: an unhandled rejection would end the process, and fail this test.
  void deposit(2, 'flushed');
  const settled = await Promise.allSettled([deposit(3, 'flushed'), deposit(4, 'durable'), deposit(5, 'flushed')]);
  const lost = { status: 'rejected', reason: expect.objectContaining({ code: 'WRITE_FAILED' }) as unknown };
  expect(settled).toEqual([lost, lost, lost]);
  expect(told).toEqual([lost.reason]);
  disk.faults = undefined;
  await expect(deposit(6, 'flushed')).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  expect(() => db.model.total).toThrow('');
  await db.close();
  await store.close().catch(() => undefined);
});

// A bug once let readers see what the disk did not have, until someone executed the next command.
it('ends the system also when nobody waits for what cannot be written', async () => {
  const { disk, store, db, told } = await setUp();
  const deposit = (amount: number): Promise<unknown> =>
    db.do.deposit({ key: 'k', amount, caller: 0 }, { acknowledge: 'buffered' });
  await deposit(1);
  await deposit(2);
  store.flush();
  await new Promise((resolve) => setImmediate(resolve));
  disk.faults = ({ kind }) => (kind === 'write' ? { code: 'EIO' } : undefined);
  expect(await deposit(3)).toBe(3);
  const failure = expect.objectContaining({ code: 'WRITE_FAILED' }) as Error;
  await expect.poll(() => told).toEqual([failure]);
  expect(() => db.model.total).toThrow(failure);
  disk.faults = undefined;
  await expect(deposit(4)).rejects.toThrow(failure);
  await db.close();
  await store.close().catch(() => undefined);
  expect(told).toHaveLength(1);
});
