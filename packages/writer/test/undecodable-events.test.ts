/**
 * Events that this program cannot decode, because it lacks an extension of msgpackr that others have. Recovery and repair
 * decode events that may need keys which the catalog has lost, and treated these as such events: they cut them off, with
 * everything after them.
 */
import { verifyStore } from '@varve/core';
import type { SimulatedDisk } from '@varve/core/testing';
import { repairStore } from '@varve/writer';
import { addExtension } from 'msgpackr';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

class Money {
  readonly cents: number;

  constructor(cents: number) {
    this.cents = cents;
  }
}

let hasExtension = true;
addExtension({
  Class: Money,
  type: 0x4d,
  write: ({ cents }: Money) => [cents],
  read: ([cents]: number[]) => {
    if (!hasExtension) throw new Error('no such extension');
    return new Money(cents!);
  },
});
afterEach(() => {
  hasExtension = true;
});

const events = [{ price: new Money(1) }, { price: new Money(2), sort: 'a' }, { other: 3 }];

/** The head is lost, and with it how far the catalog reached. */
async function withoutHead(): Promise<SimulatedDisk> {
  const disk = emptyDisk();
  const store = openStore(disk);
  for (const event of events) store.commit('s', event);
  await store.close();
  disk.startProcess().remove(`${storePath}/head`);
  return disk;
}

async function expectAll(disk: SimulatedDisk): Promise<void> {
  hasExtension = true;
  const store = openStore(disk);
  expect([...store.getAllEvents()]).toEqual(events);
  await store.close();
}

describe('events that cannot be decoded here', () => {
  it('are kept by recovery', async () => {
    const disk = await withoutHead();
    hasExtension = false;
    const store = openStore(disk);
    expect(store.position).toBe(events.length);
    await store.close();
    await expectAll(disk);
  });

  it('are whole for a check, and kept by a repair', async () => {
    const disk = await withoutHead();
    hasExtension = false;
    const fileSystem = disk.startProcess();
    expect(await verifyStore(storePath, { fileSystem })).toMatchObject({ hasAllEvents: true });
    expect(await repairStore(storePath, { fileSystem })).toMatchObject({ lastPosition: events.length, remaining: [] });
    await expectAll(disk);
  });
});
