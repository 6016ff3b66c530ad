/**
 * Any decoded value as one line of JSON, for people and pipes. Types that JSON lacks become the nearest one that loses
 * nothing: a big integer becomes its digits, bytes base64, a set an array, and a map an object, or an array of pairs
 * when not all its keys are strings.
 */
export function jsonTextOf(value: unknown): string {
  // A value that JSON cannot express, such as undefined, still gives a line.
  const line: string | undefined = JSON.stringify(value, replace);
  return line ?? 'null';
}

function replace(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  // A Buffer's own toJSON has already turned it into an object of numbers.
  const original = (this as Record<string, unknown>)[key];
  if (original instanceof Uint8Array) return Buffer.from(original).toString('base64');
  if (value instanceof Set) return [...value];
  if (value instanceof Map) return mapToJson(value);
  return value;
}

function mapToJson(map: ReadonlyMap<unknown, unknown>): unknown {
  const entries = [...map];
  return entries.every(([key]) => typeof key === 'string')
    ? Object.fromEntries(entries as [string, unknown][])
    : entries;
}
