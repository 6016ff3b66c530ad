/** Makes a stream of a source, fixed at the point where the store ends now. */
import { inspect } from 'node:util';
import { VarveError } from '../errors.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { EventStream } from './event-stream.ts';
import { rangeBetween } from './stream-range.ts';
import { sourceNamed, type StreamSource } from './stream-source.ts';

/** A source of events as a stream that ends where the store ends now, within versions that may be negative. */
export function openStreamOf<Payload>(
  storage: ReadableStorage,
  name: string,
  source: StreamSource,
  minVersion: number,
  maxVersion: number,
): EventStream<Payload> {
  storage.assertOpen();
  const limit = storage.visiblePosition;
  const origin = { storage, name, source, limit, epoch: storage.epoch, version: source.versionAt(limit) };
  return new EventStream<Payload>(origin, rangeBetween(origin, minVersion, maxVersion));
}

/** The event stream of `name`, within versions that may be negative: -1 is the last, -2 the one before. */
export function openEventStream<Payload>(
  storage: ReadableStorage,
  name: string,
  minVersion: number,
  maxVersion: number,
): EventStream<Payload> {
  if (typeof name !== 'string') throw notAName(name);
  return openStreamOf<Payload>(storage, name, sourceNamed(storage, name), minVersion, maxVersion);
}

function notAName(found: unknown): VarveError {
  return new VarveError('INVALID_STREAM_NAME', `${inspect(found, { depth: 0 })} is not the name of a stream.`, {
    found,
    expected: 'a string',
    hint: 'Give the name as a string: a stream that does not exist is empty, and what is no name would look the same.',
  });
}
