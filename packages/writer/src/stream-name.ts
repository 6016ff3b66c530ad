/** What may be the name of a stream: any well-formed text that is not reserved. */
import { allStream, VarveError } from '@varve/core';

const maxNameLength = 1024;

export function assertStreamName(name: unknown): void {
  const fault = faultOf(name);
  if (fault === undefined) return;
  throw new VarveError('INVALID_STREAM_NAME', `${describe(name)} cannot be the name of a stream: it is ${fault}.`, {
    found: name,
    expected: `a string of 1 to ${maxNameLength} characters, other than "${allStream}"`,
    hint: 'Any Unicode text will do, for example "order-42".',
  });
}

function faultOf(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'not a string';
  if (name === '') return 'empty';
  if (name === allStream) return 'reserved for the stream of all events';
  if (name.length > maxNameLength) return `longer than ${maxNameLength} characters`;
  return name.isWellFormed() ? undefined : 'not well-formed Unicode';
}

function describe(name: unknown): string {
  const text = JSON.stringify(name) as string | undefined;
  return text === undefined ? String(name) : text.slice(0, 80);
}
