/** What a restore checks, and how it reports that it cannot continue: by command and position, before anything is served. */
import type { EventStore } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { collection, prevalence, unique, value } from '../src/index.ts';
import { registry } from './registry.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

interface Change {
  readonly version?: number;
  readonly commands?: Record<string, unknown>;
  readonly guards?: boolean;
}

/** A counter whose command `add` can be defined differently when it is opened again. */
function counter({ version = 1, commands = {}, guards = false }: Change = {}): ReturnType<typeof build> {
  return build(version, commands, guards);
}

function build(version: number, commands: Record<string, unknown>, guards: boolean) {
  return prevalence({
    name: 'counter',
    version,
    guards,
    model: { total: value(0), items: collection<{ id: string; n: number }>()({ key: 'id' }) },
    commands: {
      add: (model, n: number) => (model.total += n),
      roll: (model, _argument: undefined, context) => (model.total = Math.floor(context.random() * 1e9)),
      ...(commands as object),
    },
  });
}

async function journal(store: EventStore, ...numbers: number[]): Promise<void> {
  await using db = await counter().open(store);
  for (const n of numbers) await db.do.add(n);
}

describe('a replay', () => {
  it('stops at the first command that does something else, and names it', async () => {
    const store = await folder.open();
    store.commit('orders', { type: 'Ordered' });
    await journal(store, 0, 5);
    const other = counter({ commands: { add: (model: { total: number }, n: number) => (model.total += 2 * n) } });
    await expect(other.open(store)).rejects.toMatchObject({
      code: 'REPLAY_FAILED',
      position: 3,
      stream: 'prevalence-counter',
      message: expect.stringContaining('"add" at position 3') as unknown,
    });
    const db = other.prepare(store);
    const errors: Error[] = [];
    db.on('error', (error) => errors.push(error));
    await expect(db.execute('add', 1)).rejects.toMatchObject({ code: 'REPLAY_FAILED' });
    expect(() => db.model.total).toThrow(expect.objectContaining({ code: 'REPLAY_FAILED' }));
    expect(errors).toHaveLength(1);
    await db.close();
    await using right = await counter().open(store);
    expect(right.model.total).toBe(5);
  });

  it('stops at a command that throws', async () => {
    const store = await folder.open();
    await journal(store, 1);
    const throwing = (): never => {
      throw new Error('no more');
    };
    await expect(counter({ commands: { add: throwing } }).open(store)).rejects.toMatchObject({
      code: 'REPLAY_FAILED',
      cause: expect.objectContaining({ message: 'no more' }) as unknown,
    });
  });

  it('stops at commands that it does not know, and at those of a newer model or version', async () => {
    const store = await folder.open();
    await using first = await counter({ commands: { extra: () => undefined } }).open(store);
    await first.execute('extra');
    await first.close();
    await expect(counter().open(store)).rejects.toMatchObject({ code: 'UNKNOWN_COMMAND', position: 1 });
    const second = await folder.open().catch(() => store);
    const newer = prevalence({
      name: 'n',
      version: 2,
      model: { total: value(0) },
      commands: { noop: () => undefined },
    });
    await using db = await newer.open(second);
    await db.do.noop();
    await db.close();
    const older = prevalence({ name: 'n', model: { total: value(0) }, commands: { noop: () => undefined } });
    await expect(older.open(second)).rejects.toMatchObject({ code: 'NEWER_MODEL', expected: 1, found: 2 });
    const upgraded = { version: 2, upcasters: [(n: unknown) => n], handler: () => undefined };
    await using third = await counter({ commands: { extra: upgraded } }).open(second);
    await third.execute('extra', 1);
    await third.close();
    await expect(counter({ commands: { extra: () => undefined } }).open(second)).rejects.toMatchObject({
      code: 'UNKNOWN_COMMAND',
      expected: 1,
      found: 2,
    });
  });

  it('takes older arguments to the current version', async () => {
    const store = await folder.open();
    await journal(store, 3);
    const current = counter({
      commands: {
        add: {
          version: 3,
          upcasters: [(n: number) => ({ n }), ({ n }: { n: number }) => ({ n, times: 10 })],
          handler: (model: { total: number }, { n, times }: { n: number; times: number }) => (model.total += n * times),
        },
      },
    });
    await using db = await current.open(store);
    expect(db.model.total).toBe(30);
    await db.execute('add', { n: 1, times: 2 });
    await db.close();
    await using again = await current.open(store);
    expect(again.model.total).toBe(32);
  });

  it('refuses what is not of a journal', async () => {
    const store = await folder.open();
    await journal(store, 1);
    store.commit('prevalence-counter', { type: 'Command', command: 'add' });
    await expect(counter().open(store)).rejects.toMatchObject({ code: 'REPLAY_FAILED', position: 2 });
  });

  it('gives commands the time and randomness that they had', async () => {
    const store = await folder.open();
    await using db = await counter({ guards: true }).open(store);
    const rolled = await db.do.roll();
    expect(await db.do.roll()).not.toBe(rolled);
    const { total } = db.model;
    await db.close();
    await using again = await counter({ guards: true }).open(store);
    expect(again.model.total).toBe(total);
  });
});

