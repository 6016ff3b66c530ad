/** Runs the samples of docs/conditions.md and docs/security.md, as they stand there, one page after the other. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

type Run = (store: EventStore, open: typeof EventStore, storageDirectory: string) => Promise<Record<string, unknown>>;

/** The samples of a page as one function, which returns the variables in `results`. */
function samplesOf(page: string, results: readonly string[]): Run {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
  const samples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]!);
  expect(samples.length).toBeGreaterThan(0);
  const body = stripTypeScriptTypes(samples.join('\n'));
  const build = Reflect.construct(Function, [
    `return async (given, EventStore, storageDirectory) => {
    ${page === 'security.md' ? '' : 'const store = given;'}
    ${body}
    return { ${results.join(', ')} };
  }`,
  ]) as () => Run;
  return build();
}

describe('the samples', () => {
  it('of docs/conditions.md do what the page says', async () => {
    const store = await folder.writer();
    const run = samplesOf('conditions.md', ['big', 'taken', 'campus', 'seen']);
    const { big, taken, campus, seen } = await run(store, EventStore, folder.directory);
    expect(big).toEqual([{ type: 'OrderPlaced', total: 1500 }]);
    expect([taken, seen]).toEqual([0, 0]);
    expect((campus as EventStore).position).toBe(3);
    expect((campus as EventStore).getStreamVersion('student-s2')).toBe(1);
    await (campus as EventStore).close();
  });

  it('of docs/security.md open a store', async () => {
    const run = samplesOf('security.md', ['store']);
    const { store } = await run(await folder.writer(), EventStore, folder.directory);
    expect((store as EventStore).createEventStream('a', (event) => event.type === 'A')).toHaveLength(0);
    await (store as EventStore).close();
  });
});
