/** Drafts: they read like objects, copy only what is changed, and cannot be used where they do not belong. */
import { describe, expect, it } from 'vitest';
import { CommandRunner } from '../commands/command-runner.ts';
import { JournaledContext } from '../commands/command-context.ts';
import { collection } from './collection.ts';
import { dictionary, value } from './dictionary.ts';
import { Model } from './model.ts';
import type { ModelDraft, ModelReader } from './model-types.ts';

interface Item {
  id: string;
  part: { name: string; more: { deep: number } };
  list: { n: number }[];
  date?: Date;
  any?: unknown;
}

const definition = {
  items: collection<Item>()({ key: 'id' }),
  words: dictionary<unknown>({ first: { n: 1 } }),
  count: value(0),
};

function createModel(): {
  run: <Result>(handler: (model: ModelDraft<typeof definition>) => Result) => Result;
  reader: ModelReader<typeof definition>;
} {
  const model = new Model(definition);
  for (const name of model.tables.keys()) model.initialize(name);
  const runner = new CommandRunner(model, false);
  const run = <Result>(handler: (draft: ModelDraft<typeof definition>) => Result): Result => {
    const command = { handler: (draft: object) => handler(draft as ModelDraft<typeof definition>) };
    const { result } = runner.run(command, undefined, new JournaledContext('', 0, () => ''));
    model.transaction.publish();
    return result as Result;
  };
  return { run, reader: model.reader as ModelReader<typeof definition> };
}

const item = (id: string): Item => ({ id, part: { name: 'p', more: { deep: 1 } }, list: [{ n: 1 }, { n: 2 }] });

describe('a draft', () => {
  it('copies what is changed and shares the rest with the object before', () => {
    const { run, reader } = createModel();
    run(({ items }) => items.insert(item('a')));
    const before = reader.items.get('a')!;
    run(({ items }) => void (items.get('a')!.part.more.deep = 2));
    const after = reader.items.get('a')!;
    expect(before).toEqual(item('a'));
    expect(after).toEqual({ ...item('a'), part: { name: 'p', more: { deep: 2 } } });
    expect(after.list).toBe(before.list);
    expect(Object.isFrozen(after.part.more)).toBe(true);
    run(({ items }) => void (items.get('a')!.part.more.deep = 2));
    expect(reader.items.get('a')).toBe(after);
  });

  it('reads like the object, with everything that lists and objects can do', () => {
    const { run, reader } = createModel();
    run(({ items }) => {
      const draft = items.insert(item('a'));
      draft.list.push({ n: 3 });
      draft.list.unshift({ n: 0 });
      expect(draft.list.map(({ n }) => n)).toEqual([0, 1, 2, 3]);
      expect(draft.list.splice(1, 2)).toEqual([{ n: 1 }, { n: 2 }]);
      draft.list.sort((a, b) => b.n - a.n);
      expect(Array.isArray(draft.list)).toBe(true);
      expect(JSON.stringify(draft.list)).toBe('[{"n":3},{"n":0}]');
      expect(Object.keys(draft)).toEqual(['id', 'part', 'list']);
      expect({ ...draft.part }).toEqual({ name: 'p', more: { deep: 1 } });
      expect('part' in draft).toBe(true);
      draft.list[0]!.n = 33;
      draft.list.length = 1;
      delete draft.any;
      expect([...draft.list]).toEqual([{ n: 33 }]);
    });
    expect(reader.items.get('a')!.list).toEqual([{ n: 33 }]);
  });

  it('takes values as they are at that moment', () => {
    const { run, reader } = createModel();
    run(({ items }) => {
      const a = items.insert(item('a'));
      const b = items.insert(item('b'));
      a.part.name = 'changed';
      b.part = a.part;
      a.part.name = 'again';
      const date = new Date(5);
      b.date = date;
      date.setTime(6);
      b.any = [-0, undefined, null, 10n, { x: [new Date(7)] }, '\ud800'];
    });
    expect(reader.items.get('a')!.part.name).toBe('again');
    expect(reader.items.get('b')!.part.name).toBe('changed');
    expect(reader.items.get('b')!.date!.getTime()).toBe(5);
    expect(reader.items.get('b')!.any).toStrictEqual([0, undefined, null, 10n, { x: [expect.any(Date)] }, '\ufffd']);
    expect(() => (reader.items.get('b')!.date as Date).setTime(1)).toThrow(TypeError);
  });

  it('is refused after its command and after its object was deleted, and not changed when it was replaced', () => {
    const { run } = createModel();
    run(({ items }) => items.insert(item('a')));
    let kept: Item | undefined;
    run(({ items }) => {
      kept = items.get('a')!;
      const { part } = kept;
      kept.part = { name: 'new', more: { deep: 3 } };
      expect(part.name).toBe('p');
      expect(() => (part.name = 'x')).toThrow(expect.objectContaining({ code: 'OBJECT_DELETED' }));
    });
    expect(() => kept!.id).toThrow(expect.objectContaining({ code: 'OUTSIDE_COMMAND' }));
    run(({ items }) => {
      expect(() => kept!.list).toThrow(expect.objectContaining({ code: 'OUTSIDE_COMMAND' }));
      const draft = items.get('a')!;
      expect(items.delete('a')).toBe(true);
      expect(items.delete('a')).toBe(false);
      expect(() => draft.id).toThrow(expect.objectContaining({ code: 'OBJECT_DELETED' }));
      expect(() => (draft.list = [])).toThrow(expect.objectContaining({ code: 'OBJECT_DELETED' }));
      expect([items.size, items.has('a'), [...items]]).toEqual([0, false, []]);
    });
  });

  it.each<[string, unknown]>([
    ['a Map', new Map()],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['bytes', new Uint8Array(1)],
    ['an object with a prototype', new URL('http://localhost')],
    ['a hidden prototype', JSON.parse('{"__proto__": 1}')],
    ['something that contains itself', selfContaining()],
    ['something frozen that contains itself', selfContaining(Object.freeze)],
    ['a Map deeper down', { x: [{ y: new Map() }] }],
    ['a Map in something frozen', Object.freeze({ x: new Map() })],
  ])('refuses %s', (_name, given) => {
    const { run, reader } = createModel();
    expect(() => run(({ items }) => void (items.insert(item('a')).any = given))).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE' }),
    );
    expect(reader.items.size).toBe(0);
  });

  it('refuses a change of the key, and what no plain object takes', () => {
    const { run } = createModel();
    run(({ items }) => {
      const draft = items.insert(item('a'));
      expect(() => Reflect.set(draft, 'id', 'b')).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
      expect(() => Reflect.defineProperty(draft, 'x', { value: 1 })).toThrow(/plain fields/);
      expect(() => Reflect.preventExtensions(draft)).toThrow(/plain fields/);
      expect(() => Reflect.setPrototypeOf(draft, null)).toThrow(/plain fields/);
      expect(() => Reflect.set(draft, Symbol('x'), 1)).toThrow(/cannot be a field/);
      expect(() => items.insert(item('a'))).toThrow(expect.objectContaining({ code: 'NOT_UNIQUE' }));
      expect(() => items.insert({ ...item('b'), id: 5n as never })).toThrow(/has no key/);
    });
  });
});

