/** The starting point of the database examples in docs/consumers.md: the store of its other examples, and a reader of it. */
import { ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '@varve/writer';

export interface AccountEvent {
  readonly type: 'Deposited' | 'Withdrawn';
  readonly amount: number;
}

await using store = await EventStore.open('shop', { storageDirectory: './data' });
store.commit('account-1', { type: 'Deposited', amount: 30 });
store.commit('account-2', { type: 'Deposited', amount: 5 });
await store.commit('account-1', { type: 'Withdrawn', amount: 10 }).flushed;

export const reader = await ReadOnlyEventStore.open('shop', { storageDirectory: './data' });
