/**
 * Runs a prevalent system: executes a command, journals it, publishes its changes, and reports when it is safe.
 *
 * Invariants: a command is published only after the store has taken it into its buffer, and nothing can refuse it after
 * that; the model is always the result of the journal, command by command. After a failure of the store nothing is
 * executed or read any more, because published changes may not have been written.
 */
import { hasErrorCode, VarveError } from '@varve/core';
import type { Commit, EventStore, JointCommit } from '@varve/writer';
import { type Acknowledgement, catchAll, type Command } from '../commands/command-definition.ts';
import { JournaledContext } from '../commands/command-context.ts';
import { raiseGuards, unguarded } from '../commands/guards.ts';
import { rejection } from '../commands/rejection.ts';
import { ArgumentCopier } from '../journal/argument-copier.ts';
import { Journal } from '../journal/journal.ts';
import { type CommandEvent, type JournalEvent, journaledChanges } from '../journal/journal-event.ts';
import { Receipts } from '../journal/receipts.ts';
import type { Model } from '../model/model.ts';
import { looseCopy } from '../model/plain-value.ts';
import type { SnapshotInfo } from '../snapshot/snapshot-writer.ts';
import { type CommandListener, type RestoreInfo, RestoredModel, systemClosed } from './restored-model.ts';
import { type SnapshotListener, Snapshots } from './snapshots.ts';
import type { CheckedSystem } from './system-definition.ts';

export interface EngineListener extends CommandListener, SnapshotListener {
  /** The model can be read, whatever caused the restore; no command has been executed yet. */
  restored(info: RestoreInfo): void;
  /** Nothing can be executed or read any more. */
  ended(error: Error): void;
}

export class Engine {
  readonly store: EventStore;
  private readonly system: CheckedSystem;
  private readonly restored: RestoredModel;
  private readonly journal: Journal;
  private readonly copier: ArgumentCopier;
  private readonly receipts: Readonly<Record<'flushed' | 'durable', Receipts>>;
  private readonly snapshots: Snapshots;
  private readonly listener: EngineListener;
  /** Returns the seed of a command that uses randomness. */
  private readonly drawSeed: () => string;
  private readonly lowerGuards: () => void;
  /** The commit of the last command executed here. */
  private lastCommit: Commit | JointCommit | undefined;
  /** Whether `watch` is waiting for a commit whose outcome no caller may be waiting for. */
  private isWatching = false;
  private restoring: Promise<RestoreInfo> | undefined;
  isRestored = false;

  /** Throws `SYSTEM_IN_USE`. */
  constructor(system: CheckedSystem, store: EventStore, listener: EngineListener) {
    this.system = system;
    this.store = store;
    this.listener = listener;
    this.journal = new Journal(store, system.stream);
    this.restored = new RestoredModel(system, listener);
    // Commands from before the store was opened became durable when it was opened.
    const whenDurable = async (): Promise<unknown> => this.lastCommit?.durable;
    this.snapshots = new Snapshots(store, this.restored, listener, whenDurable);
    this.copier = new ArgumentCopier(store.storage.codec);
    const { storage } = store;
    const refused = (error: unknown): void => this.fail(error as Error);
    this.receipts = {
      flushed: new Receipts('flushed', () => storage.publishedPosition, refused),
      durable: new Receipts('durable', () => storage.durablePosition, refused),
    };
    const { random } = system.options;
    this.drawSeed = () => unguarded(() => random.hex(16));
    this.lowerGuards = system.options.guards ? raiseGuards() : () => undefined;
  }

  get model(): Model {
    return this.restored.model;
  }

  /** The position of the last command in the model; 0 when there is none. */
  get position(): number {
    return this.restored.position;
  }

  /**
   * Resolves when the model is the result of the journal; the first call restores it. Rejects with the error that
   * prevents it.
   */
  restore(): Promise<RestoreInfo> {
    this.restoring ??= this.restoreNow();
    return this.restoring;
  }

  /** Executes a command with its argument as it is now; later changes of the argument have no effect. */
  execute(name: string, given: unknown, acknowledge: Acknowledgement | undefined): Promise<unknown> {
    try {
      const argument = this.copier.copy(given);
      if (this.isRestored) return this.executeNow(name, argument, acknowledge);
      return this.restore().then(() => this.executeNow(name, argument, acknowledge));
    } catch (error) {
      return rejection(error);
    }
  }

  /** Changes the model by a function that is not journaled; its changes are. */
  transact(handler: Command['handler'], acknowledge: Acknowledgement | undefined): Promise<unknown> {
    try {
      if (this.isRestored) return this.transactNow(handler, acknowledge);
      return this.restore().then(() => this.transactNow(handler, acknowledge));
    } catch (error) {
      return rejection(error);
    }
  }

  /** Takes a snapshot of the model as it is now. Rejects with `SNAPSHOT_FAILED`, and within a command with `INSIDE_COMMAND`. */
  async takeSnapshot(): Promise<SnapshotInfo> {
    if (this.model.transaction.isOpen) throw snapshotInside();
    if (!this.isRestored) await this.restore();
    this.assertUsable();
    return this.snapshots.take();
  }

