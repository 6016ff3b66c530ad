/**
 * The one key that msgpackr does not preserve: it reads `__proto__` back as `__proto_`, so that a decoded key can never
 * reach the prototype of an object. Varve refuses a value with this key rather than change it.
 */

export const protoKey = '__proto__';

const protoKeyBytes = Buffer.from(protoKey);

/** Whether the key, or a string that contains it, occurs in `bytes[start..end)`. */
export function mentionsProtoKey(bytes: Uint8Array, start: number, end: number): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).includes(protoKeyBytes);
}

/** Whether any object in `value`, which must not contain itself, has the key. */
export function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  if (Object.hasOwn(value, protoKey)) return true;
  if (value instanceof Map && [...value].some((entry) => entry.some(hasProtoKey))) return true;
  if (value instanceof Set && [...value].some(hasProtoKey)) return true;
  return Object.values(value).some(hasProtoKey);
}

export function protoKeyRefused(): TypeError {
  return new TypeError(`The key ${JSON.stringify(protoKey)} cannot be stored`);
}
