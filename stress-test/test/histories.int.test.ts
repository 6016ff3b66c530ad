/**
 * The short form of the histories of clients whose writer is killed; and that the checker finds what cannot be explained.
 * `npm run histories` is the long form.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { SeededRandom } from '@varve/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { History } from '../src/histories/history.ts';
import { linearize } from '../src/histories/linearizability.ts';
import { type CommitInput, type Output, streamModel, type StreamOperation } from '../src/histories/stream-model.ts';

const seed = Number(process.env['VARVE_SEED'] ?? Date.now() % 1_000_000);

it.each(['shared', 'perStream', 'perCategory'] as const)(
  `has an order that explains what all clients were told, partitioned: %s (seed ${seed})`,
  { timeout: 300_000 },
  async (partitioner) => {
    const storageDirectory = mkdtempSync(`${tmpdir()}/varve-histories-`);
    onTestFinished(() => rmSync(storageDirectory, { recursive: true, force: true }));
    const random = new SeededRandom(seed);
    const options = { storageDirectory, partitioner, clients: 8, kills: 6, random };
    const { problems, ...result } = await new History(options).run();
    expect(problems).toEqual([]);
    expect(result.operations).toBeGreaterThan(20);
    console.log(`${partitioner}: ${JSON.stringify({ seed, ...result })}`);
  },
);

describe('a history of streams', () => {
  type Streams = Readonly<Record<string, readonly string[]>>;
  type Part = CommitInput['parts'][number];

  function commit(id: string, parts: readonly Part[], more: Partial<CommitInput> = {}): CommitInput {
    return { kind: 'commit', id, type: 't', parts, condition: undefined, ...more };
  }

  function part(stream: string, expected?: number, count = 1): Part {
    return { stream, count, expected };
  }

  function committed(...versions: number[]): Output {
    return { kind: 'committed', versions, isDuplicate: false };
  }

  /** Operations with the times of their calls and returns. */
  function isExplained(
    last: Streams,
    operations: readonly (readonly [CommitInput | Streams, Output | undefined, number, number])[],
  ): boolean {
    const all = operations.map(([input, output, called, returned]): StreamOperation => {
      if (input['kind'] === 'commit') return { input: input as CommitInput, output, called, returned };
      return { input: { kind: 'read' }, output: { kind: 'read', streams: input as Streams }, called, returned };
    });
    const end = {
      input: { kind: 'read' },
      output: { kind: 'read', streams: last },
      called: 100,
      returned: 101,
    } as const;
    return linearize([...all, end], streamModel(last)) !== undefined;
  }

  const one = commit('x', [part('a', 0)]);
  const other = commit('y', [part('a', 0)]);
  const conflict: Output = { kind: 'refused', code: 'OPTIMISTIC_CONCURRENCY' };

  it('is explained by an order that nobody saw', () => {
    expect(
      isExplained({ a: ['x'] }, [
        [one, committed(1), 1, 4],
        [other, conflict, 2, 3],
      ]),
    ).toBe(true);
    expect(
      isExplained({ a: ['y', 'x'] }, [
        [commit('x', [part('a')]), committed(2), 1, 4],
        [other, undefined, 2, Infinity],
      ]),
    ).toBe(true);
    expect(
      isExplained({ a: ['x'] }, [
        [one, undefined, 1, Infinity],
        [{ a: [] }, undefined, 2, 3],
        [{ a: ['x'] }, undefined, 4, 5],
      ]),
    ).toBe(true);
  });

  it('cannot have two that both found the stream empty', () => {
    expect(
      isExplained({ a: ['x', 'y'] }, [
        [one, committed(1), 1, 4],
        [other, committed(2), 2, 3],
      ]),
    ).toBe(false);
  });

  it('cannot refuse what nothing stood against', () => {
    expect(
      isExplained({ a: ['x'] }, [
        [one, committed(1), 3, 4],
        [other, conflict, 1, 2],
      ]),
    ).toBe(false);
  });

  it('cannot lose a commit that was acknowledged', () => {
    expect(isExplained({ a: [] }, [[one, committed(1), 1, 2]])).toBe(false);
  });

  it('cannot show what a later read does not show', () => {
    const operations = [
      [one, committed(1), 1, 8],
      [{ a: ['x'] }, undefined, 2, 3],
      [{ a: [] }, undefined, 4, 5],
    ] as const;
    expect(isExplained({ a: ['x'] }, operations)).toBe(false);
  });

  it('cannot hide a commit that was acknowledged before the read began', () => {
    expect(
      isExplained({ a: ['x'] }, [
        [one, committed(1), 1, 2],
        [{ a: [] }, undefined, 3, 4],
      ]),
    ).toBe(false);
  });

  it('cannot show half of a commit to two streams, or keep half of it', () => {
    const both = commit('x', [part('a'), part('b')]);
    expect(
      isExplained({ a: ['x'], b: ['x'] }, [
        [both, committed(1, 1), 1, 4],
        [{ a: ['x'], b: [] }, undefined, 2, 3],
      ]),
    ).toBe(false);
    expect(isExplained({ a: ['x'], b: [] }, [[both, undefined, 1, Infinity]])).toBe(false);
    expect(isExplained({ a: ['x'] }, [[commit('x', [part('a', 0, 2)]), undefined, 1, Infinity]])).toBe(false);
  });

  it('cannot have a commit twice, or call the first one a duplicate', () => {
    const again = commit('x', [part('a')]);
    const duplicate: Output = { kind: 'committed', versions: [1], isDuplicate: true };
    expect(
      isExplained({ a: ['x'] }, [
        [again, undefined, 1, Infinity],
        [again, duplicate, 2, 3],
      ]),
    ).toBe(true);
    expect(
      isExplained({ a: ['x', 'x'] }, [
        [again, undefined, 1, Infinity],
        [again, committed(2), 2, 3],
      ]),
    ).toBe(false);
    expect(isExplained({ a: ['x'] }, [[again, duplicate, 2, 3]])).toBe(false);
  });

  it('cannot accept what its condition excludes', () => {
    const only = commit('y', [part('a')], { condition: { type: 't', behind: 0 } });
    expect(
      isExplained({ a: ['x', 'y'] }, [
        [one, committed(1), 1, 2],
        [only, committed(2), 3, 4],
      ]),
    ).toBe(false);
    const refused: Output = { kind: 'refused', code: 'CONDITION_FAILED' };
    expect(
      isExplained({ a: ['x'] }, [
        [one, committed(1), 1, 2],
        [only, refused, 3, 4],
      ]),
    ).toBe(true);
  });
});
