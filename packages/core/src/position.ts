/**
 * The two numberings of events, as different types: an event has a *position* in the whole store and a *version*
 * in each stream. Mixing them up compiles in plain numbers and loses events; here it does not compile.
 */

declare const brand: unique symbol;

/** An event's number in the whole store: 1-based, without gaps, in global order. 0 means "before the first". */
export type Position = number & { readonly [brand]: 'Position' };

/** An event's number in one stream: 1-based, without gaps. 0 means "before the first". */
export type StreamVersion = number & { readonly [brand]: 'StreamVersion' };

/** What an argument takes that means a position: one that came from the store, or a plain number. No version. */
export type PositionInput = number & { readonly [brand]?: 'Position' };

/** What an argument takes that means a version: one that came from the store, or a plain number. No position. */
export type StreamVersionInput = number & { readonly [brand]?: 'StreamVersion' };

/** Declares that `value`, an integer that is 0 or more, counts events of the store. */
export function toPosition(value: number): Position {
  return value as Position;
}

/** Declares that `value`, an integer that is 0 or more, counts events of one stream. */
export function toStreamVersion(value: number): StreamVersion {
  return value as StreamVersion;
}
