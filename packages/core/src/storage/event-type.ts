/** The type of an event: what upcasters and schemas are chosen by. */

/** The event's property `type`, when it is a string; else undefined. */
export function eventTypeOf(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('type' in event)) return undefined;
  return typeof event.type === 'string' ? event.type : undefined;
}
