/** States as JSON. What JSON has no form for is written as what comes nearest, and cannot be told from it by the reader. */

/** A Map with text keys as an object, another Map and a Set as a list, bytes as base64, a bigint as text. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, plain);
}

function plain(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return plainMap(value);
  if (value instanceof Set) return [...(value as ReadonlySet<unknown>)];
  // Buffers have turned themselves into something else already, which is why the value itself is asked for.
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
