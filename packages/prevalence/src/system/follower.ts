/**
 * A prevalent system in another process, or on a replica: it does again what the journal says, as it is written. Its
 * model is never wrong, only behind; it writes nothing.
 */
import { type ReadableEventStore, VarveError } from '@varve/core';
import { raiseGuards } from '../commands/guards.ts';
import type { ModelDefinition } from '../model/model-types.ts';
import { ReadableSystem } from './readable-system.ts';
import { RestoredModel, systemClosed } from './restored-model.ts';
import type { CheckedSystem, QueryMap } from './system-definition.ts';

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
  private readonly lowerGuards: () => void;

  private constructor(system: CheckedSystem, store: ReadableEventStore, ownsStore: boolean) {
    const restored = new RestoredModel(system, {
      wantsCommands: () => this.listenerCount('command') > 0,
      command: (...told) => this.tellOfCommand(told),
    });
    super(system, restored.model, store);
    this.restored = restored;
    this.store = store;
    this.ownsStore = ownsStore;
    // What ends the store ends the following, which tells of it, or `start`: nobody else can listen to a store of its own.
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
      const { fatalError } = store.storage;
      if (fatalError !== undefined) throw fatalError;
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
   * that executes them: read your writes, elsewhere. Rejects with what ended the following, or the signal's reason.
   */
  async caughtUp(position: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { store, restored } = this;
    const { stream } = restored.system;
    const signal = AbortSignal.any([this.ending.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    const stop = new Promise<never>((_resolve, reject) => {
      const refuse = (): void => reject(restored.failure ?? (signal.reason as Error));
      if (signal.aborted) refuse();
      else signal.addEventListener('abort', refuse, { once: true });
    });
    stop.catch(() => undefined);
    await Promise.race([store.waitFor(position, { signal }), stop]);
    const wanted = store.getEventStream(stream).untilPosition(Math.min(position, store.position)).length;
    while (restored.version < wanted) {
      const step = Promise.withResolvers<undefined>();
      const wake = (): void => step.resolve(undefined);
      this.waiting.add(wake);
      await Promise.race([step.promise, stop]).finally(() => this.waiting.delete(wake));
    }
  }

  /** Ends the following. The model cannot be read any more. */
  async close(): Promise<void> {
    if (this.restored.failure === undefined) this.restored.refuse(systemClosed(this.name));
    this.ending.abort();
    await this.following;
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
        for (const wake of this.waiting) wake();
      }
      if (!signal.aborted) throw storeClosed(this.name, store.directory);
    } catch (error) {
      // What comes next cannot be trusted, and what is there may be of a history that is gone.
      restored.refuse(error as Error);
      this.ending.abort();
      if (this.ownsStore) await this.store.close();
      this.reportError(error as Error);
    }
  }
}

function storeClosed(name: string, path: string): VarveError {
  return new VarveError('STORE_CLOSED', `The store that ${JSON.stringify(name)} is followed in was closed.`, {
    path,
    hint: 'Close the follower before its store, and follow again in another one.',
  });
}
