/**
 * A prevalent system in another process, or on a replica: it replays the journal as it is written. Its model is never
 * wrong, only behind; it writes nothing.
 */
import { DivergedError, type ReadableEventStore, VarveError } from '@varve/core';
import { checkPosition, sourceOf, waitUntil } from '@varve/core/internal';
import { raiseGuards } from '../commands/guards.ts';
import type { ModelDefinition } from '../model/model-types.ts';
import { ReadableSystem } from './readable-system.ts';
import { RestoredModel, systemClosed } from './restored-model.ts';
import type { CheckedSystem, QueryMap } from './system-definition.ts';

/** The model of a system that another process writes, kept up to date for queries; `follow` of a definition creates it. */
export class Follower<Definition extends ModelDefinition, Queries extends QueryMap<Definition>>
  extends ReadableSystem<Definition, Queries>
  implements AsyncDisposable
{
  private readonly store: ReadableEventStore;
  private readonly ownsStore: boolean;
  private readonly restored: RestoredModel;
  private readonly ending = new AbortController();
  private readonly waiting = new Set<() => void>();
  private following: Promise<void> = Promise.resolve();
  /** The store's epoch when the model took the last of its commands: a later epoch may have cut that command off. */
  private seenEpoch: number;
  private divergence: DivergedError | undefined;
  /** Runs on each rebase at once, so that no one reads or waits for lost events in the meantime. */
  private readonly checkHistory = (): void => {
    const { restored, seenEpoch } = this;
    const { history } = this.store.storage;
    const lowest = history.lowestEpoch(restored.position);
    if (lowest <= seenEpoch || this.divergence !== undefined) return;
    this.divergence = diverged(this.name, restored, this.store.directory, lowest);
    restored.refuse(this.divergence);
    this.ending.abort();
  };
  private readonly lowerGuards: () => void;

  private constructor(system: CheckedSystem, store: ReadableEventStore, ownsStore: boolean) {
    const restored = new RestoredModel(system, {
      wantsCommands: () => this.listenerCount('command') > 0,
      command: (...told) => this.tell('command', ...told),
    });
    super(system, restored.model, store);
    this.restored = restored;
    this.store = store;
    this.ownsStore = ownsStore;
    this.seenEpoch = store.storage.epoch;
    store.storage.on('rebase', this.checkHistory);
    // An error of the store ends the following, which reports it, or `start` does: no one else can listen to a store
    // that the follower owns.
    if (ownsStore) store.on('error', () => undefined);
    this.lowerGuards = system.options.guards ? raiseGuards() : () => undefined;
  }

  /** @internal */
  static async start<Definition extends ModelDefinition, Queries extends QueryMap<Definition>>(
    system: CheckedSystem,
    store: ReadableEventStore,
    ownsStore: boolean,
  ): Promise<Follower<Definition, Queries>> {
    const follower = new Follower<Definition, Queries>(system, store, ownsStore);
    const { restored } = follower;
    try {
      await restored.restore(store, store.getStreamVersion(system.stream));
      follower.checkHistory();
      const failure = follower.divergence ?? store.storage.fatalError;
      if (failure !== undefined) throw failure;
    } catch (error) {
      await follower.close();
      throw error;
    }
    restored.serve();
    follower.following = follower.follow();
    return follower;
  }

  get position(): number {
    return this.restored.position;
  }

  /**
   * Resolves when the model contains all commands up to a position of the store, such as the `position` of the system
   * that executes them: read your writes in another process. Lost events of a previous history do not count. Rejects
   * with the error that ended the following, or with the signal's reason.
   */
  async caughtUp(position: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { restored, waiting, ending } = this;
    const { storage } = this.store;
    checkPosition(storage, position);
    const journal = sourceOf(storage, restored.system.stream);
    const wait = {
      clock: storage.options.clock,
      goal: `all commands of ${JSON.stringify(this.name)} up to position ${position}`,
      isReached: () => {
        if (ending.signal.aborted) throw restored.failure!;
        // The store may have been cut back since, and may not have reached the position again.
        return storage.visiblePosition >= position && restored.version >= journal.versionAt(position);
      },
      subscribe: (wake: () => void) => {
        waiting.add(wake);
        storage.on('advance', wake);
        ending.signal.addEventListener('abort', wake);
        return () => {
          waiting.delete(wake);
          storage.off('advance', wake);
          ending.signal.removeEventListener('abort', wake);
        };
      },
    };
    await waitUntil(wait, options);
  }

  /** Ends the following. The model can no longer be read. */
  async close(): Promise<void> {
    if (this.restored.failure === undefined) this.restored.refuse(systemClosed(this.name));
    this.ending.abort();
    await this.following;
    this.store.storage.off('rebase', this.checkHistory);
    this.lowerGuards();
    if (this.ownsStore) await this.store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async follow(): Promise<void> {
    const { restored, store } = this;
    const { signal } = this.ending;
    try {
      const events = store.follow(restored.system.stream, { from: restored.version + 1, signal });
      for await (const { payload, metadata } of events) {
        if (signal.aborted) break;
        restored.apply(payload, () => metadata.position, false);
        restored.position = metadata.position;
        this.seenEpoch = store.storage.epoch;
        for (const wake of this.waiting) wake();
      }
      if (this.divergence !== undefined) throw this.divergence;
      if (!signal.aborted) throw storeClosed(this.name, store.directory);
    } catch (error) {
      // The next events cannot be trusted, and the model may be of a history that is gone.
      restored.refuse(error as Error);
      this.ending.abort();
      if (this.ownsStore) await this.store.close();
      this.reportError(error as Error);
    }
  }
}

function diverged(name: string, { position, system }: RestoredModel, path: string, epoch: number): DivergedError {
  const reason = `epoch ${epoch} of the store began before that, and cut it off`;
  return new DivergedError(`The model of ${JSON.stringify(name)} is at position ${position}, but ${reason}.`, {
    path,
    position,
    stream: system.stream,
    hint: 'Follow anew: the model is then made of what the store has.',
  });
}

function storeClosed(name: string, path: string): VarveError {
  return new VarveError('STORE_CLOSED', `The store that ${JSON.stringify(name)} is followed in was closed.`, {
    path,
    hint: 'Close the follower before its store, and follow again in another one.',
  });
}
