/** Makes a golden store, and says what must be read from it, without reading it. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ManualClock, SeededRandom } from '@varve/core/testing';
import { EventStore } from '../../src/index.ts';
import type { GoldenStore } from './golden-stores.ts';

/** Writes the store into a folder of its name, which must not be there yet. */
export async function makeGoldenStore(storageDirectory: string, golden: GoldenStore): Promise<void> {
  for (const { clockUs, commits, before, after } of golden.sessions) {
    const storageConfig = { ...golden.options, clock: new ManualClock(clockUs), random: new SeededRandom(7), watch: false };
    const store = await EventStore.open(golden.name, { storageDirectory, storageConfig });
    before?.(store);
    for (const { stream, events, metadata, commitId } of commits) {
      store.commit(stream, events, -1, commitId === undefined ? metadata : { ...metadata, commitId });
    }
    store.flush();
    await after?.(store);
    await store.close();
  }
  for (const path of filesOf(join(storageDirectory, golden.name))) {
    if (isOfOneMachine(path)) rmSync(join(storageDirectory, golden.name, path));
  }
}

/** Files below a folder, sorted. */
function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

export function contentsOf(folder: string): Record<string, string> {
  return Object.fromEntries(filesOf(folder).map((path) => [path, readFileSync(join(folder, path)).toString('hex')]));
}

interface ExpectedEvent {
  readonly event: object;
  readonly stream: string;
  readonly line: string;
}

/** One line for each event and each stream, as `packages/core/test/describe-store.ts` makes them by reading. */
export function expectedOf(golden: GoldenStore): string {
  const events = expectedEvents(golden);
  const streams = Object.entries(golden.streams).map(([name, has]) => {
    const positions = events.flatMap(({ event, stream }, index) => (has(event, stream) ? [index + 1] : []));
    return `${oneLine(name)}: ${positions.join(' ')}`;
  });
  const kept = events.slice((golden.firstPosition ?? 1) - 1);
  return `${[...kept.map(({ line }) => line), ...streams].join('\n')}\n`;
}

function expectedEvents(golden: GoldenStore): ExpectedEvent[] {
  const storeId = new SeededRandom(7).hex(16);
  const expected: ExpectedEvent[] = [];
  const versions = new Map<string, number>();
  let lastClockUs = 0;
  for (const [session, { clockUs, commits }] of golden.sessions.entries()) {
    for (const { stream, events, metadata = {}, commitId: givenId } of commits) {
      lastClockUs = Math.max(lastClockUs + 1, clockUs);
      const commitId = givenId ?? `${storeId.slice(0, 12)}-${session + 1}-${expected.length + 1}`;
      for (const [index, event] of events.entries()) {
        const version = (versions.get(stream) ?? 0) + 1;
        versions.set(stream, version);
        const place = [expected.length + 1, version, lastClockUs, commitId, `${index + 1}/${events.length}`].join(' ');
        expected.push({ event, stream, line: `${place} ${[stream, event, metadata].map(oneLine).join(' ')}` });
      }
    }
  }
  return expected;
}

function oneLine(value: unknown): string {
  return inspect(value, { depth: Infinity, breakLength: Infinity, maxArrayLength: null, maxStringLength: null });
}

/** The lock, and the note who holds it. */
function isOfOneMachine(path: string): boolean {
  return path === 'writer.json' || path.endsWith('.lock') || /^consumers\/.*\.json$/.test(path);
}
