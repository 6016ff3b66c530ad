/**
 * Any decoded value as one line of JSON, for people and pipes. What JSON has no word for is said in the nearest one
 * that loses nothing: a big integer as its digits, bytes as base64, a set as an array, a map as an object, or as an
 * array of pairs when its keys are no strings.
 */
export function jsonTextOf(value: unknown): string {
  // A value without any JSON at all, such as undefined, is still a line.
  const line: string | undefined = JSON.stringify(value, replace);
  return line ?? 'null';
}

function replace(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  // A Buffer was turned into an object of numbers by its own toJSON already.
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
