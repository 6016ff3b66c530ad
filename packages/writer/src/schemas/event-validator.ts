/**
 * Validates events with the schemas of their types, before anything else is done with a commit. What a schema makes of an event
 * (defaults filled in, values converted, unknown properties left out) is what is committed.
 */
import { VarveError } from '@varve/core';
import { eventTypeOf } from '@varve/core/internal';
import { EventValidationError } from './event-validation-error.ts';
import type { StandardSchema } from './standard-schema.ts';

export class EventValidator {
  // A map, so that a type named like a property of every object (`constructor`) finds nothing.
  private readonly schemas: ReadonlyMap<string, StandardSchema>;

  constructor(schemas: Readonly<Record<string, StandardSchema>>) {
    this.schemas = new Map(Object.entries(schemas));
  }

  /** The events as they are to be committed. Throws `INVALID_EVENT`, or `INVALID_OPTION` for an asynchronous schema. */
  validate(stream: string, events: readonly object[]): readonly object[] {
    return events.map((event, index) => {
      const type = eventTypeOf(event);
      const schema = type === undefined ? undefined : this.schemas.get(type);
      return schema === undefined ? event : validateEvent(schema, event, { stream, type: type!, index });
    });
  }
}

interface EventPlace {
  readonly stream: string;
  readonly type: string;
  /** Number of the event in its commit, from 0. */
  readonly index: number;
}

function validateEvent(schema: StandardSchema, event: object, place: EventPlace): object {
  const result = schema['~standard'].validate(event);
  if (result instanceof Promise) {
    // How it ends does not matter: the promise itself is the mistake.
    result.catch(() => undefined);
    throw isAsynchronous(place);
  }
  if (result.issues !== undefined) throw new EventValidationError(place.stream, place.type, place.index, result.issues);
  const { value } = result;
  if (typeof value !== 'object' || value === null) {
    throw new EventValidationError(place.stream, place.type, place.index, [
      { message: `the schema makes ${JSON.stringify(value)} of it, and an event is an object` },
    ]);
  }
  // A schema need not include the type by which it was chosen.
  return 'type' in value ? value : { type: place.type, ...value };
}

function isAsynchronous({ stream, type }: EventPlace): VarveError {
  return new VarveError('INVALID_OPTION', `The schema of ${JSON.stringify(type)} validates asynchronously.`, {
    stream,
    expected: 'a schema that validates synchronously',
    hint: 'Nothing was committed: commit is synchronous. Take asynchronous checks out of the schema, and make them before commit.',
  });
}
