/** What every form of a prevalent system has: a readable model, and queries. */
import { EventEmitter } from 'node:events';
import type { ReadableEventStore } from '@varve/core';
import { Blobs } from '../blobs/blobs.ts';
import { isolatedCopy } from '../model/isolated-copy.ts';
import type { Model } from '../model/model.ts';
import type { ModelDefinition, ModelReader } from '../model/model-types.ts';
import type { SnapshotInfo } from '../snapshot/snapshot-writer.ts';
import type { CommandInfo, RestoreInfo } from './restored-model.ts';
import type { CheckedSystem, QueryMap } from './system-definition.ts';

/** The events of a system. */
export interface SystemEvents {
  /** The model was restored, whatever caused that. Emitted once, before any command is executed. */
  init: [info: RestoreInfo];
  /** A command was executed, or replayed while the model was restored; the model contains it. */
  command: [name: string, argument: unknown, result: unknown, info: CommandInfo];
  /** A snapshot was taken. */
  snapshot: [info: SnapshotInfo];
  /** A snapshot that was due could not be taken: `SNAPSHOT_FAILED`. The system continues. */
  snapshotFailed: [error: Error];
  /** Nothing can be executed or read any more; or a listener of another event threw, which has no other effect. */
  error: [error: Error];
}

/** The queries of a system as functions without the model parameter. A system that defines none has none. */
export type QueryFunctions<Queries> = string extends keyof Queries
  ? object
  : {
      readonly [Name in keyof Queries]: Queries[Name] extends (model: never, ...given: infer Given) => infer Result
        ? (...given: Given) => Result
        : never;
    };

export interface QueryOptions {
  /** Whether the result is a deep copy that belongs to the caller. @default false */
  readonly copy?: boolean;
}

export abstract class ReadableSystem<
  Definition extends ModelDefinition,
  Queries extends QueryMap<Definition>,
> extends EventEmitter<SystemEvents> {
  readonly name: string;
  /** The model: frozen objects, which change only in that commands replace them by others. */
  readonly model: ModelReader<Definition>;
  /** The queries: `system.q.byName('Ada')`. */
  readonly q: QueryFunctions<Queries>;
  /** Bytes that are too large for the model, by ids that commands carry. */
  readonly blobs: Blobs;

  protected constructor(system: CheckedSystem, { reader }: Model, { storage }: ReadableEventStore) {
    super();
    this.setMaxListeners(0);
    this.name = system.name;
    this.blobs = new Blobs(storage.options.fileSystem, storage.directory, system.name);
    this.model = reader as ModelReader<Definition>;
    this.q = Object.fromEntries(
      Object.entries(system.queries).map(([name, query]) => [name, query.bind(undefined, reader)]),
    ) as QueryFunctions<Queries>;
  }

  /** The store position of the last command that the model contains; 0 when there is none. */
  abstract get position(): number;

  /** Returns the function's result for the model; with `copy` as a deep copy. */
  query<Result>(query: (model: ModelReader<Definition>) => Result, options: QueryOptions = {}): Result {
    const result = query(this.model);
    return options.copy === true ? (isolatedCopy(result) as Result) : result;
  }

  /** The event reports what has happened: a listener that throws cannot change that. */
  protected tell<Name extends keyof SystemEvents>(name: Name, ...told: SystemEvents[Name]): void {
    try {
      (this as EventEmitter).emit(name, ...told);
    } catch (error) {
      this.reportError(error as Error);
    }
  }

  protected reportError(error: Error): void {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }
}
