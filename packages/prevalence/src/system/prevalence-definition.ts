/** A prevalent system that is defined but not open yet; opens it on stores. */
import { basename, dirname } from 'node:path';
import { type ReadableEventStore, ReadOnlyEventStore } from '@varve/core';
import type { EventStore } from '@varve/writer';
import type { CommandMap } from '../commands/command-definition.ts';
import type { ModelDefinition } from '../model/model-types.ts';
import { Follower } from './follower.ts';
import { type Moment, PastSystem } from './past-system.ts';
import { PrevalentSystem } from './prevalent-system.ts';
import { type CheckedSystem, checkSystem, type QueryMap, type SystemInput } from './system-definition.ts';

/** A model with its commands and queries, as `prevalence` returns it: opened for writing, followed, or read as of a moment. */
export class PrevalenceDefinition<
  Definition extends ModelDefinition,
  Commands extends CommandMap<Definition>,
  Queries extends QueryMap<Definition>,
> {
  readonly name: string;
  readonly version: number;
  private readonly system: CheckedSystem;

  /** @internal Definitions come from `prevalence`. */
  constructor(input: SystemInput<Definition, Commands, Queries>) {
    this.system = checkSystem(input);
    this.name = this.system.name;
    this.version = this.system.version;
  }

  /** Restores the system from the store, which remains the caller's. Rejects with what `restore` rejects with. */
  async open(store: EventStore): Promise<PrevalentSystem<Definition, Commands, Queries>> {
    const system = this.prepare(store);
    try {
      await system.restore();
    } catch (error) {
      await system.close();
      throw error;
    }
    return system;
  }

  /**
   * The system without its model: the first command, or `restore`, restores it. For callers that want to receive all
   * replayed commands. Throws `SYSTEM_IN_USE`.
   */
  prepare(store: EventStore): PrevalentSystem<Definition, Commands, Queries> {
    return new PrevalentSystem<Definition, Commands, Queries>(this.system, store);
  }

  /**
   * The system as it was at a position of the store or at a time, independent of the present one. Takes a store that is
   * open for writing or for reading. Rejects with what `restore` rejects with, and `INVALID_OPTION`.
   */
  at(store: ReadableEventStore, moment: Moment): Promise<PastSystem<Definition, Queries>> {
    return PastSystem.restore<Definition, Queries>(this.system, store, moment);
  }

  /**
   * The same model in this process, kept up to date while another process executes the commands. Takes the folder of
   * the store (or of a replica of it), or a store that is open for reading, which then remains the caller's.
   */
  async follow(place: string | ReadableEventStore): Promise<Follower<Definition, Queries>> {
    const isFolder = typeof place === 'string';
    const store = isFolder
      ? await ReadOnlyEventStore.open(basename(place), { storageDirectory: dirname(place) })
      : place;
    return Follower.start<Definition, Queries>(this.system, store, isFolder);
  }
}
