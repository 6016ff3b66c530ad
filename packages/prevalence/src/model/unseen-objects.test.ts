/**
 * Objects that no one has seen are changed in place. This must not be observable: random commands run on two models, of
 * which one is read after each command and the other hardly ever. Both must do the same, leave the same and give the
 * same digests; objects that were read from either must stay as they were; and a capture of either must have each
 * object as it was when the capture began.
 */
import { SeededRandom } from '@varve/core/testing';
import { expect, it } from 'vitest';
import { CommandRunner } from '../commands/command-runner.ts';
import { JournaledContext } from '../commands/command-context.ts';
import { hash, unique } from '../indexes/index-definition.ts';
import { ModelCapture } from '../snapshot/model-capture.ts';
import { collection } from './collection.ts';
import { dictionary, value } from './dictionary.ts';
import { Model } from './model.ts';
import type { ModelDraft, ModelReader } from './model-types.ts';

interface Item {
  id: number;
  n: number;
  code?: number;
  group?: string;
  part?: { deep: { n: number }; list: number[] };
  any?: unknown;
  [field: `f${number}`]: number;
}

const definition = {
  items: collection<Item>()({ key: 'id', indexes: { byCode: unique('code'), byGroup: hash('group') } }),
  words: dictionary<unknown>({ object: { n: 0 }, list: [1] }),
  count: value({ n: 0 }),
};

type Draft = ModelDraft<typeof definition>;

class Stop extends Error {}

/** A command that has the same outcome on equal models. */
function randomCommand(seed: number): (draft: Draft) => unknown {
  return ({ items, words, count }) => {
    const random = new SeededRandom(seed);
    const itemAt = (id: number): Item => items.get(id) ?? items.insert({ id, n: 0 });
    const changes: ((item: Item, other: Item) => unknown)[] = [
      (item) => item.n++,
      (item) => (item.n = random.below(3)),
      (item) => (item.code = random.below(6)),
      (item) => (item.group = `g${random.below(3)}`),
      (item) => delete item.group,
      (item) => delete item.part,
      (item) => (item.part = { deep: { n: 1 }, list: [1] }),
      (item) => item.part?.list.push(random.below(9)),
      (item) => (item.part === undefined ? 0 : item.part.deep.n++),
      (item, other) => (item.part = other.part!),
      (item, other) => (item.any = other),
      (item, other) => (item.any = { other: [other.part] }),
      (item) => (item.any = item),
      (item) => {
        for (let field = 0; field < 20; field++) item[`f${field}`] = random.below(9);
      },
      ({ id }) => items.delete(id),
      ({ id, n }) => items.put({ id, n: n + 1, code: random.below(6) }),
      ({ id }) => void [items.delete(id), items.insert({ id, n: -1 })],
      () => (words['object'] = { n: random.below(3), m: {} }),
      () => (words['object'] as { n: number }).n++,
      () => (words['list'] as number[]).push(random.below(9)),
      () => ((words['list'] as number[]).length = 1),
      (item) => (words[`w${random.below(3)}`] = item),
      () => count.n++,
      (item) => [item, item.part],
      () => count,
    ];
    let result: unknown;
    for (let left = random.below(4); left >= 0; left--) {
      const change = changes[random.below(changes.length)]!;
      const ids = [random.below(12), random.below(12)] as const;
      try {
        result = change(itemAt(ids[0]), itemAt(ids[1]));
      } catch (error) {
        if ((error as { code?: string }).code !== 'NOT_UNIQUE') throw error;
      }
    }
    if (random.below(4) === 0) throw new Stop();
    // An object that was deleted in the meantime cannot be returned.
    return random.below(2) === 0 ? undefined : isUsable(result) ? result : undefined;
  };
}

function isUsable(result: unknown): boolean {
  try {
    JSON.stringify(result);
    return true;
  } catch {
    return false;
  }
}

class Subject {
  readonly model = new Model(definition);
  /** Objects that were handed out, with their contents at that time. */
  private readonly given: [object: unknown, then: string][] = [];
  private readonly runner = new CommandRunner(this.model, false);

  constructor() {
    for (const name of this.model.tables.keys()) this.model.initialize(name);
  }

  /** The digest of the command; undefined when it threw. */
  run(seed: number): number | undefined {
    const handler = randomCommand(seed) as (draft: object) => unknown;
    try {
      const run = this.runner.run({ handler }, undefined, new JournaledContext('', 0, () => ''));
      // Sometimes the journal refuses a command that has run.
      if (seed % 7 === 0) this.model.transaction.rollback();
      else {
        this.model.transaction.publish();
        this.keep(run.result);
      }
      return run.digest;
    } catch (error) {
      if (error instanceof Stop) return undefined;
      throw error;
    }
  }

  contents(): string {
    const { items, words, count } = this.model.reader as ModelReader<typeof definition>;
    for (const object of [...items, ...Object.values(words), count]) this.keep(object);
    return JSON.stringify([[...items], { ...words }, count, items.byCode.keys(), items.byGroup.get('g1')]);
  }

  check(): void {
    for (const [object, then] of this.given) {
      if ((JSON.stringify(object) ?? '') !== then) throw new Error(`What somebody got has changed: it was ${then}`);
    }
  }

  private keep(object: unknown): void {
    if (!isFrozen(object)) throw new Error(`Somebody got what is not frozen: ${JSON.stringify(object)}`);
    if (this.given.length < 5000) this.given.push([object, JSON.stringify(object) ?? '']);
  }
}

function isFrozen(object: unknown): boolean {
  if (typeof object !== 'object' || object === null) return true;
  return Object.isFrozen(object) && Object.values(object).every(isFrozen);
}

function contentsOf(capture: ModelCapture): string {
  const objects: [string, number, unknown][] = [];
  for (let some = capture.next(100); some !== undefined; some = capture.next(100)) {
    some.ids.forEach((id, index) => objects.push([some.part, id, some.values[index]]));
  }
  return JSON.stringify(objects.sort((a, b) => a[1] - b[1]));
}

it.each([1, 2, 3, 4])('of a model are changed as if they had been seen (seed %d)', (seed) => {
  const random = new SeededRandom(seed);
  const seen = new Subject();
  const unseen = new Subject();
  for (let round = 0; round < 40; round++) {
    const commands = (): void => {
      for (let left = random.below(60); left > 0; left--) {
        const next = random.between(1, 1_000_000_000);
        const digest = seen.run(next);
        seen.contents();
        expect(unseen.run(next)).toBe(digest);
      }
    };
    commands();
    const before = contentsOf(new ModelCapture(seen.model));
    const capture = new ModelCapture(unseen.model);
    const first = capture.next(3)!;
    const taken = JSON.stringify(first.ids.map((id, index) => ['items', id, first.values[index]]));
    commands();
    const rest = JSON.parse(contentsOf(capture)) as [string, number, unknown][];
    const all = [...(JSON.parse(taken) as typeof rest), ...rest].sort((a, b) => a[1] - b[1]);
    expect(JSON.stringify(all)).toBe(before);
    commands();
    const mustLook = round % 4 === 3;
    expect(mustLook ? unseen.contents() : '').toBe(mustLook ? seen.contents() : '');
  }
  expect(unseen.contents()).toBe(seen.contents());
  expect(() => [seen, unseen].forEach((subject) => subject.check())).not.toThrow();
});
