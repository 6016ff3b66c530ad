/** What does and does not compile: the map of event types through commit, reads, consumers, schemas and versions. */
import {
  type Consumer,
  type EventOf,
  type EventsByType,
  type EventStream,
  type ObjectMatcher,
  type ObjectMatcherOf,
  type Position,
  type PositionInput,
  type ReadableEventStore,
  type ReadOnlyEventStore,
  type StoredEvent,
  type StreamVersion,
  type StreamVersionInput,
} from '@varve/core';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { EventStore, type EventStoreConfig, type EventsOfSchemas, type EventsToCommit } from '../src/index.ts';

interface OrderEvents {
  OrderPlaced: { orderId: string; total: number };
  OrderCancelled: { orderId: string; reason?: string };
}
type Placed = { orderId: string; total: number } & { readonly type: 'OrderPlaced' };
type OrderStore = EventStore<OrderEvents>;
type OrderToCommit = EventsToCommit<OrderEvents>;

describe('a store with a map of events', () => {
  it('commits the events of the map, one or several', () => {
    expectTypeOf<{ type: 'OrderPlaced'; orderId: string; total: number }>().toExtend<OrderToCommit>();
    expectTypeOf<readonly EventOf<OrderEvents>[]>().toExtend<OrderToCommit>();
    expectTypeOf<Parameters<OrderStore['commit']>[1]>().toEqualTypeOf<OrderToCommit>();
  });

  it('commits no event of another name or shape', () => {
    expectTypeOf<{ type: 'OrderPlacd'; orderId: string; total: number }>().not.toExtend<OrderToCommit>();
    expectTypeOf<{ type: 'OrderPlaced'; orderId: string; total: string }>().not.toExtend<OrderToCommit>();
    expectTypeOf<{ type: 'OrderPlaced'; orderId: string }>().not.toExtend<OrderToCommit>();
    expectTypeOf<{ orderId: string; total: number }>().not.toExtend<OrderToCommit>();
    expectTypeOf<{ type: 'OrderPlaced'; orderId: string; total: string }[]>().not.toExtend<OrderToCommit>();
  });

  it('reads the events of the map, told apart by their type', () => {
    type OrderStream = ReturnType<OrderStore['getEventStream']>;
    expectTypeOf<EventOf<OrderEvents, 'OrderPlaced'>>().toEqualTypeOf<Placed>();
    expectTypeOf<Extract<EventOf<OrderEvents>, { type: 'OrderPlaced' }>['total']>().toEqualTypeOf<number>();
    expectTypeOf((store: OrderStore) => store.getEventStream('order-1')).returns.toEqualTypeOf<
      EventStream<EventOf<OrderEvents>>
    >();
    expectTypeOf((store: ReadOnlyEventStore<OrderEvents>) => store.getAllEvents()).returns.toEqualTypeOf<
      EventStream<EventOf<OrderEvents>>
    >();
    expectTypeOf((store: OrderStore) => store.getEventStream<Placed>('order-1')).returns.toEqualTypeOf<
      EventStream<Placed>
    >();
    expectTypeOf((store: OrderStore) => store.readEvent(1)).returns.toEqualTypeOf<StoredEvent<EventOf<OrderEvents>>>();
    expectTypeOf<OrderStream>().not.toBeAny();
  });

  it('gives a consumer the events of the map', () => {
    expectTypeOf((store: OrderStore) => store.getConsumer('order-1', 'totals', { sum: 0 })).returns.toEqualTypeOf<
      Consumer<{ sum: number }, EventOf<OrderEvents>>
    >();
  });

  it('is a store to whoever asks for any store', () => {
    expectTypeOf<OrderStore>().toExtend<ReadableEventStore>();
    expectTypeOf<OrderStore>().toExtend<ReadableEventStore<OrderEvents>>();
    expectTypeOf<ReadOnlyEventStore<OrderEvents>>().toExtend<ReadableEventStore>();
  });

  it('takes its map from a union of events as well', () => {
    type Union = { type: 'A'; a: number } | { type: 'B'; b: string };
    expectTypeOf<EventOf<EventsByType<Union>>>().toExtend<Union>();
    expectTypeOf<Union>().toExtend<EventsToCommit<EventsByType<Union>>>();
    expectTypeOf<{ type: 'A'; a: string }>().not.toExtend<EventsToCommit<EventsByType<Union>>>();
  });
});

describe('a store of which nothing is said', () => {
  it('commits any object, also one without a type', () => {
    expectTypeOf<EventsToCommit<Readonly<Record<string, object>>>>().toEqualTypeOf<object | readonly object[]>();
    expectTypeOf<Parameters<EventStore['commit']>[1]>().toEqualTypeOf<object | readonly object[]>();
    expectTypeOf((store: EventStore) => store.commit('foo', [{ foo: 'bar' }], -1)).toBeFunction();
  });

  it('reads what the caller says', () => {
    expectTypeOf((store: EventStore) => store.getEventStream('foo')).returns.toEqualTypeOf<EventStream>();
    expectTypeOf((store: EventStore) => store.readEvent<{ a: 1 }>(1).payload).returns.toEqualTypeOf<{ a: 1 }>();
  });

  it('needs no annotation to be made', () => {
    expectTypeOf(() => new EventStore('s', { storageDirectory: '.' })).returns.toEqualTypeOf<EventStore>();
    expectTypeOf(() => EventStore.open('s')).returns.resolves.toEqualTypeOf<EventStore>();
  });
});

