/** Names of joins and categories. */
import { VarveError } from '../errors.ts';

/** Checks the names of the streams of a join. */
export function checkNames(name: unknown, streams: readonly string[]): readonly string[] {
  const isList = Array.isArray(streams) && streams.length > 0 && streams.every((stream) => typeof stream === 'string');
  if (isList && typeof name === 'string' && !streams.includes('')) return streams;
  throw new VarveError('INVALID_STREAM_NAME', 'A join or category needs a name, and the names of its streams.', {
    found: streams,
    expected: 'a string, and an array of strings that are not empty',
    hint: 'For example: getJoinedStream("billing", ["orders", "payments"]).',
  });
}
