/**
 * Many who want to write one store at the same moment: processes that race for it, copies of a process made by `fork` and
 * `cluster`, and those that ask with `LOCK_RECLAIM`. One of them gets it. `VARVE_RACES=1000` for the long form.
 */
import { describe, expect, it } from 'vitest';
import { nodeFileSystem } from '@varve/core';
import { EventStore, LOCK_RECLAIM } from '../src/index.ts';
import { Child } from './processes/child.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const races = Number(process.env['VARVE_RACES'] ?? 25);
const racers = 5;
const racing = new URL('./processes/racing-writer.ts', import.meta.url);
const holding = new URL('./processes/hold-store.ts', import.meta.url);
const clustered = new URL('./processes/clustered-store.ts', import.meta.url);

const refused = expect.objectContaining({ code: 'STORE_LOCKED' }) as Error;

describe('who want to write one store at the same moment', () => {
  it(`get it one at a time, in ${races} races of ${racers} processes`, { timeout: 600_000 }, async () => {
    const storageDirectory = temporaryDirectory();
    const start = async (): Promise<Child> => {
      const child = new Child(racing, [storageDirectory]);
      expect(await child.next()).toBe('ready');
      return child;
    };
    const all = await Promise.all(Array.from({ length: racers }, start));
    const winners = new Set<number>();
    for (let race = 1; race <= races; race++) {
      // Every other race is for a store that somebody has to create.
      for (const each of all) each.send(race % 2 === 0 ? 'raced' : `raced-${race}`);
      const answers = await Promise.all(all.map((each) => each.next()));
      const won = answers.filter((answer) => typeof answer === 'number');
      expect(won, `race ${race}: ${answers.join(', ')}`).toHaveLength(1);
      const others = answers.filter((answer) => answer !== won[0]);
      expect(others).toEqual(Array(racers - 1).fill('STORE_LOCKED'));
      const place = answers.indexOf(won[0]);
      winners.add(place);
      if (race % 8 === 0) {
        await all[place]!.kill();
        all[place] = await start();
      } else {
        all[place]!.send('close');
        await all[place]!.next();
      }
    }
    await using store = await EventStore.open('raced', { storageDirectory });
    // Each race for it had an epoch, and one commit in it.
    const epochs = store.getEventStream<{ epoch: number }>('winners').events.map(({ epoch }) => epoch);
    expect(epochs).toEqual(Array.from({ length: Math.floor(races / 2) }, (_, index) => index + 1));
    console.log(`${races} races of ${racers} processes, won by ${winners.size} of them.`);
  });

  it('are told that the store is open when it is made while they look at its folder', async () => {
    const storageDirectory = temporaryDirectory();
    const makers: EventStore[] = [];
    // A process that looked for a store and found none sees the files of one a moment later.
    const list = (directory: string): string[] | undefined => {
      if (makers.length === 0) makers.push(new EventStore('shop', { storageDirectory }));
      return nodeFileSystem.list(directory);
    };
    const late = { storageDirectory, storageConfig: { fileSystem: { ...nodeFileSystem, list } } };
    expect(() => new EventStore('shop', late)).toThrow(refused);
    await makers[0]!.close();
  });

  it('are refused when they were forked from the writer, which keeps the store when they end', async () => {
    const storageDirectory = temporaryDirectory();
    await using store = new EventStore('shop', { storageDirectory });
    for (let round = 1; round <= 3; round++) {
      const forked = new Child(holding, [storageDirectory, 'shop']);
      expect(await forked.next()).toEqual(refused);
      await forked.kill();
      await store.commit('s', { round }, round - 1).durable;
    }
    expect(store.getStreamVersion('s')).toBe(3);
  });

  it('are refused in the workers of a cluster whose primary is the writer', async () => {
    const cluster = new Child(clustered, [temporaryDirectory()]);
    expect(await cluster.next()).toEqual({ codes: Array(3).fill('STORE_LOCKED'), position: 2 });
  });

  it('are refused when they ask with LOCK_RECLAIM, even while the writer stands still', async () => {
    const storageDirectory = temporaryDirectory();
    const holder = new Child(holding, [storageDirectory, 'shop']);
    expect(await holder.next()).toBe('open');
    const reclaim = (): EventStore =>
      new EventStore('shop', { storageDirectory, storageConfig: { lock: LOCK_RECLAIM } });
    expect(reclaim).toThrow(refused);
    holder.process.kill('SIGSTOP');
    expect(reclaim).toThrow(refused);
    holder.process.kill('SIGCONT');
    holder.send('commit');
    expect(await holder.next()).toBe('committed');
    await holder.kill();
    await using store = reclaim();
    expect(store.storage.epoch).toBe(2);
    expect(store.position).toBe(1);
  });
});
