/**
 * What the work costs, in counts that no other load on the machine can change: calls and bytes of input and output
 * exactly, bytes of the heap within a few per cent. A change that increases one of them must say so here.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CALLERS, type Counts, DURABLE_COMMITS, EVENTS, type Work } from '../src/guard/main.ts';

/** V8 allocates differently from version to version; these are the figures of the version that this repository pins. */
const NODE_MAJOR = 24;

/** Heap bytes per event, at most: 10 % more than measured; the figure varies by 3 % from run to run, under load too. */
const HEAP_BYTES_MAX: Partial<Record<Work, number>> = {
  append: 420,
  commitsOf10: 285,
  scan: 345,
  streams: 420,
  random: 640,
  consumer: 895,
};

const NOTHING_IS_COLLECTED = ['--expose-gc', '--min-semi-space-size=1024', '--max-semi-space-size=1024'];
/**
 * Optimised code allocates less. When the thread that runs the code also compiles it, it is ready at the same event in
 * every run.
 */
const COMPILED_IN_TURN = '--single-threaded';

let counts: Record<Work, Counts>;

beforeAll(() => {
  const program = join(import.meta.dirname, '../dist/guard/main.js');
  const options = [...NOTHING_IS_COLLECTED, COMPILED_IN_TURN, '--disable-warning=ExperimentalWarning'];
  counts = JSON.parse(execFileSync(process.execPath, [...options, program], { encoding: 'utf8' })) as typeof counts;
}, 120_000);

function io(work: Work): Omit<Counts, 'heapBytes' | 'bufferBytes'> {
  const { reads, bytesRead, writes, bytesWritten, syncs, others } = counts[work];
  return { reads, bytesRead, writes, bytesWritten, syncs, others };
}

/** Before each batch of writes the writer checks whether it still owns the store: a `stat` and a read of the head. */
const HEAD_BYTES = 4160;
function looks(count: number): Pick<Counts, 'reads' | 'bytesRead'> {
  return { reads: count, bytesRead: count * HEAD_BYTES };
}

const NOTHING = { reads: 0, bytesRead: 0, writes: 0, bytesWritten: 0, syncs: 0, others: 0 };

describe('what is asked of the file system', () => {
  it('is three writes for a thousand commits: their frames, their positions, the head', () => {
    // The first tick also writes the names of the streams, synced before the frames that need them.
    const counted = { ...looks(20 + 2), writes: 3 * 20 + 3, bytesWritten: 2_536_090, syncs: 4, others: 4 + 22 };
    expect(io('append')).toEqual(counted);
  });

  it('is fewer bytes for commits of ten events', () => {
    const counted = { ...looks(20 + 2), writes: 3 * 20 + 6, bytesWritten: 1_961_500, syncs: 4, others: 4 + 22 };
    expect(io('commitsOf10')).toEqual(counted);
  });

  it('is one sync for a commit that somebody waits for, and one for all that wait together', () => {
    expect(io('durable')).toMatchObject({
      ...looks(2 * DURABLE_COMMITS),
      syncs: DURABLE_COMMITS,
      writes: 4 * DURABLE_COMMITS,
      others: 2 * DURABLE_COMMITS,
    });
    const ticks = DURABLE_COMMITS / CALLERS;
    expect(io('durableTogether')).toMatchObject({
      ...looks(2 * ticks),
      syncs: ticks,
      writes: 4 * ticks,
      others: 2 * ticks,
    });
  });

  it('is each block once when everything is read, and nothing when parts of all blocks are wanted again and again', () => {
    // The last block is not full, which takes a second read; opening the store has read only its last frame.
    const counted = { ...NOTHING, reads: 145 + 2, bytesRead: 145 * 16_384 + 11_507, others: 3 };
    expect(io('coldScan')).toEqual(counted);
    // The other blocks are still cached: the last ones of the previous pass, and those of which the reader needed a
    // part before it.
    expect(io('scan')).toEqual({ ...NOTHING, reads: 136, bytesRead: 136 * 16_384 });
    for (const work of ['streams', 'random'] as const) expect(io(work)).toEqual(NOTHING);
  });

  it('is one write for a saved state', () => {
    const { bytesWritten, ...calls } = io('consumer');
    // Each save checks whether the lock is still where it was taken; the first one also checks for a file that must not
    // be lost. The description of the store is read once.
    const saves = EVENTS / 100 + 1;
    const counted = { ...NOTHING, reads: 1, bytesRead: 201, writes: saves, others: saves + 13 };
    expect({ ...calls, bytesWritten: 0 }).toEqual(counted);
    // The checksum of the last event, which covers the time, is a number of four or five bytes.
    expect(bytesWritten).toBeGreaterThan(12_300);
    expect(bytesWritten).toBeLessThan(12_600);
  });
});

const isPinnedNode = process.versions.node.startsWith(`${NODE_MAJOR}.`);
describe.runIf(isPinnedNode)('what is allocated for an event', () => {
  it.each(Object.entries(HEAP_BYTES_MAX))('%s: at most %i bytes', (work, maximum) => {
    expect(counts[work as Work].heapBytes / EVENTS).toBeLessThan(maximum);
    // Less than half would mean that the measurement is broken: a garbage collection ran in between.
    expect(counts[work as Work].heapBytes / EVENTS).toBeGreaterThan(maximum / 2);
  });
});
