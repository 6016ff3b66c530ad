/** What does not compile: each line below a `@ts-expect-error` is a compiler error, which the gate `types` verifies. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import { collection, hash, hashList, prevalence, type ReadonlyDate } from '../../src/index.ts';
import type { Replicant, registry } from '../registry.ts';

type Database = Awaited<ReturnType<typeof registry.open>>;

/** Never called, only compiled. */
function compiled(db: Database): unknown[] {
  const { model } = db;
  const replicant = model.replicants.get('a')!;
  return [
    () => {
      // @ts-expect-error Outside of a command nothing can be assigned.
      replicant.sightings = 1;
    },
    () => {
      // @ts-expect-error Nor in what an index gives.
      model.replicants.byStatus.get('retired')[0]!.status = 'at-large';
    },
    () => {
      // @ts-expect-error Nor deeper in an object.
      replicant.tags.push('x');
    },
    () => {
      // @ts-expect-error Nor can a date be set.
      replicant.lastSeen?.setTime(0);
    },
    () => {
      // @ts-expect-error Nor an entry of a dictionary.
      model.notes['a'] = { text: '' };
    },
    () => {
      // @ts-expect-error Nor a value.
      model.totals.spawned++;
    },
    () => {
      // @ts-expect-error There is no way to insert.
      model.replicants.insert({});
    },
    () => {
      // @ts-expect-error An index takes values of its field only.
      model.replicants.byStatus.get('escaped');
    },
    () => {
      // @ts-expect-error A command takes its argument only.
      void db.do.retire({ name: 'a' });
    },
    () => {
      // @ts-expect-error There is no such command.
      void db.do.release({});
    },
    () => {
      // @ts-expect-error There is no such query.
      db.q.everything();
    },
    // @ts-expect-error An index needs a field of the objects.
    () => collection<Replicant>()({ key: 'designation', indexes: { byName: hash('name') } }),
    // @ts-expect-error So does the key.
    () => collection<Replicant>()({ key: 'name' }),
    () =>
      db.transact((draft) => {
        draft.replicants.get('a')!.sightings++;
        // @ts-expect-error The key of an object cannot be changed.
        draft.replicants.get('a')!.designation = 'b';
        // @ts-expect-error A collection cannot be assigned.
        draft.replicants = db.model.replicants;
      }),
  ];
}

describe('types', () => {
  it('let nothing be written outside of commands', () => {
    expect(compiled).toBeTypeOf('function');
  });

  it('say what commands, queries and indexes give', () => {
    expectTypeOf<Database['do']['retire']>().returns.resolves.toEqualTypeOf<boolean>();
    expectTypeOf<Database['do']['remove']>().parameter(0).toEqualTypeOf<string>();
    expectTypeOf<Database['q']['stats']>().returns.toEqualTypeOf<{ atLarge: number; retired: number }>();
    expectTypeOf<Database['model']['totals']['spawned']>().toEqualTypeOf<number>();
    type View = NonNullable<ReturnType<Database['model']['replicants']['get']>>;
    expectTypeOf<View['tags']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<NonNullable<View['lastSeen']>>().toEqualTypeOf<ReadonlyDate>();
    expectTypeOf<Database['model']['replicants']['byTag']['get']>().parameter(0).toEqualTypeOf<string>();
    expectTypeOf<Database['model']['replicants']['byModelAndRole']['get']>()
      .parameter(0)
      .toEqualTypeOf<readonly [string, string]>();
  });

  it('know objects without a key by numbers, and systems without queries', () => {
    const system = prevalence({
      name: 'log',
      model: { lines: collection<{ text: string; words: string[] }>()({ indexes: { byWord: hashList('words') } }) },
      commands: {
        write: (model, text: string) => {
          const line = model.lines.insert({ text, words: text.split(' ') });
          expectTypeOf(line.text).toEqualTypeOf<string>();
        },
        clear: (model) => model.lines.clear(),
      },
    });
    type Log = Awaited<ReturnType<typeof system.open>>;
    expectTypeOf<Log['model']['lines']['get']>().parameter(0).toEqualTypeOf<number>();
    expectTypeOf<Log['q']>().toEqualTypeOf<object>();
    expectTypeOf<Log['do']['clear']>().returns.resolves.toEqualTypeOf<void>();
    expect(system.name).toBe('log');
  });
});
