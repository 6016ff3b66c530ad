/**
 * Replays what a journal contains and checks each result: every event carries a digest of what its command changed. The
 * first event that produces another digest ends the replay, before anything is served.
 */
import { VarveError } from '@varve/core';
import { messageOf } from '@varve/core/internal';
import { catchAll, type Command } from '../commands/command-definition.ts';
import { JournaledContext } from '../commands/command-context.ts';
import type { CommandRunner } from '../commands/command-runner.ts';
import type { Cell } from '../model/cell.ts';
import type { Model } from '../model/model.ts';
import { adopt } from '../model/plain-value.ts';
import type { Migration } from '../snapshot/migration.ts';
import type { CellsAhead } from './cells-ahead.ts';
import {
  type ChangeEvent,
  changesOf,
  type CommandEvent,
  isJournalEvent,
  type JournaledChange,
} from './journal-event.ts';
import { migratedChange } from './migrated-change.ts';

export interface ReplayInput {
  readonly model: Model;
  readonly modelVersion: number;
  readonly commands: ReadonlyMap<string, Command>;
  readonly migrations: readonly Migration[];
  readonly runner: CommandRunner;
}

/** Where an event is, for messages. */
export interface JournalPlace {
  readonly stream: string;
  readonly position: number;
}

/** A replayed command. A transaction without a name has no command. */
export interface Replayed {
  readonly command: string | undefined;
  readonly argument: unknown;
  readonly result: unknown;
  readonly timeUs: number;
}

export class Replay {
  /** Learns from the next replayed command only. */
  toLearn: CellsAhead | undefined;
  private readonly input: ReplayInput;

  constructor(input: ReplayInput) {
    this.input = input;
  }

  /** Throws `REPLAY_FAILED`, `UNKNOWN_COMMAND` or `NEWER_MODEL`; the model must not be served after that. */
  apply(payload: unknown, placeOf: () => JournalPlace): Replayed {
    if (!isJournalEvent(payload)) throw notOfAJournal(payload, placeOf());
    const { modelVersion } = this.input;
    if (payload.model > modelVersion) throw newerModel(payload.model, modelVersion, placeOf());
    return payload.type === 'Command' ? this.execute(payload, placeOf) : this.change(payload, placeOf);
  }

  private execute(event: CommandEvent, placeOf: () => JournalPlace): Replayed {
    const { model, runner, modelVersion } = this.input;
    const command = this.commandOf(event, placeOf);
    const context = new JournaledContext(event.command, event.time, event.seed ?? noSeed);
    let argument: unknown;
    let run;
    try {
      argument = event.version === command.version ? event.argument : upcast(event, command);
      run = runner.run(command, argument, context);
    } catch (cause) {
      throw failed(`The command ${JSON.stringify(event.command)}`, `threw: ${messageOf(cause)}`, placeOf(), cause);
    }
    // A later version of the model or of the argument may have another effect; that is what versions are for.
    const mustBeSame = event.model === modelVersion && event.version === command.version;
    if (mustBeSame && run.digest !== event.digest) this.refuse(run.digest, event, placeOf());
    if (this.toLearn !== undefined) {
      this.toLearn.learn(event.command, event.argument, model.transaction);
      this.toLearn = undefined;
    }
    model.transaction.publish();
    return { command: event.command, argument, result: run.result, timeUs: event.time };
  }

  private change(event: ChangeEvent, placeOf: () => JournalPlace): Replayed {
    const { model, modelVersion, migrations } = this.input;
    const { transaction } = model;
    const steps = event.model < modelVersion ? migrations.slice(event.model - 1) : [];
    const current = (change: JournaledChange): JournaledChange | undefined =>
      steps.length === 0 ? change : migratedChange(model, change, steps);
    transaction.begin();
    let digest: number;
    try {
      const changed = changesOf(event).flatMap((change) => makeChange(model, current(change)) ?? []);
      // Only now: during the changes two objects may have the same unique value, as when they swap theirs.
      for (const cell of changed) cell.table.enterIndexes(cell);
      transaction.nextId = steps.length === 0 ? event.nextId : Math.max(event.nextId, transaction.nextId);
      digest = transaction.seal();
    } catch (cause) {
      transaction.rollback();
      throw failed('A transaction', `cannot be made again: ${messageOf(cause)}`, placeOf(), cause);
    }
    if (event.model === modelVersion && digest !== event.digest) this.refuse(digest, event, placeOf());
    transaction.publish();
    return { command: undefined, argument: undefined, result: undefined, timeUs: event.time };
  }

