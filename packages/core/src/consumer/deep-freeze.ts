/**
 * Freezes a plain value and everything in it. A part that is frozen already is taken to be frozen throughout, so
 * that a new state which shares parts with the old one costs only its new parts.
 */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
