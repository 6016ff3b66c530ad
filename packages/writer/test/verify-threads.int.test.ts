/** Checks in threads, of real files: the same findings as in one process, progress, an end on request, a writer beside it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type VerifyProgress, verifyStore } from '@varve/core';
import { describe, expect, it } from 'vitest';
import { commitMany, useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();
const options = { segmentBytes: 262_144, eventsPerIndexRun: 4096, indexTypes: true };
const storePath = (): string => `${folder.directory}/store`;

async function filled(count: number): Promise<void> {
  const store = await folder.writer(options);
  commitMany(store, count);
  await store.close();
}

describe('verifyStore, in threads', () => {
  it('finds the same as without', { timeout: 60_000 }, async () => {
    await filled(40_000);
    const progress: VerifyProgress[] = [];
    const whole = await verifyStore(storePath(), { threads: 2, onProgress: (now) => progress.push(now) });
    expect(whole).toMatchObject({ isWhole: true, findings: [], events: 40_000, streams: 3, lastPosition: 40_000 });
    expect(progress.at(-1)).toMatchObject({ bytesDone: progress[0]!.bytesTotal, findings: 0 });
    const segment = `${storePath()}/partitions/000001-shared/00000000000000000000.seg`;
    const bytes = readFileSync(segment);
    bytes[100_000]! ^= 4;
    writeFileSync(segment, bytes);
    const inThreads = await verifyStore(storePath(), { threads: 2 });
    const here = await verifyStore(storePath());
    expect(inThreads).toEqual(here);
    expect(here.findings[0]).toMatchObject({ code: 'FRAME', path: segment });
    expect(here.missing).toEqual([{ from: here.findings[0]!.position, to: here.findings[0]!.lastPosition }]);
  });

  it.each([undefined, 2])('ends with the reason of its signal (threads: %s)', { timeout: 60_000 }, async (threads) => {
    await filled(20_000);
    const stop = new AbortController();
    const more = threads === undefined ? {} : { threads };
    let isFirst = true;
    const onProgress = (): void => {
      if (isFirst) setImmediate(() => stop.abort(new Error('enough')));
      isFirst = false;
    };
    await expect(verifyStore(storePath(), { ...more, signal: stop.signal, onProgress })).rejects.toThrow('enough');
    await expect(verifyStore(storePath(), { signal: stop.signal })).rejects.toThrow('enough');
  });

  it('finds nothing beside a writer that commits, makes runs and merges them', { timeout: 60_000 }, async () => {
    const store = await folder.writer(options);
    const over = new AbortController();
    let checks = 0;
    const checking = (async () => {
      while (!over.signal.aborted) {
        const result = await verifyStore(storePath());
        expect(result.findings).toEqual([]);
        expect(result.events).toBe(result.lastPosition);
        checks++;
      }
    })();
    for (let round = 0; round < 40; round++) {
      commitMany(store, 1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    over.abort();
    await checking;
    expect(checks).toBeGreaterThan(1);
    console.log(`Checked ${checks} times beside a writer`);
  });
});
