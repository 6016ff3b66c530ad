/**
 * What a schema must be for events to be validated with it: the part of Standard Schema, version 1, that Varve uses
 * (https://standardschema.dev). Zod, Valibot, ArkType and others implement it; Varve depends on none of them.
 */

export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    /** Name of the library. */
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Never present at run time. */
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** One thing that a schema finds wrong with an event. */
export interface SchemaIssue {
  readonly message: string;
  /** The keys that lead to the value concerned; a library may wrap each in an object. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** For each event type the schema of its events. Types without one are committed as they are. */
export type EventSchemas<Events> = { readonly [Type in keyof Events]?: StandardSchema<Events[Type]> };

/** The map of events that schemas describe: `EventStore<EventsOfSchemas<typeof schemas>>`. */
export type EventsOfSchemas<Schemas> = {
  [Type in keyof Schemas]: Schemas[Type] extends StandardSchema<infer Output> ? Output : never;
};

/** Whether this is an object of schemas. */
export function areSchemas(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isSchema);
}

function isSchema(value: unknown): boolean {
  // The schemas of some libraries are functions.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  if (!('~standard' in value)) return false;
  const standard = value['~standard'];
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  );
}