  private refuse(digest: number, event: CommandEvent | ChangeEvent, place: JournalPlace): never {
    this.input.model.transaction.rollback();
    const what = event.type === 'Command' ? `The command ${JSON.stringify(event.command)}` : 'A transaction';
    throw failed(what, 'changed the model otherwise than when it was executed', place, undefined, {
      expected: event.digest,
      found: digest,
    });
  }

  private commandOf({ command: name, version }: CommandEvent, placeOf: () => JournalPlace): Command {
    const { commands } = this.input;
    const command = commands.get(name) ?? commands.get(catchAll);
    if (command === undefined || version > command.version) throw unknownCommand(name, version, command, placeOf());
    return command;
  }
}

/** For a command that used no randomness when it was executed. */
function noSeed(): never {
  throw new Error('It asks for randomness, which it did not do before');
}

/** Converts the argument to the version that the handler takes. */
function upcast({ argument, version }: CommandEvent, { upcasters }: Command): unknown {
  let current = argument;
  for (const upcaster of upcasters.slice(version - 1)) current = upcaster(current);
  return current;
}

/** Returns the cell of an object that was inserted or replaced, which is not in any index yet. */
function makeChange({ tables, transaction }: Model, change: JournaledChange | undefined): Cell | undefined {
  if (change === undefined) return undefined;
  const [kind, part, key, id, value] = change;
  const table = tables.get(part);
  if (table === undefined) throw new Error(`There is no ${JSON.stringify(part)} in the model`);
  const cell = table.cell(key);
  if (kind === 'insert' && cell === undefined) {
    transaction.nextId = id;
    return transaction.insert(table, key, adopt(value, part), false);
  }
  if (kind === 'insert' || cell === undefined) {
    throw new Error(`The object ${JSON.stringify(key)} of ${part} is ${cell === undefined ? 'missing' : 'there'}`);
  }
  if (kind === 'delete') {
    transaction.delete(cell);
    return undefined;
  }
  transaction.replace(cell, adopt(value, part), false);
  return cell;
}

function failed(
  what: string,
  reason: string,
  { stream, position }: JournalPlace,
  cause?: unknown,
  details: { readonly expected?: unknown; readonly found?: unknown } = {},
): VarveError {
  return new VarveError('REPLAY_FAILED', `${what} at position ${position} of ${JSON.stringify(stream)} ${reason}.`, {
    ...details,
    stream,
    position,
    ...(cause === undefined ? {} : { cause }),
    hint: 'The handler or an upcaster does something else than when this was journaled: bring that back, or raise the version.',
  });
}

function unknownCommand(
  name: string,
  version: number,
  known: Command | undefined,
  { stream, position }: JournalPlace,
): VarveError {
  const what = `${JSON.stringify(name)} at position ${position} of ${JSON.stringify(stream)}`;
  const reason = known === undefined ? 'there is no handler of it' : `it is known up to version ${known.version}`;
  return new VarveError('UNKNOWN_COMMAND', `The command ${what} has version ${version}, and ${reason}.`, {
    stream,
    position,
    expected: known?.version,
    found: version,
    hint: 'Register every command that the journal contains, also those that are not executed any more.',
  });
}

function newerModel(found: number, expected: number, { stream, position }: JournalPlace): VarveError {
  return new VarveError(
    'NEWER_MODEL',
    `The journal ${JSON.stringify(stream)} is of model version ${found} from position ${position} on.`,
    {
      stream,
      position,
      expected,
      found,
      hint: `This program has version ${expected}: use the one that wrote it, or a later one.`,
    },
  );
}

function notOfAJournal(found: unknown, { stream, position }: JournalPlace): VarveError {
  return new VarveError(
    'REPLAY_FAILED',
    `The event at position ${position} of ${JSON.stringify(stream)} is not that of a journal.`,
    {
      stream,
      position,
      found,
      expected: 'an event of the type Command or Change',
      hint: 'Let nobody commit to the stream of a journal. Give the system another journal by the option `journal`.',
    },
  );
}
