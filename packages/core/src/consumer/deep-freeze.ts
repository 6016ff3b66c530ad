/**
 * Freezes a plain value and everything in it. A part that is frozen already is taken to be frozen throughout, so
 * that a new state which shares parts with the old one costs only its new parts. Bytes (a `Buffer`, a typed array) are
 * the exception: JavaScript cannot freeze them.
 */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    Object.freeze(value);
    for (const item of value) if (typeof item === 'object') deepFreeze(item);
    return value;
  }
  if (value instanceof Map || value instanceof Set || value instanceof Date) freezeContents(value);
  Object.freeze(value);
  for (const key in value) {
    const part = value[key];
    if (typeof part === 'object') deepFreeze(part);
  }
  return value;
}

/** What they contain is no property, which `Object.freeze` would freeze: it is their methods that must refuse. */
function freezeContents(value: Map<unknown, unknown> | Set<unknown> | Date): void {
  if (value instanceof Map) {
    for (const [key, item] of value) {
      deepFreeze(key);
      deepFreeze(item);
    }
    if (Object.getPrototypeOf(value) === Map.prototype) Object.setPrototypeOf(value, frozenMap);
  } else if (value instanceof Set) {
    for (const item of value) deepFreeze(item);
    if (Object.getPrototypeOf(value) === Set.prototype) Object.setPrototypeOf(value, frozenSet);
  } else if (Object.getPrototypeOf(value) === Date.prototype) {
    Object.setPrototypeOf(value, frozenDate);
  }
}

const frozenMap = refusing(Map.prototype, ['set', 'delete', 'clear']);
const frozenSet = refusing(Set.prototype, ['add', 'delete', 'clear']);
const frozenDate = refusing(
  Date.prototype,
  Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set')),
);

/** Like `prototype`, with methods that throw in the place of those that change something. */
function refusing(prototype: object, names: readonly string[]): object {
  const refuse = (): never => {
    throw new TypeError('This is part of a frozen state: make a copy, change that, and set it as the new state.');
  };
  return Object.create(prototype, Object.fromEntries(names.map((name) => [name, { value: refuse }]))) as object;
}