describe('matchers of a store with a map of events', () => {
  type OrderMatcher = Parameters<OrderStore['createEventStream']>[1];

  it('name properties that an event has, and values that it can have', () => {
    expectTypeOf<{ type: 'OrderPlaced'; total: { $gte: 3 } }>().toExtend<OrderMatcher>();
    expectTypeOf<{ type: ['OrderPlaced', 'OrderCancelled']; orderId: ['a', { $gt: 'b' }] }>().toExtend<OrderMatcher>();
    expectTypeOf<{ reason: null }>().toExtend<OrderMatcher>();
    expectTypeOf<{ type: 'OrderPlacd' }>().not.toExtend<OrderMatcher>();
    expectTypeOf<{ type: 'OrderPlaced'; total: 'much' }>().not.toExtend<OrderMatcher>();
    expectTypeOf<{ total: { $gte: 'much' } }>().not.toExtend<OrderMatcher>();
    expectTypeOf<keyof Exclude<OrderMatcher, (...values: never) => unknown>>().toEqualTypeOf<
      'type' | 'orderId' | 'total' | 'reason'
    >();
    expectTypeOf<(event: EventOf<OrderEvents>) => boolean>().toExtend<OrderMatcher>();
  });

  it('look into objects and lists', () => {
    interface Parcel {
      readonly address: { readonly country: string };
      readonly tags: readonly string[];
    }
    expectTypeOf<{ address: { country: ['DE', 'FR'] }; tags: { $has: 'a' } }>().toExtend<ObjectMatcherOf<Parcel>>();
    expectTypeOf<{ address: { country: 7 } }>().not.toExtend<ObjectMatcherOf<Parcel>>();
    expectTypeOf<{ tags: { $hasAny: [1] } }>().not.toExtend<ObjectMatcherOf<Parcel>>();
  });

  it('are of the same types in where, and in commits to several streams', () => {
    const narrow = (store: OrderStore) => store.getEventStream('a').where({ type: 'OrderPlaced', total: { $lt: 9 } });
    expectTypeOf(narrow).returns.toEqualTypeOf<EventStream<EventOf<OrderEvents>>>();
    type JointEvents = NonNullable<Parameters<OrderStore['commitAll']>[0][number]['events']>;
    expectTypeOf<JointEvents>().toEqualTypeOf<OrderToCommit>();
  });

  it('of a store of which nothing is said take any object', () => {
    type AnyMatcher = Parameters<EventStore['createEventStream']>[1];
    expectTypeOf<{ whatever: { deep: [1, 'a'] } }>().toExtend<AnyMatcher>();
    expectTypeOf<ObjectMatcherOf<unknown>>().toEqualTypeOf<ObjectMatcher>();
  });
});

describe('schemas', () => {
  const schemas = {
    OrderPlaced: z.object({ orderId: z.string(), total: z.number().default(0) }),
    OrderCancelled: z.object({ orderId: z.string() }),
  };
  interface Described {
    OrderPlaced: { orderId: string; total: number };
    OrderCancelled: { orderId: string };
  }

  it('describe the events of a store', () => {
    expectTypeOf<EventsOfSchemas<typeof schemas>>().toEqualTypeOf<Described>();
    expectTypeOf(() => new EventStore('s', { schemas })).returns.toEqualTypeOf<EventStore<Described>>();
  });

  it('must make what the map says', () => {
    expectTypeOf<{ schemas: typeof schemas }>().toExtend<EventStoreConfig<OrderEvents>>();
    expectTypeOf<{ schemas: { Nothing: z.ZodString } }>().not.toExtend<EventStoreConfig<OrderEvents>>();
    const wrong = { OrderPlaced: z.object({ orderId: z.number(), total: z.number() }) };
    expectTypeOf<{ schemas: typeof wrong }>().not.toExtend<EventStoreConfig<OrderEvents>>();
  });
});

describe('positions and versions', () => {
  it('do not take the place of each other', () => {
    expectTypeOf<Position>().not.toExtend<StreamVersion>();
    expectTypeOf<StreamVersion>().not.toExtend<Position>();
    expectTypeOf<Position>().not.toExtend<StreamVersionInput>();
    expectTypeOf<StreamVersion>().not.toExtend<PositionInput>();
    expectTypeOf<Parameters<EventStore['commit']>[2]>().toEqualTypeOf<StreamVersionInput>();
    expectTypeOf<Parameters<EventStore['readEvent']>[0]>().toEqualTypeOf<PositionInput>();
    expectTypeOf<Parameters<EventStore['waitFor']>[0]>().toEqualTypeOf<PositionInput>();
  });

  it('are plain numbers where a number is at hand', () => {
    expectTypeOf<number>().toExtend<StreamVersionInput>();
    expectTypeOf<number>().toExtend<PositionInput>();
    expectTypeOf<StreamVersion>().toExtend<number>();
  });
});
