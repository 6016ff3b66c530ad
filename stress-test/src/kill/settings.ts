/** What the writer and the recovery of the kill test share: the store's options, the limits, and each event. */
import { SeededRandom } from '@varve/core/testing';

/** Small, so that a kill nearly always finds something in the buffer and something half written. */
export const writeBufferBytes = 16_384;
export const maxCommitEvents = 10;
export const streamNames: readonly string[] = Array.from({ length: 8 }, (_, number) => `stream-${number + 1}`);
export const storeName = 'stress';

export interface StressEvent {
  readonly type: 'Stressed';
  /** The event's position in the store; nothing else is committed to it. */
  readonly number: number;
  /** Position of the last event of the same commit: without that one, the commit is torn. */
  readonly commitEnd: number;
  readonly text: string;
}

/** The event with this number: always the same, so that recovery knows each byte without being told. */
export function eventNumbered(number: number, commitEnd: number, seed: number): StressEvent {
  const random = new SeededRandom(Math.imul(seed, 0x9e37_79b1) ^ number);
  return { type: 'Stressed', number, commitEnd, text: random.hex(random.between(35, 45)) };
}
