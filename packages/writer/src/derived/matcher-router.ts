/**
 * Finds the derived streams that an event belongs to without asking all of them: matchers that compare a property for
 * equality are found by the event's value of it, the others are tried one by one. Thousands of derived streams, each
 * with a type of its own, cost a commit one look into a map.
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
  /** Whether each candidate belongs to it, so that its matcher need not be asked. */
  readonly isCertain: boolean;
}

/** A stream of the router. */
interface Candidate extends RoutedStream {
  /** Its id alone, for the many events that belong to it and to no other. */
  readonly ids: readonly number[];
}

/** Whether being a candidate is all that the matchers of a derived stream ask for: one property is one of some values. */
export function isDecidedByRoute(definition: Omit<DerivedDefinition, 'backfill'>): boolean {
  const { matcher, metadata, function: source } = definition;
  if (matcher === undefined || metadata !== undefined || source !== undefined) return false;
  return Object.keys(matcher).length === 1 && routeOf(matcher as CanonicalObject, new Set()) !== undefined;
}

const noStreams: readonly Candidate[] = [];

/** Properties by which events are told apart nearly everywhere. */
const likelyProperties = ['type'];

export class MatcherRouter {
  private readonly byProperty = new Map<string, Map<unknown, Candidate[]>>();
  /** The same as a list, which every commit goes through. */
  private properties: { readonly property: string; readonly byValue: Map<unknown, Candidate[]> }[] = [];
  private readonly unrouted: Candidate[] = [];
  private readonly preferred = new Set(likelyProperties);
  private readonly routes = new Map<Candidate, Route | undefined>();

  get isEmpty(): boolean {
    return this.routes.size === 0;
  }

  add(routed: RoutedStream, matcher: CanonicalObject | undefined): void {
    const stream = { ...routed, ids: [routed.id] };
    const route = matcher === undefined ? undefined : routeOf(matcher, this.preferred);
    this.routes.set(stream, route);
    if (route === undefined) {
      this.unrouted.push(stream);
      return;
    }
    this.preferred.add(route.property);
    const byValue = this.byProperty.get(route.property) ?? new Map<unknown, Candidate[]>();
    this.byProperty.set(route.property, byValue);
    this.listProperties();
    for (const value of route.values) {
      const list = byValue.get(value);
      if (list === undefined) byValue.set(value, [stream]);
      else list.push(stream);
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

  /** The streams whose matcher must be asked about the event; true until streams are added or removed. */
  candidates(event: object): readonly Candidate[] {
    const { properties, unrouted } = this;
    // Nearly always one property and one list, or none: every commit comes here, so nothing is copied then.
    let found = noStreams;
    for (let index = 0; index < properties.length; index++) {
      const { property, byValue } = properties[index]!;
      const list = byValue.get(propertyOf(event, property));
      if (list !== undefined) found = found.length === 0 ? list : [...found, ...list];
    }
    if (unrouted.length === 0) return found;
    return found.length === 0 ? unrouted : [...found, ...unrouted];
  }

  private removeRouted(stream: Candidate, { property, values }: Route): void {
    const byValue = this.byProperty.get(property)!;
    for (const value of values) {
      const list = byValue.get(value)!;
      removeFrom(list, stream);
      if (list.length === 0) byValue.delete(value);
    }
    if (byValue.size === 0) this.byProperty.delete(property);
    this.listProperties();
  }

  private listProperties(): void {
    this.properties = [...this.byProperty].map(([property, byValue]) => ({ property, byValue }));
  }
}

function removeFrom(list: Candidate[], stream: Candidate): void {
  list.splice(list.indexOf(stream), 1);
}
