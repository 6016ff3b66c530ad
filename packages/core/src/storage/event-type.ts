/** The type of an event, by which upcasters and schemas are chosen. */

/** The event's property `type`, when it is a string; else undefined. */
export function eventTypeOf(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('type' in event)) return undefined;
  return typeof event.type === 'string' ? event.type : undefined;
}
