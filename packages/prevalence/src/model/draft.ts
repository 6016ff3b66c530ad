/**
 * Drafts: what a command handler sees of an object. A draft reads like the object and can be changed; the published
 * object stays as it is. Only what changes is copied, level by level, from the changed place up to the object.
 *
 * Invariants: `latest` of a draft is its base until something in it changes. From then on it is a copy, or the object
 * itself if no one else has seen that. The copy of a part is in the copy of the whole, so `latest` of an object's draft
 * is always the complete current object. Parts are frozen unless they are copies that this command has made. A part
 * that its object no longer contains can be read but not changed; after its command, a draft can be neither read nor
 * changed.
 */
import { VarveError } from '@varve/core';
import { draftStateKey, type DraftValue } from './draft-state.ts';
import { adopt, adoptInPlace, isElement, refuseHalves } from './plain-value.ts';

type Fields = Record<PropertyKey, unknown>;

/** The owner of the object that a draft represents, or belongs to. */
export interface DraftOwner {
  /** Throws when drafts of this whole can no longer be used. */
  assertUsable(whole: DraftState): void;
  /** A field, or something in it, is about to change. Returns true when `hasChanged` must be called after the change. */
  willChange(field: string): boolean;
  /** Throws when the object must not stay as it is now; the caller then undoes the change and calls this again. */
  hasChanged(field: string): void;
  /** Whether the fields of the object may be assigned in place, because no one has seen it. Called before the first change. */
  changesInPlace(): boolean;
  /** From now on `latest` of the object's draft is a copy: fields are added or removed. */
  copyInstead(): void;
  /** The object in its form for others, frozen, if it can no longer change in this command. */
  settledValue(): object | undefined;
}

export class DraftState implements DraftValue {
  readonly owner: DraftOwner;
  readonly proxy: object;
  private readonly parent: DraftState | undefined;
  /** The draft of the whole object: this one, or the one that this is a part of. */
  private readonly whole: DraftState;
  /** Its key in the parent, and the field of the object that contains it. */
  private readonly key: string;
  private readonly field: string | undefined;
  private children: Map<string, DraftState> | undefined;
  /** The current value. */
  latest: Fields;
  isChanged = false;

  constructor(base: object, owner: DraftOwner, parent?: DraftState, key = '') {
    this.latest = base as Fields;
    this.owner = owner;
    this.parent = parent;
    this.whole = parent?.whole ?? this;
    this.key = key;
    this.field = parent === undefined ? undefined : (parent.field ?? key);
    // The target of an array's draft must be an array, so that `Array.isArray` accepts the draft.
    this.proxy = Array.isArray(base)
      ? new Proxy<DraftState[]>([this], arrayTraps)
      : new Proxy<DraftState>(this, objectTraps);
  }

  get isArray(): boolean {
    return Array.isArray(this.latest);
  }

  read(key: string): unknown {
    const { latest } = this;
    this.assertUsable();
    const value = latest[key];
    if (typeof value !== 'object' || value === null || value instanceof Date || !Object.hasOwn(latest, key)) {
      return value;
    }
    let child = this.children?.get(key);
    if (child?.latest !== value) {
      child = new DraftState(value, this.owner, this, key);
      (this.children ??= new Map<string, DraftState>()).set(key, child);
    }
    return child.proxy;
  }

  write(key: string, value: unknown): void {
    this.assertAttached();
    const taken = adopt(value, key);
    if (this.isArray) checkListKey(key, taken);
    const isThere = Object.hasOwn(this.latest, key);
    const before = this.latest[key];
    if (isThere && Object.is(before, taken)) return;
    const field = this.field ?? key;
    const isWatched = this.owner.willChange(field);
    this.copyOnWrite(isThere);
    const { latest } = this;
    if (Array.isArray(latest)) assignInList(latest, key, taken);
    else latest[key] = taken;
    if (isWatched) this.tell(field, key, isThere, before);
  }

  remove(key: string): void {
    this.assertAttached();
    if (!Object.hasOwn(this.latest, key)) return;
    if (this.isArray) {
      // Not a hole, which would be read back as undefined.
      this.write(key, undefined);
      return;
    }
    const before = this.latest[key];
    const field = this.field ?? key;
    const isWatched = this.owner.willChange(field);
    this.copyOnWrite(false);
    delete this.latest[key];
    if (isWatched) this.tell(field, key, true, before);
  }

  frozenValue(): unknown {
    this.assertUsable();
    if (Object.isFrozen(this.latest)) return this.latest;
    const settled = this.parent === undefined ? this.owner.settledValue() : undefined;
    if (settled !== undefined) return settled;
    // Unchanged parts are frozen already, and are not copied.
    return adoptInPlace(structuredClonePlain(this.latest), this.key);
  }

  /** Freezes the copied parts, which must not change after that. Returns the object. */
  sealParts(): object {
    const { children, latest } = this;
    if (children !== undefined) {
      for (const [key, child] of children) {
        if (child.isChanged && child.latest === latest[key]) Object.freeze(child.sealParts());
      }
    }
    return latest;
  }

