/** Executing commands: what reaches the journal and when callers are answered, guards, and the separation of systems. */
import nodeCrypto, { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { prevalence, value } from '../src/index.ts';
import { registry } from './registry.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

describe('a command', () => {
  it('is one event of the journal, beside the events of others', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    store.commit('orders', { type: 'Ordered' });
    await db.do.spawn({ designation: 'a' });
    store.commit('orders', { type: 'Paid' });
    expect(store.getEventStream('prevalence-registry').events).toEqual([
      {
        type: 'Command',
        command: 'spawn',
        version: 1,
        argument: { designation: 'a' },
        model: 1,
        time: expect.any(Number) as unknown,
        digest: expect.any(Number) as unknown,
      },
    ]);
    expect(db.position).toBe(2);
  });

  it('is executed at once, and acknowledged when it is as safe as was asked for', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    const order: string[] = [];
    const told = (what: string) => (): void => void order.push(`${what} ${store.storage.publishedPosition}`);
    const buffered = db.do.spawn({ designation: 'a' }, { acknowledge: 'buffered' }).then(told('buffered'));
    const flushed = db.do.spawn({ designation: 'b' }).then(told('flushed'));
    const durable = db.do.spawn({ designation: 'c' }, { acknowledge: 'durable' }).then(told('durable'));
    expect(db.model.replicants.size).toBe(3);
    await Promise.all([buffered, flushed, durable]);
    expect(order).toEqual(['buffered 0', 'flushed 3', 'durable 3']);
    expect(store.storage).toHaveProperty('durablePosition', 3);
    await expect(db.do.spawn({ designation: 'd' }, { acknowledge: 'soon' as never })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });

  it('gives many callers their own results, in order', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    const callers = Array.from({ length: 64 }, async (_, caller) => {
      for (let n = 0; n < 10; n++) {
        const acknowledge = n % 2 === 0 ? 'durable' : 'flushed';
        const made = await db.do.spawn({ designation: `${caller}-${n}` }, { acknowledge });
        expect(made.designation).toBe(`${caller}-${n}`);
      }
    });
    await Promise.all(callers);
    expect(db.model.totals.spawned).toBe(640);
  });

  it('commits the events that its handler emits, or nothing', async () => {
    const store = await folder.open();
    const shop = prevalence({
      name: 'shop',
      model: { sold: value(0) },
      commands: {
        sell: (model, amount: number, context) => {
          model.sold += amount;
          context.emit('sales', { type: 'Sold', amount });
          context.emit('audit', { type: 'Sale' });
          context.emit('sales', { type: 'Counted', total: model.sold });
        },
        sellNothing: (model, _argument: undefined, context) => {
          model.sold++;
          context.emit('', { type: 'Sold' });
        },
      },
    });
    await using db = await shop.open(store);
    await db.do.sell(5);
    await expect(db.do.sellNothing()).rejects.toMatchObject({ code: 'INVALID_STREAM_NAME' });
    expect(db.model.sold).toBe(5);
    const commitIds = store
      .getAllEvents()
      .stored()
      .map(({ metadata }) => metadata.commitId);
    expect(new Set(commitIds).size).toBe(1);
    expect(store.getEventStream('sales').events).toEqual([
      { type: 'Sold', amount: 5 },
      { type: 'Counted', total: 5 },
    ]);
    await db.close();
    await using again = await shop.open(store);
    expect([again.model.sold, store.position]).toEqual([5, 4]);
  });

  it('gets its argument as it was when it was executed', async () => {
    const store = await folder.open({ serializer: 'json' });
    const log = prevalence({
      name: 'log',
      model: { last: value<unknown>(null) },
      commands: { set: (model, given: unknown) => (model.last = given) },
    });
    await using db = await log.open(store);
    await db.do.set({ date: new Date(5), missing: undefined });
    expect(db.model.last).toStrictEqual({ date: '1970-01-01T00:00:00.005Z' });
    await db.close();
    await using again = await log.open(store);
    expect(again.model.last).toStrictEqual({ date: '1970-01-01T00:00:00.005Z' });
  });

  it('of another command, and one that gives a promise, are refused without a trace', async () => {
    const store = await folder.open();
    const system = prevalence({
      name: 'refused',
      model: { n: value(0) },
      commands: {
        nest: (model): unknown => {
          model.n++;
          return db.execute('later');
        },
        later: (model): unknown => {
          model.n++;
          return Promise.reject(new Error('nobody waits'));
        },
      },
    });
    await using db = await system.open(store);
    await expect(db.do.later()).rejects.toMatchObject({ code: 'INVALID_COMMAND' });
    await expect(db.do.nest()).rejects.toMatchObject({ code: 'INVALID_COMMAND' });
    expect([db.model.n, store.position]).toEqual([0, 0]);
  });
});

