/** States as JSON. A value that JSON cannot represent is written as the nearest form; a reader cannot distinguish the two. */

/** A Map with text keys becomes an object, any other Map and a Set a list, bytes become base64, a bigint becomes text. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, plain);
}

function plain(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return plainMap(value);
  if (value instanceof Set) return [...(value as ReadonlySet<unknown>)];
  // `value` is what a Buffer's `toJSON` has made of it already, so the original is looked up.
  const original = (this as Record<string, unknown>)[key];
  if (ArrayBuffer.isView(original)) {
    return Buffer.from(original.buffer, original.byteOffset, original.byteLength).toString('base64');
  }
  return value;
}

function plainMap(map: ReadonlyMap<unknown, unknown>): unknown {
  const entries = [...map];
  if (!entries.every(([key]) => typeof key === 'string')) return entries;
  return Object.fromEntries(entries as [string, unknown][]);
}
