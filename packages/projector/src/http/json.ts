/** States as JSON. What JSON has no form for is written as what comes nearest, and cannot be told from it by the reader. */

/**
 * A Map with text keys as an object, another Map and a Set as a list, bytes as base64, a bigint as text. `replace` may
 * put something else in the place of a property first.
 */
export function toJson(value: unknown, replace: (key: string, value: unknown) => unknown = unchanged): string {
  return JSON.stringify(value, function (this: unknown, key: string, found: unknown) {
    return plain.call(this, key, replace(key, found));
  });
}

function unchanged(_key: string, value: unknown): unknown {
  return value;
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