describe('a transaction without a name', () => {
  it.each(['msgpackr', 'json'] as const)('is journaled by what it did (%s)', async (serializer) => {
    const store = await folder.open({ serializer });
    await using db = await registry.open(store);
    await db.do.spawn({ designation: 'a' });
    const result = await db.transact((model, { now }) => {
      for (const id of ['b', 'c']) {
        model.replicants.insert({
          designation: id,
          model: 'x',
          role: 'y',
          status: 'retired',
          sightings: 1,
          tags: [],
          lastSeen: now,
        });
      }
      model.replicants.get('a')!.sightings = 7;
      model.replicants.delete('b');
      model.totals = { spawned: 10, retired: 1 };
      return model.replicants.size;
    });
    expect(result).toBe(2);
    await expect(
      db.transact((model) => {
        model.totals.spawned = 0;
        throw new Error('on purpose');
      }),
    ).rejects.toThrow('on purpose');
    const before = structuredClone([...db.model.replicants, db.model.totals]);
    await db.close();
    await using again = await registry.open(store);
    expect(structuredClone([...again.model.replicants, again.model.totals])).toEqual(before);
    expect(before).toMatchObject([
      { sightings: 7 },
      { designation: 'c', lastSeen: expect.any(Date) as unknown },
      { spawned: 10 },
    ]);
  });

  // A bug once replayed its changes one by one, and refused them (`REPLAY_FAILED`) where a unique value moved from one
  // object to another: what is journaled is the final outcome, in the order in which the transaction touched the
  // objects.
  it('may have given the unique value of one object to another', async () => {
    interface User {
      id: string;
      email: string | null;
    }
    const people = prevalence({
      name: 'people',
      model: { users: collection<User>()({ key: 'id', indexes: { byEmail: unique('email') } }) },
      commands: { add: (model, user: User) => void model.users.insert(user) },
    });
    const store = await folder.open();
    const db = await people.open(store);
    for (const id of ['a', 'b', 'c', 'd']) await db.do.add({ id, email: id });
    await db.transact(({ users }) => {
      const [a, b] = [users.get('a')!, users.get('b')!];
      a.email = null;
      b.email = 'a';
      a.email = 'b';
    });
    await db.transact(({ users }) => {
      const stays = users.get('c')!;
      const { email } = users.get('d')!;
      users.delete('d');
      stays.email = email;
      users.insert({ id: 'e', email: 'c' });
    });
    const found = ({ model }: Pick<typeof db, 'model'>): unknown =>
      structuredClone([[...model.users], model.users.byEmail.keys().map((key) => model.users.byEmail.get(key))]);
    const lived = found(db);
    await db.close();
    await using again = await people.open(store);
    expect(found(again)).toEqual(lived);
    await expect(again.do.add({ id: 'f', email: 'd' })).rejects.toMatchObject({ code: 'NOT_UNIQUE' });
  });
});