  /** Waits for promised acknowledgements; nothing can be executed or read after that. */
  async close(): Promise<void> {
    await this.restoring?.catch(() => undefined);
    await this.snapshots.close();
    await Promise.all([this.receipts.flushed.settled(), this.receipts.durable.settled()]);
    if (this.failure === undefined || !this.isRestored) this.restored.refuse(systemClosed(this.system.name));
    this.isRestored = true;
    this.journal.close();
    this.lowerGuards();
  }

  private async restoreNow(): Promise<RestoreInfo> {
    const { restored, store, system } = this;
    let info: RestoreInfo;
    try {
      info = await restored.restore(store, store.getStreamVersion(system.stream));
      this.journal.version = restored.version;
      this.isRestored = true;
      restored.serve();
      this.snapshots.start(restored.version - info.commands, restored.isMigrated);
    } catch (error) {
      this.fail(error as Error);
      throw error;
    }
    this.listener.restored(info);
    return info;
  }

  private executeNow(
    name: string,
    argument: unknown,
    acknowledge: Acknowledgement = this.system.options.acknowledge,
  ): Promise<unknown> {
    this.assertUsable();
    const { commands, version: model, options } = this.system;
    const command = commands.get(name) ?? commands.get(catchAll);
    if (command === undefined) throw unknown(name, commands);
    const context = this.createContext(name);
    const forHandler = options.looseArguments ? looseCopy(argument, 'argument') : argument;
    const { result, digest } = this.restored.runner.run(command, forHandler, context);
    const { timeUs: time, seed } = context;
    const { version } = command;
    // Written out, because spreading would copy every event once more.
    const event: CommandEvent =
      seed === undefined
        ? { type: 'Command', command: name, version, argument, model, time, digest }
        : { type: 'Command', command: name, version, argument, model, time, seed, digest };
    const commit = this.commit(event, context);
    if (this.listener.wantsCommands()) {
      this.listener.command(name, argument, result, { position: this.position, time: context.time, isReplay: false });
    }
    return this.acknowledged(commit, result, acknowledge);
  }

  private transactNow(
    handler: Command['handler'],
    acknowledge: Acknowledgement = this.system.options.acknowledge,
  ): Promise<unknown> {
    this.assertUsable();
    const context = this.createContext('');
    const { result, digest } = this.restored.runner.run({ handler }, undefined, context);
    const { transaction } = this.model;
    const changes = journaledChanges(transaction.changes(), this.store.storage.codec.name);
    const { timeUs: time } = context;
    const { nextId } = transaction;
    const event = { type: 'Change', changes, nextId, model: this.system.version, time, digest } as const;
    return this.acknowledged(this.commit(event, context), result, acknowledge);
  }

  /** Journals the changes of a handler, and then publishes them. When the journal refuses them, nothing has happened. */
  private commit(event: JournalEvent, context: JournaledContext): Commit | JointCommit {
    const { transaction } = this.model;
    let commit: Commit | JointCommit;
    try {
      commit = this.journal.append(event, context.emitted);
    } catch (error) {
      transaction.rollback();
      if (hasErrorCode(error, 'WRITE_FAILED', 'STORE_CLOSED')) this.fail(error as Error);
      throw error;
    }
    transaction.publish();
    const { restored } = this;
    restored.version++;
    this.lastCommit = commit;
    restored.position = commit.position;
    restored.timeUs = context.timeUs;
    this.snapshots.takeIfDue();
    return commit;
  }

  private createContext(name: string): JournaledContext {
    const timeUs = Math.max(this.restored.timeUs, this.store.storage.options.clock.nowUs());
    return new JournaledContext(name, timeUs, this.drawSeed);
  }

  private acknowledged(commit: Commit | JointCommit, result: unknown, acknowledge: Acknowledgement): Promise<unknown> {
    if (acknowledge === 'buffered') {
      if (!this.isWatching) this.watch(commit);
      return Promise.resolve(result);
    }
    return this.receipts[acknowledge].wait(commit, result);
  }

  /**
   * No one may be waiting for commands that are safe enough in the buffer: if one of them cannot be written, the system
   * must end all the same.
   */
  private watch(commit: Commit | JointCommit): void {
    this.isWatching = true;
    commit.flushed.then(
      () => {
        this.isWatching = false;
        // Commits made in the meantime are awaited together.
        if (this.lastCommit !== undefined && this.lastCommit !== commit) this.watch(this.lastCommit);
      },
      (error: unknown) => this.fail(error as Error),
    );
  }

  private get failure(): Error | undefined {
    return this.restored.failure;
  }

  private assertUsable(): void {
    const { failure } = this;
    if (failure !== undefined) throw failure;
  }

  /** From now on nothing is executed or read. */
  private fail(error: Error): void {
    if (this.isRestored && this.failure !== undefined) return;
    this.restored.refuse(error);
    this.listener.ended(error);
  }
}

function snapshotInside(): VarveError {
  return new VarveError(
    'INSIDE_COMMAND',
    'The handler of a command asked for a snapshot, which would have half of it.',
    {
      hint: 'Take it when the command is over.',
    },
  );
}

function unknown(name: string, commands: ReadonlyMap<string, Command>): VarveError {
  return new VarveError('UNKNOWN_COMMAND', `There is no command ${JSON.stringify(name)}.`, {
    found: name,
    expected: [...commands.keys()],
    hint: `Register it before the model is restored, or register '${catchAll}' for all that have no handler.`,
  });
}
