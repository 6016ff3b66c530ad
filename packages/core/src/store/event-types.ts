/**
 * The types of a store's events: a map from the name of each event type to what its events carry. Everything that
 * commits, reads or follows takes its types from this one map; see docs/types.md. Nothing here exists at run time.
 */

/** What a map of event types must be: for each name the shape of its events, in which `type` itself is optional. */
export type EventMap<Events> = { readonly [Type in keyof Events]: object };

/** The events of a store without declared types: any objects. */
export type UntypedEvents = Readonly<Record<string, object>>;

/** The events of one type of the map, or of all: objects that carry their type's name as `type`. */
export type EventOf<Events, Type extends keyof Events = keyof Events> = {
  [Name in Type]: Events[Name] & { readonly type: Name };
}[Type];

/** The map that belongs to a union of events, each of which carries its type's name as `type`. */
export type EventsByType<Union extends { readonly type: string }> = { [Event in Union as Event['type']]: Event };

/** What may be committed to a store with these events. */
export type CommittableEvent<Events> = string extends keyof Events ? object : EventOf<Events>;

/** What is read from a store with these events. */
export type ReadableEvent<Events> = string extends keyof Events ? unknown : EventOf<Events>;

/** What a matcher sees of the events of such a store. */
export type MatchableEvent<Events> = string extends keyof Events
  ? { readonly type: string; readonly [property: string]: unknown }
  : EventOf<Events>;
