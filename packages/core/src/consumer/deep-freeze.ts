/**
 * Objects known to be deeply frozen. That an object is frozen is not enough: `Object.freeze` freezes the object alone. An
 * object is added when it is met for the second time, since most are replaced before that. A small one of plain values is
 * not added, since walking it costs no more than looking it up.
 */
const frozenThroughout = new WeakSet<object>();

/** Number of values up to which an object counts as small. */
const fewParts = 8;

/**
 * Freezes a plain value and everything in it. A new state that shares parts with the old one costs only its new parts.
 * Bytes (a `Buffer`, a typed array) are the exception: JavaScript cannot freeze them. Nor can the methods of a Map, Set
 * or Date be disabled if it was frozen elsewhere.
 */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) freezeObject(value);
  return value;
}

function freezeObject(value: object): void {
  if (frozenThroughout.has(value) || ArrayBuffer.isView(value)) return;
  const isFrozen = Object.isFrozen(value);
  if (Array.isArray(value)) {
    freezeList(value, isFrozen);
    return;
  }
  if (value instanceof Map || value instanceof Set || value instanceof Date) freezeContents(value, isFrozen);
  if (!isFrozen) Object.freeze(value);
  let parts = 0;
  for (const key in value) {
    if (isFrozen && parts++ === fewParts) frozenThroughout.add(value);
    const part: unknown = value[key as keyof typeof value];
    if (typeof part === 'object' && part !== null) freezePart(part, value, isFrozen);
  }
}

function freezeList(list: readonly unknown[], isFrozen: boolean): void {
  if (!isFrozen) Object.freeze(list);
  else if (list.length > fewParts) frozenThroughout.add(list);
  for (const item of list) if (typeof item === 'object' && item !== null) freezePart(item, list, isFrozen);
}

/**
 * `isFrozen`: whether the whole was frozen before. It is added before its parts are walked, since they may contain it.
 */
function freezePart(part: object, whole: object, isFrozen: boolean): void {
  if (isFrozen) frozenThroughout.add(whole);
  freezeObject(part);
}

/** Their contents are not properties, which `Object.freeze` would freeze; so their methods must refuse changes. */
function freezeContents(value: Map<unknown, unknown> | Set<unknown> | Date, isFrozen: boolean): void {
  if (isFrozen) frozenThroughout.add(value);
  // An object that is only non-extensible cannot take another prototype either.
  else if (Object.isExtensible(value)) refuseChanges(value);
  if (value instanceof Map) {
    for (const [key, item] of value) {
      if (typeof key === 'object' && key !== null) freezePart(key, value, isFrozen);
      if (typeof item === 'object' && item !== null) freezePart(item, value, isFrozen);
    }
  } else if (value instanceof Set) {
    for (const item of value) if (typeof item === 'object' && item !== null) freezePart(item, value, isFrozen);
  }
}

function refuseChanges(value: Map<unknown, unknown> | Set<unknown> | Date): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Map.prototype) Object.setPrototypeOf(value, frozenMap);
  else if (prototype === Set.prototype) Object.setPrototypeOf(value, frozenSet);
  else if (prototype === Date.prototype) Object.setPrototypeOf(value, frozenDate);
}

const frozenMap = refusing(Map.prototype, ['set', 'delete', 'clear']);
const frozenSet = refusing(Set.prototype, ['add', 'delete', 'clear']);
const frozenDate = refusing(
  Date.prototype,
  Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set')),
);

/** Like `prototype`, except that the methods that change something throw. */
function refusing(prototype: object, names: readonly string[]): object {
  const refuse = (): never => {
    throw new TypeError('This is part of a frozen state: make a copy, change that, and set it as the new state.');
  };
  return Object.create(prototype, Object.fromEntries(names.map((name) => [name, { value: refuse }]))) as object;
}