describe('guards', () => {
  const forbidden: readonly (readonly [string, () => unknown])[] = [
    ['Date.now()', () => Date.now()],
    ['new Date()', () => new Date()],
    ['Math.random()', () => Math.random()],
    ['performance.now()', () => performance.now()],
    ['crypto.randomUUID()', () => crypto.randomUUID()],
    ['setTimeout()', () => setTimeout(() => undefined, 0)],
    ['process.hrtime()', () => process.hrtime()],
    ['hrtime.bigint()', () => process.hrtime.bigint()],
    ['crypto.getRandomValues()', () => crypto.getRandomValues(new Uint8Array(1))],
    ['randomUUID() of node:crypto', () => randomUUID()],
    ['randomBytes() of node:crypto', () => randomBytes(4)],
    ['randomInt() of node:crypto', () => nodeCrypto.randomInt(4)],
  ];
  const guarded = (guards: boolean) =>
    prevalence({
      name: 'guarded',
      guards,
      model: { n: value(0) },
      commands: {
        ask: (model, index: number) => {
          model.n++;
          forbidden[index]![1]();
        },
        fixed: () => new Date(5),
        draw: (_model, _argument: undefined, context) => context.uuid(),
      },
    });

  it('refuse what a replay would be told otherwise, in handlers only', async () => {
    const store = await folder.open();
    const before = Date;
    const db = await guarded(true).open(store);
    for (const [index, [name, ask]] of forbidden.entries()) {
      await expect(db.do.ask(index)).rejects.toMatchObject({ code: 'NOT_DETERMINISTIC', found: name });
      expect(ask).not.toThrow();
    }
    expect((await db.do.fixed()).getTime()).toBe(5);
    expect(await db.do.draw()).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Date()).toBeInstanceOf(before);
    await db.close();
    expect(Date).toBe(before);
    await using loose = await guarded(false).open(store);
    await loose.do.ask(0);
    expect(loose.model.n).toBe(1);
  });
});

describe('a system', () => {
  it('is open once on a store, and not after it was closed', async () => {
    const store = await folder.open();
    const db = await registry.open(store);
    await expect(registry.open(store)).rejects.toMatchObject({ code: 'SYSTEM_IN_USE' });
    await db.close();
    await expect(db.do.spawn({ designation: 'a' })).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    expect(() => db.q.stats()).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
    await using again = await registry.open(store);
    expect(again.q.stats()).toEqual({ atLarge: 0, retired: 0 });
  });

  it('reads nothing before it is restored, and restores itself for a command', async () => {
    const store = await folder.open();
    const db = registry.prepare(store);
    expect(() => db.q.stats()).toThrow(expect.objectContaining({ code: 'NOT_RESTORED' }));
    await db.do.spawn({ designation: 'a' });
    expect(db.q.stats()).toEqual({ atLarge: 1, retired: 0 });
    await db.close();
  });

  it('gives copies on request', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    await db.do.spawn({ designation: 'a' });
    const shared = db.query((model) => model.replicants.get('a')!);
    expect(shared).toBe(db.model.replicants.get('a'));
    const copy = db.query((model) => [model.replicants.get('a')!], { copy: true });
    (copy[0] as { status: string }).status = 'changed';
    expect(db.model.replicants.get('a')!.status).toBe('at-large');
    db.model.replicants.transient('a')!.shown++;
    await db.do.sight({ designation: 'a' });
    expect(db.model.replicants.transient('a')).toEqual({ shown: 1 });
  });

  it('refuses definitions that cannot work', () => {
    const define = (change: object): unknown =>
      Reflect.apply(prevalence, undefined, [{ name: 'x', model: {}, commands: {}, ...change }]) as unknown;
    for (const change of [
      { name: 'a/b' },
      { version: 0 },
      { model: { a: {} } },
      { acknowledge: 'soon' },
      { unknown: 1 },
    ]) {
      expect(() => define(change)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    }
    for (const command of [1, {}, async () => Promise.resolve(), { version: 2, handler: () => 1 }]) {
      expect(() => define({ commands: { c: command } })).toThrow(expect.objectContaining({ code: 'INVALID_COMMAND' }));
    }
  });
});
