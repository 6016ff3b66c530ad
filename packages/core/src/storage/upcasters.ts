/**
 * Brings events of older versions of their type to the current one when they are read. An event type begins with
 * version 1; upcaster k of a type takes an event of version k to version k + 1. Files are never changed: the metadata
 * of a commit record the version that an event was committed with, and only where it is not 1.
 */
import { messageOf, UpcastError, type UpcastPlace } from '../errors.ts';
import { eventTypeOf } from './event-type.ts';
import type { EventMetadata } from './event-metadata.ts';

/**
 * Takes an event of one version and returns it in the next one. It is called on every read of such an event, so it
 * neither waits nor uses anything but its arguments. It may change the event that it receives.
 *
 * The type is written this way so that a function of a more specific event, `(event: OrderPlacedV1) => ...`, fits.
 */
export type Upcaster = { call(event: object, metadata: EventMetadata): object }['call'];

/** For each event type the upcasters of its versions, in order: the first takes version 1 to version 2. */
export type Upcasters = Readonly<Record<string, readonly Upcaster[]>>;

/** Name of the commit metadata that holds the version of each event type in the commit whose version is above 1. */
const eventVersionsKey = 'eventVersions';

export class UpcasterChains {
  // A map, so that a type named like a property of every object (`constructor`) finds nothing.
  private readonly chains: ReadonlyMap<string, readonly Upcaster[]>;

  constructor(upcasters: Upcasters) {
    this.chains = new Map(Object.entries(upcasters).filter(([, chain]) => chain.length > 0));
  }

  /** The chains that are not empty; undefined when there is none, so that the check costs nothing. */
  static of(upcasters: Upcasters | undefined): UpcasterChains | undefined {
    if (upcasters === undefined) return undefined;
    const chains = new UpcasterChains(upcasters);
    return chains.chains.size === 0 ? undefined : chains;
  }

  /** The metadata of a commit of these events, with the versions that they are committed with. */
  stamp(events: readonly unknown[], metadata: object | undefined): object | undefined {
    let versions: Record<string, number> | undefined;
    for (const event of events) {
      const type = eventTypeOf(event);
      const chain = type === undefined ? undefined : this.chains.get(type);
      if (chain !== undefined) (versions ??= {})[type!] = chain.length + 1;
    }
    // Versions that the caller gives take precedence: that is how events of an older version are imported.
    return versions === undefined ? metadata : { [eventVersionsKey]: versions, ...metadata };
  }

  /** Whether there are upcasters for the type of this event. */
  concerns(event: unknown): boolean {
    const type = eventTypeOf(event);
    return type !== undefined && this.chains.has(type);
  }

  /** The event in the current version of its type. Throws `UPCAST`. */
  apply(event: object, metadata: EventMetadata): unknown {
    const type = eventTypeOf(event)!;
    const chain = this.chains.get(type)!;
    const stored = storedVersion(metadata, type);
    const place = { type, version: stored, position: metadata.position, stream: metadata.stream };
    if (!Number.isSafeInteger(stored) || stored < 1 || stored > chain.length + 1) {
      throw new UpcastError(
        place,
        `it has version ${stored}, and the versions known here are 1 to ${chain.length + 1}`,
      );
    }
    let current = event;
    for (let version = stored; version <= chain.length; version++) {
      current = step(chain[version - 1]!, current, metadata, { ...place, version });
    }
    return current;
  }
}

/** Whether this is a list of functions for each event type. */
export function areUpcasters(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(
    (chain) => Array.isArray(chain) && chain.every((upcaster) => typeof upcaster === 'function'),
  );
}

function step(upcast: Upcaster, event: object, metadata: EventMetadata, place: UpcastPlace): object {
  let result: unknown;
  try {
    result = upcast(event, metadata);
  } catch (error) {
    throw new UpcastError(place, `the upcaster from version ${place.version} threw: ${messageOf(error)}`, error);
  }
  if (typeof result === 'object' && result !== null && !(result instanceof Promise)) return result;
  const kind = result instanceof Promise ? 'a promise' : String(result);
  throw new UpcastError(place, `the upcaster from version ${place.version} returned ${kind}, not an event`);
}

/** The version that the event was committed with: 1 where none is recorded. */
function storedVersion(metadata: EventMetadata, type: string): number {
  const versions = metadata[eventVersionsKey];
  if (typeof versions !== 'object' || versions === null || !Object.hasOwn(versions, type)) return 1;
  const version = (versions as Readonly<Record<string, unknown>>)[type];
  return typeof version === 'number' ? version : NaN;
}
