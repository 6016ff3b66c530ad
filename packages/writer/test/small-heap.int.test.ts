/**
 * Readers with a heap of 64 MB under a writer that is faster than they are: what they have not read yet waits in the files, not
 * in memory, and nothing is lost. `VARVE_SMALL_HEAP_EVENTS=3000000` for the long form.
 */
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { Child } from './processes/child.ts';
import { fold, startOfFold } from './processes/fold.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const program = new URL('./processes/small-reader.ts', import.meta.url);
const eventCount = Number(process.env['VARVE_SMALL_HEAP_EVENTS'] ?? 200_000);
const filler = 'x'.repeat(300);

it('A reader behind a faster writer needs no more memory for it', { timeout: 600_000 }, async () => {
  const storageDirectory = temporaryDirectory();
  await using writer = await EventStore.open('shop', { storageDirectory });
  const readers = ['all', 'category', 'consumer'].map(
    (way) => new Child(program, [storageDirectory, way], { execArgv: ['--max-old-space-size=64'] }),
  );
  for (const reader of readers) expect(await reader.next()).toBe('open');
  let hash = startOfFold.hash;
  for (let number = 1; number <= eventCount; number++) {
    writer.commit(`s-${number % 1000}`, { number, filler });
    ({ hash } = fold({ ...startOfFold, hash }, { number }));
    if (number % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  writer.flush();
  for (const reader of readers) {
    reader.process.send(eventCount);
    const said = (await reader.next()) as { mostBufferBytes: number };
    expect(said).toMatchObject({ count: eventCount, hash });
    // The cache takes 4 MB of it, the newest part of the indexes most of the rest; the events alone are 60 MB.
    expect(said.mostBufferBytes).toBeLessThan(32e6);
    console.log(`${eventCount} events through ${Math.round(said.mostBufferBytes / 1e6)} MB of buffers.`);
    reader.process.disconnect();
  }
});
