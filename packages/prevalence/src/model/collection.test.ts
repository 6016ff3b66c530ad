/** Collections: objects by key and by number, also when a command fails. */
import { describe, expect, it } from 'vitest';
import { CommandRunner } from '../commands/command-runner.ts';
import { JournaledContext } from '../commands/command-context.ts';
import { collection } from './collection.ts';
import { Model } from './model.ts';
import type { ModelDraft, ModelReader } from './model-types.ts';

const definition = {
  items: collection<{ id: string; n: number }>()({ key: 'id', transient: () => ({ shown: 0 }) }),
  lines: collection<{ text: string }>()(),
};

function open(): {
  model: ModelReader<typeof definition>;
  run: <Result>(change: (model: ModelDraft<typeof definition>) => Result) => Result;
} {
  const model = new Model(definition);
  const runner = new CommandRunner(model, false);
  return {
    model: model.reader as ModelReader<typeof definition>,
    run: (change) => {
      const handler = (draft: object): unknown => change(draft as ModelDraft<typeof definition>);
      const { result } = runner.run({ handler }, undefined, new JournaledContext('', 0, () => ''));
      model.transaction.publish();
      return result as ReturnType<typeof change>;
    },
  };
}

describe('a collection', () => {
  it('knows its objects by numbers, which are never used again', () => {
    const { model, run } = open();
    for (const id of ['a', 'b', 'c']) run(({ items }) => items.insert({ id, n: 1 }));
    const number = model.items.idOf('b')!;
    expect([model.items.byId(number)?.id, model.items.byId(99), model.items.idOf('z')]).toEqual([
      'b',
      undefined,
      undefined,
    ]);
    run(({ items }) => {
      items.delete('b');
      expect(items.byId(number)).toBeUndefined();
      items.insert({ id: 'b', n: 2 });
      expect(items.byId(items.idOf('b')!)?.n).toBe(2);
    });
    expect(model.items.byId(number)).toBeUndefined();
    expect(model.items.byId(model.items.idOf('b')!)).toBe(model.items.get('b'));
    expect(model.items.idOf('b')).toBeGreaterThan(model.items.idOf('c')!);
  });

  // A bug once built the map of numbers in the middle of a command, without an object that the command had deleted.
  it('finds an object by its number again when the command that put another in its place has failed', () => {
    const { model, run } = open();
    run(({ items }) => items.insert({ id: 'a', n: 1 }));
    expect(() =>
      run(({ items }) => {
        items.delete('a');
        items.insert({ id: 'a', n: 2 });
        items.byId(1);
        throw new Error('on purpose');
      }),
    ).toThrow('on purpose');
    expect(model.items.idOf('a')).toBe(1);
    expect(model.items.byId(1)).toEqual({ id: 'a', n: 1 });
  });

  it('without keys takes objects by numbers, and replaces none', () => {
    const { model, run } = open();
    run(({ lines }) => void [lines.insert({ text: 'x' }), lines.insert({ text: 'y' })]);
    expect([...model.lines.keys()].map((key) => model.lines.get(key)?.text)).toEqual(['x', 'y']);
    expect(() => run(({ lines }) => lines.put({ text: 'z' }))).toThrow(/have no key of their own/);
    expect(() => run(({ lines }) => lines.insert('text' as never))).toThrow(/takes objects only/);
    run(({ lines }) => lines.clear());
    expect([model.lines.size, [...model.lines]]).toEqual([0, []]);
  });

  it('puts an object in the place of another: its number and what is kept beside it stay', () => {
    const { model, run } = open();
    run(({ items }) => items.put({ id: 'a', n: 1 }));
    const kept = model.items.transient('a')!;
    run(({ items }) => items.put({ id: 'a', n: 2 }));
    expect([model.items.get('a'), model.items.idOf('a')]).toEqual([{ id: 'a', n: 2 }, 1]);
    expect(model.items.transient('a')).toBe(kept);
    run(({ items }) => items.delete('a'));
    expect(model.items.transient('a')).toBeUndefined();
    run(({ items }) => items.put({ id: 'a', n: 3 }));
    expect(model.items.transient('a')).toEqual({ shown: 0 });
    expect(model.items.transient('a')).not.toBe(kept);
  });
});
