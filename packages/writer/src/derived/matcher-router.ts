/**
 * Finds the derived streams that an event belongs to without asking all of them: matchers that compare a property for equality
 * are found by the event's value of that property, the others are tried one by one. Thousands of derived streams, each with a
 * type of its own, cost a commit one lookup in a map.
 */
import {
  type CanonicalObject,
  type DerivedDefinition,
  type EventTest,
  propertyOf,
  type Route,
  routeOf,
} from '@varve/core/internal';

/** A derived stream whose matcher can be asked. */
export interface RoutedStream {
  readonly id: number;
  readonly name: string;
  readonly test: EventTest;
  /** Whether every candidate event belongs to the stream, so that its matcher need not be asked. */
  readonly isCertain: boolean;
}

/** The streams that a value of a property leads to. */
interface Listed {
  readonly streams: RoutedStream[];
  /** The id of the stream, if it is the only one and every event with the value belongs to it: read without a look at the stream. */
  only: number | undefined;
}

/** What `onlyIndexOf` returns for an event that belongs to no stream. */
export const noIndex = -1;

/** Whether every candidate of a derived stream belongs to it: its matcher only requires that one property has one of some values. */
export function isDecidedByRoute(definition: Omit<DerivedDefinition, 'backfill'>): boolean {
  const { matcher, metadata, function: source } = definition;
  if (matcher === undefined || metadata !== undefined || source !== undefined) return false;
  return Object.keys(matcher).length === 1 && routeOf(matcher as CanonicalObject, new Set()) !== undefined;
}

const noStreams: readonly RoutedStream[] = [];

/** Properties that distinguish events in nearly every store. */
const likelyProperties = ['type'];

export class MatcherRouter {
  private readonly byProperty = new Map<string, Map<unknown, Listed>>();
  /** The same as a list, which every commit iterates over. */
  private properties: { readonly property: string; readonly byValue: Map<unknown, Listed> }[] = [];
  private readonly unrouted: RoutedStream[] = [];
  private readonly preferred = new Set(likelyProperties);
  private readonly routes = new Map<RoutedStream, Route | undefined>();

  get isEmpty(): boolean {
    return this.routes.size === 0;
  }

  add(stream: RoutedStream, matcher: CanonicalObject | undefined): void {
    const route = matcher === undefined ? undefined : routeOf(matcher, this.preferred);
    this.routes.set(stream, route);
    if (route === undefined) {
      this.unrouted.push(stream);
      return;
    }
    this.preferred.add(route.property);
    const byValue = this.byProperty.get(route.property) ?? new Map<unknown, Listed>();
    this.byProperty.set(route.property, byValue);
    this.listProperties();
    for (const value of route.values) {
      const listed = byValue.get(value) ?? { streams: [], only: undefined };
      byValue.set(value, listed);
      listed.streams.push(stream);
      listed.only = onlyOf(listed.streams);
    }
  }

  remove(id: number): void {
    for (const [stream, route] of this.routes) {
      if (stream.id !== id) continue;
      this.routes.delete(stream);
      if (route === undefined) removeFrom(this.unrouted, stream);
      else this.removeRouted(stream, route);
      return;
    }
  }

  /** Streams that may have the event: those with `isCertain` do, the others must be asked. Valid until a stream is added or removed. */
  candidates(event: object): readonly RoutedStream[] {
    const { properties, unrouted } = this;
    // Nearly always there is one property and one list, or none. Every commit comes here, so that case copies nothing.
    let found = noStreams;
    for (let index = 0; index < properties.length; index++) {
      const { property, byValue } = properties[index]!;
      const streams = byValue.get(propertyOf(event, property))?.streams;
      if (streams !== undefined) found = found.length === 0 ? streams : [...found, ...streams];
    }
    if (unrouted.length === 0) return found;
    return found.length === 0 ? unrouted : [...found, ...unrouted];
  }

  /**
   * The id of the one stream that the event belongs to, or `noIndex`, where the event's values alone decide that; undefined
   * when streams must be asked, or there are several. Accesses as few places in memory as possible, since none is in a cache.
   */
  onlyIndexOf(event: object): number | undefined {
    const { properties, unrouted } = this;
    if (unrouted.length > 0) return undefined;
    let found = noIndex;
    for (let index = 0; index < properties.length; index++) {
      const { property, byValue } = properties[index]!;
      const listed = byValue.get(propertyOf(event, property));
      if (listed === undefined) continue;
      if (listed.only === undefined || found !== noIndex) return undefined;
      found = listed.only;
    }
    return found;
  }

  private removeRouted(stream: RoutedStream, { property, values }: Route): void {
    const byValue = this.byProperty.get(property)!;
    for (const value of values) {
      const listed = byValue.get(value)!;
      removeFrom(listed.streams, stream);
      listed.only = onlyOf(listed.streams);
      if (listed.streams.length === 0) byValue.delete(value);
    }
    if (byValue.size === 0) this.byProperty.delete(property);
    this.listProperties();
  }

  private listProperties(): void {
    this.properties = [...this.byProperty].map(([property, byValue]) => ({ property, byValue }));
  }
}

function removeFrom(list: RoutedStream[], stream: RoutedStream): void {
  list.splice(list.indexOf(stream), 1);
}

function onlyOf(streams: readonly RoutedStream[]): number | undefined {
  return streams.length === 1 && streams[0]!.isCertain ? streams[0]!.id : undefined;
}