  assertUsable(): void {
    this.owner.assertUsable(this.whole);
  }

  /** A part that is no longer in its object can be read, but a change of it would be lost. */
  private assertAttached(): void {
    const { parent } = this;
    if (parent === undefined) {
      this.assertUsable();
      return;
    }
    parent.assertAttached();
    if (parent.latest[this.key] !== this.latest) throw detached(this.key);
  }

  /** Reports a change to the owner, and undoes it when the owner refuses it. */
  private tell(field: string, key: string, wasThere: boolean, before: unknown): void {
    try {
      this.owner.hasChanged(field);
    } catch (error) {
      if (wasThere) this.latest[key] = before;
      else delete this.latest[key];
      this.owner.hasChanged(field);
      throw error;
    }
  }

  /** `keepsFields`: whether the assigned field exists already. */
  private copyOnWrite(keepsFields: boolean): void {
    const { parent, latest, isChanged } = this;
    if (parent === undefined && isChanged && !keepsFields) this.owner.copyInstead();
    if (isChanged) return;
    parent?.copyOnWrite(true);
    this.isChanged = true;
    if (parent === undefined && keepsFields && this.owner.changesInPlace()) return;
    this.latest = (Array.isArray(latest) ? [...(latest as unknown[])] : { ...latest }) as Fields;
    if (parent !== undefined) parent.latest[this.key] = this.latest;
  }
}

/** A copy of a value that consists of drafts' copies, which are copied, and of frozen parts, which are shared. */
function structuredClonePlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return value.map(structuredClonePlain);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, structuredClonePlain(item)]));
}

/** A list has elements and a length, and nothing else. */
function checkListKey(key: string, value: unknown): void {
  const isFit = key === 'length' ? typeof value === 'number' && isElement(String(value)) : isElement(key);
  if (isFit) return;
  throw new VarveError('INVALID_VALUE', `${JSON.stringify(key)} cannot be this in a list of the model.`, {
    found: value,
    expected: 'an element, by its index, or a length',
    hint: 'Put the list into an object, and what belongs to it beside it.',
  });
}

/** Elements in between become undefined instead of holes, because a hole is read back as undefined. */
function assignInList(list: unknown[] & Fields, key: string, value: unknown): void {
  const { length } = list;
  list[key] = value;
  for (let index = length; index < list.length; index++) if (!(index in list)) list[index] = undefined;
}

const objectTraps: ProxyHandler<DraftState> = {
  get(state, key) {
    if (typeof key === 'string') return state.read(key);
    if (key === draftStateKey) return state;
    state.assertUsable();
    return Reflect.get(state.latest, key);
  },
  set(state, key, value) {
    state.write(textKey(key), value);
    return true;
  },
  deleteProperty(state, key) {
    state.remove(textKey(key));
    return true;
  },
  has(state, key) {
    state.assertUsable();
    return Reflect.has(state.latest, key);
  },
  ownKeys(state) {
    state.assertUsable();
    return Reflect.ownKeys(state.latest);
  },
  getOwnPropertyDescriptor(state, key) {
    state.assertUsable();
    if (!Object.hasOwn(state.latest, key)) return undefined;
    const isLength = state.isArray && key === 'length';
    const value = state.read(key as string);
    return { value, writable: true, enumerable: !isLength, configurable: !isLength };
  },
  getPrototypeOf: (state) => Reflect.getPrototypeOf(state.latest),
  defineProperty: refuse,
  setPrototypeOf: refuse,
  preventExtensions: refuse,
};

const arrayTraps: ProxyHandler<DraftState[]> = {
  get: ([state], key) => objectTraps.get!(state!, key, undefined) as unknown,
  set: ([state], key, value) => objectTraps.set!(state!, key, value, undefined),
  deleteProperty: ([state], key) => objectTraps.deleteProperty!(state!, key),
  has: ([state], key) => objectTraps.has!(state!, key),
  ownKeys: ([state]) => objectTraps.ownKeys!(state!),
  getOwnPropertyDescriptor: ([state], key) => objectTraps.getOwnPropertyDescriptor!(state!, key),
  getPrototypeOf: ([state]) => objectTraps.getPrototypeOf!(state!),
  defineProperty: refuse,
  setPrototypeOf: refuse,
  preventExtensions: refuse,
};

function refuse(): never {
  throw new VarveError('INVALID_VALUE', 'An object of the model takes plain fields only.', {
    hint: 'Assign and delete fields; the model freezes and protects its objects itself.',
  });
}

function textKey(key: string | symbol): string {
  if (typeof key === 'string' && key !== '__proto__') {
    refuseHalves(key);
    return key;
  }
  throw new VarveError('INVALID_VALUE', `${String(key)} cannot be a field of the model.`, {
    found: key,
    expected: 'a text other than "__proto__"',
    hint: 'Use a text as the name of the field.',
  });
}

function detached(key: string): VarveError {
  return new VarveError('OBJECT_DELETED', `The value at ${JSON.stringify(key)} was replaced or moved meanwhile.`, {
    hint: 'Get it again from the object that contains it, or change a copy and put that back.',
  });
}
