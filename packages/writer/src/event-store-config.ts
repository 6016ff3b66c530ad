/** The configuration of `EventStore`, and how it becomes options of its storage. docs/options.md lists all of them. */
import type { EventMap, UntypedEvents, Upcasters } from '@varve/core';
import { type OptionRule, optionRules, readOptionRules } from '@varve/core/internal';
import type { WriteOptions } from './options.ts';
import { areSchemas, type EventSchemas, type StandardSchema } from './schemas/standard-schema.ts';

export interface EventStoreConfig<Events extends EventMap<Events> = UntypedEvents> {
  /** The directory that holds the store's folder. @default './data' */
  readonly storageDirectory?: string;
  /** Opens the store for reading only, beside a writer in another process. @default false */
  readonly readOnly?: boolean;
  /** Metadata of a stream; called once when the stream is created. */
  readonly streamMetadata?: WriteOptions['streamMetadata'];
  /**
   * For each event type the schema that its events must satisfy, from any library that implements Standard Schema.
   * What the schema makes of an event is what is committed.
   */
  readonly schemas?: EventSchemas<Events>;
  /** For each event type the functions that take its versions to the next one when an event is read. */
  readonly upcasters?: Upcasters;
  /** Options of the storage. */
  readonly storageConfig?: WriteOptions;
}

export const eventStoreConfigRules: Readonly<Record<keyof EventStoreConfig, OptionRule>> = {
  storageDirectory: optionRules.text,
  readOnly: optionRules.boolean,
  streamMetadata: optionRules.callback,
  schemas: { description: 'an object with a Standard Schema for each event type', accepts: areSchemas },
  upcasters: readOptionRules.upcasters,
  storageConfig: optionRules.object,
};

/** The schemas of a store, without the types of its events. */
export type AnySchemas = Readonly<Record<string, StandardSchema>>;

/** The options of the storage, including those that are given beside `storageConfig`. */
export function storageOptionsOf(
  config: Pick<EventStoreConfig, 'storageConfig' | 'streamMetadata' | 'upcasters'>,
): WriteOptions {
  const { storageConfig = {}, streamMetadata, upcasters } = config;
  return {
    ...storageConfig,
    ...(streamMetadata === undefined ? {} : { streamMetadata }),
    ...(upcasters === undefined ? {} : { upcasters }),
  };
}
