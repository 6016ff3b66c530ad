/**
 * The two numberings of events, as different types: an event has a *position* in the whole store and a *version*
 * in each stream. Mixing them up compiles in plain numbers and loses events; here it does not compile.
 */

declare const brand: unique symbol;

/** An event's number in the whole store: 1-based, without gaps, in global order. 0 means "before the first". */
export type Position = number & { readonly [brand]: 'Position' };

/** An event's number in one stream: 1-based, without gaps. 0 means "before the first". */
export type StreamVersion = number & { readonly [brand]: 'StreamVersion' };

/** Type of an argument that is a position: one that came from the store, or a plain number, but no version. */
export type PositionInput = number & { readonly [brand]?: 'Position' };

/** Type of an argument that is a version: one that came from the store, or a plain number, but no position. */
export type StreamVersionInput = number & { readonly [brand]?: 'StreamVersion' };

/** Declares that `value`, an integer of 0 or more, is a position in the store. */
export function toPosition(value: number): Position {
  return value as Position;
}

/** Declares that `value`, an integer of 0 or more, is a version in one stream. */
export function toStreamVersion(value: number): StreamVersion {
  return value as StreamVersion;
}