describe('dictionaries and values', () => {
  it('are read and written like properties', () => {
    const { run, reader } = createModel();
    run((model) => {
      model.count += 2;
      model.words['second'] = [1];
      (model.words['second'] as number[]).push(2);
      (model.words['first'] as { n: number }).n++;
      delete model.words['gone'];
    });
    expect([reader.count, { ...reader.words }]).toEqual([2, { first: { n: 2 }, second: [1, 2] }]);
    run((model) => void (model.words = { third: 3 }));
    expect(Object.entries(reader.words)).toEqual([['third', 3]]);
    expect('third' in reader.words && !('first' in reader.words)).toBe(true);
    expect(() => Reflect.set(reader.words, 'x', 1)).toThrow(expect.objectContaining({ code: 'OUTSIDE_COMMAND' }));
    expect(() => Reflect.set(reader, 'count', 1)).not.toThrow();
    expect(reader.count).toBe(2);
  });

  it('keep the entries that nobody changed when all are assigned', () => {
    const { run, reader } = createModel();
    run((model) => void (model.words['second'] = { n: 2, deep: { n: 3 } }));
    const { first, second } = { ...reader.words };
    run((model) => {
      (model.words['second'] as { n: number }).n = 4;
      model.words = { ...model.words, third: 3 };
    });
    expect(reader.words['first']).toBe(first);
    expect(reader.words['second']).toEqual({ n: 4, deep: { n: 3 } });
    expect((reader.words['second'] as { deep: object }).deep).toBe((second as { deep: object }).deep);
  });

  it('are as before when the handler throws', () => {
    const { run, reader } = createModel();
    const before = reader.words['first'];
    expect(() =>
      run((model) => {
        model.count = 9;
        model.words = { other: 1 };
        model.words['first'] = 'again';
        throw new Error('on purpose');
      }),
    ).toThrow('on purpose');
    expect([reader.count, Object.keys(reader.words)]).toEqual([0, ['first']]);
    expect(reader.words['first']).toBe(before);
  });
});

describe('reading past a command', () => {
  it('is refused while its handler runs', () => {
    const { run, reader } = createModel();
    run(({ items }) => items.insert(item('a')));
    expect(() => run(() => reader.items.get('a'))).toThrow(expect.objectContaining({ code: 'INSIDE_COMMAND' }));
    expect(reader.items.get('a')!.id).toBe('a');
  });
});

function selfContaining(finish = (part: object) => part): object {
  const list: unknown[] = [];
  list.push(finish({ list }));
  return finish(list);
}
