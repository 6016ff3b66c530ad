/** The contents of a snapshot's chunks: objects of one part of the model, as self-contained values. */
import { StateCodec } from '@varve/core/internal';
import type { Key } from '../model/cell.ts';

/** Objects of one part. The arrays have the same length; a chunk without objects records that the part exists. */
export interface ObjectsOfPart {
  readonly part: string;
  readonly ids: readonly number[];
  readonly keys: readonly Key[];
  readonly values: readonly unknown[];
}

const codec = new StateCodec();

export function encodeObjects({ part, ids, keys, values }: ObjectsOfPart): Uint8Array {
  return codec.encode([part, ids, keys, values]);
}

/** Throws for a body that holds anything else. */
export function decodeObjects(body: Uint8Array): ObjectsOfPart {
  const [part, ids, keys, values] = codec.decode(body) as [string, number[], Key[], unknown[]];
  if (typeof part !== 'string' || ids.length !== values.length || keys.length !== values.length) {
    throw new Error('A chunk does not hold objects');
  }
  return { part, ids, keys, values };
}

/** The number of objects in the whole snapshot, which its last chunk contains. */
export function encodeCount(count: number): Uint8Array {
  return codec.encode(count);
}

export function decodeCount(body: Uint8Array): number {
  return Number(codec.decode(body));
}
