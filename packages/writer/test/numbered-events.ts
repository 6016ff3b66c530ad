/** The events of the tests of streams: numbered, in streams whose names make categories, some larger than a block. */
import type { EventStream } from '@varve/core';
import type { EventStore } from '../src/index.ts';

export interface Numbered {
  readonly number: number;
  readonly text: string;
}

const names = ['user-1', 'user-2', 'user/a3/123', 'users-1', 'user', 'order-1-2'];
export const eventCount = 600;
/** Event k is number k of the store, and goes to the streams in turn, in commits of one to three. */
export function streamOf(number: number): string {
  return names[Math.floor(number / 3) % names.length]!;
}

export function commitAll(store: EventStore): void {
  for (let number = 1; number <= eventCount;) {
    const stream = streamOf(number);
    const events: Numbered[] = [];
    while (number <= eventCount && streamOf(number) === stream) events.push({ number, text: textOf(number++) });
    store.commit(stream, events, { by: 'test' });
  }
}

/** Some are longer than a block of the cache. */
export function textOf(number: number): string {
  return `${number}\n`.repeat(number % 100 === 0 ? 5000 : number % 40);
}

export function numbersOf(...streams: readonly string[]): number[] {
  return Array.from({ length: eventCount }, (_, index) => index + 1).filter((number) =>
    streams.includes(streamOf(number)),
  );
}

export function read(stream: EventStream<Numbered>): number[] {
  return stream.events.map((event) => event.number);
}
