/**
 * A model that is built from a journal, command by command, with its progress. It is the start of systems that execute
 * commands, of followers of another process, and of models of the past.
 */
import { type EventsDroppedError, hasErrorCode, type ReadableEventStore, VarveError } from '@varve/core';
import { CommandRunner } from '../commands/command-runner.ts';
import { CellsAhead } from '../journal/cells-ahead.ts';
import { type JournalPlace, Replay } from '../journal/replay.ts';
import type { Model } from '../model/model.ts';
import { restoreSnapshot } from '../snapshot/restore-snapshot.ts';
import { type LoadedSnapshot, type PassedSnapshot, SnapshotReader } from '../snapshot/snapshot-reader.ts';
import type { CheckedSystem } from './system-definition.ts';

/** The number of events that are read before the first of them is replayed. */
const eventsPerBatch = 64;
/** The number of batches that are replayed before other work of the process gets a turn. */
const batchesPerTurn = 64;

/** What listeners receive of a command besides its name, argument and result. */
export interface CommandInfo {
  /** The position of the command in the store. */
  readonly position: number;
  /** When the command was executed, in milliseconds since 1970. */
  readonly time: number;
  /** Whether it was replayed while the model was restored. */
  readonly isReplay: boolean;
}

/** What a restore consisted of. */
export interface RestoreInfo {
  /** The number of replayed commands. */
  readonly commands: number;
  /** The position of the last command in the model; 0 when there is none. */
  readonly position: number;
  /** The position of the last command in the snapshot with which the restore began; 0 without one. */
  readonly snapshot: number;
  /** Snapshots that could not be used, and the reasons. */
  readonly passed: readonly PassedSnapshot[];
}

export interface CommandListener {
  /** Whether anyone listens to commands. */
  wantsCommands(): boolean;
  command(name: string, argument: unknown, result: unknown, info: CommandInfo): void;
}

export class RestoredModel {
  readonly model: Model;
  readonly system: CheckedSystem;
  readonly runner: CommandRunner;
  private readonly replay: Replay;
  private readonly listener: CommandListener;
  /** The number of journal events that the model contains. */
  version = 0;
  /** The position of the last of them; 0 when there is none. */
  position = 0;
  /** When the last of them was executed, in microseconds since 1970. */
  timeUs = 0;
  /** Whether the model began with a snapshot of an older model version. */
  isMigrated = false;

  /** The model cannot be read before `serve`. */
  constructor(system: CheckedSystem, listener: CommandListener) {
    this.system = system;
    this.listener = listener;
    this.model = system.createModel();
    this.model.published.failure = notRestored(system.name);
    this.runner = new CommandRunner(this.model, system.options.guards);
    const { model, runner } = this;
    const { version: modelVersion, commands, options } = system;
    this.replay = new Replay({ model, modelVersion, commands, migrations: options.migrations, runner });
  }

  /**
   * Begins with the newest good snapshot, and replays the store's journal after it, up to a version of the journal.
   * Throws what `Replay.apply` throws, `MIGRATION_FAILED`, `NOT_UNIQUE`, and `EVENTS_DROPPED` when the events after the
   * snapshot are gone.
   */
  async restore(store: ReadableEventStore, upTo: number): Promise<RestoreInfo> {
    const reader = new SnapshotReader(store.storage, this.system.name, this.system.stream);
    const snapshot = reader.newest(upTo, this.system.version);
    if (snapshot === undefined) for (const name of this.model.tables.keys()) this.model.initialize(name);
    else this.begin(snapshot);
    const first = this.version + 1;
    const { passed } = reader;
    try {
      if (upTo >= first) await this.doAgain(store, first, upTo);
    } catch (error) {
      throw hasErrorCode(error, 'EVENTS_DROPPED') ? notCovered(error as EventsDroppedError, passed) : error;
    }
    const { position } = this;
    return { commands: this.version - first + 1, position, snapshot: snapshot?.header.position ?? 0, passed };
  }

  private async doAgain(store: ReadableEventStore, first: number, upTo: number): Promise<void> {
    const events = store.getEventStream<unknown>(this.system.stream, first, upTo);
    const position = (): number => events.positionAt(this.version - first + 1) ?? 0;
    const ahead = new CellsAhead();
    const payloads = events[Symbol.iterator]();
    for (let turn = 1, next = take(payloads); next.length > 0; turn++, next = take(payloads)) {
      ahead.lookAt(next);
      this.replay.toLearn = ahead;
      for (const payload of next) this.apply(payload, position, true);
      if (turn % batchesPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.position = events.positionAt(events.length - 1) ?? 0;
  }

  /** Replays one event. Throws `REPLAY_FAILED`, `UNKNOWN_COMMAND` or `NEWER_MODEL`. */
  apply(payload: unknown, position: () => number, isReplay: boolean): void {
    const { listener } = this;
    const place = (): JournalPlace => ({ stream: this.system.stream, position: position() });
    const { command, argument, result, timeUs } = this.replay.apply(payload, place);
    this.timeUs = timeUs;
    if (command !== undefined && listener.wantsCommands()) {
      listener.command(command, argument, result, { position: position(), time: Math.floor(timeUs / 1000), isReplay });
    }
    this.version++;
  }

  private begin(snapshot: LoadedSnapshot): void {
    const { version, options } = this.system;
    restoreSnapshot(this.model, snapshot, { version, migrations: options.migrations });
    const { header } = snapshot;
    this.version = header.journalVersion;
    this.position = header.position;
    this.timeUs = header.clockUs;
    this.isMigrated = header.modelVersion < version;
  }

  /** From now on the model can be read. */
  serve(): void {
    this.model.published.failure = undefined;
  }

  /** From now on the model cannot be read; attempts fail with the reason. */
  refuse(reason: Error): void {
    this.model.published.failure = reason;
  }

  get failure(): Error | undefined {
    return this.model.published.failure;
  }
}

/** The next events; none when there are no more. */
function take(payloads: Iterator<unknown>): unknown[] {
  const taken: unknown[] = [];
  while (taken.length < eventsPerBatch) {
    const step = payloads.next();
    if (step.done === true) break;
    taken.push(step.value);
  }
  return taken;
}

function notRestored(name: string): VarveError {
  return new VarveError('NOT_RESTORED', `The model of ${JSON.stringify(name)} was not restored yet.`, {
    hint: 'Await restore() first. A command restores the model by itself.',
  });
}

/** The error for dropped events that are needed because no usable snapshot contains them. */
function notCovered(cause: EventsDroppedError, passed: readonly PassedSnapshot[]): VarveError {
  const { path = '', position = 0, expected } = cause;
  const reasons = passed.map((snapshot) => ` ${snapshot.path} cannot be used: ${snapshot.reason}.`).join('');
  const needed = `a snapshot of position ${Number(expected) - 1} or later`;
  return new VarveError(
    'EVENTS_DROPPED',
    `The model cannot be restored: position ${position} of its journal was dropped, as all before ${String(expected)}.`,
    {
      path,
      position,
      expected,
      cause,
      hint: `Bring back ${needed}, or a copy of the store from before the drop.${reasons}`,
    },
  );
}

export function systemClosed(name: string): VarveError {
  return new VarveError('STORE_CLOSED', `The prevalent system ${JSON.stringify(name)} was closed.`, {
    hint: 'Open it again.',
  });
}
