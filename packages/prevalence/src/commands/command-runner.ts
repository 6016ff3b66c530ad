/**
 * Runs the handler of a command on drafts of the model, and reports what it did. One handler runs at a time; when it
 * throws, model and indexes are as before.
 */
import { VarveError } from '@varve/core';
import { isPromise } from '@varve/core/internal';
import { draftState } from '../model/draft-state.ts';
import type { Model } from '../model/model.ts';
import { adopt } from '../model/plain-value.ts';
import type { Command } from './command-definition.ts';
import type { JournaledContext } from './command-context.ts';
import { guarded } from './guards.ts';

/** A handler that has run, and whose changes are neither committed nor rolled back yet. */
export interface CommandRun {
  readonly result: unknown;
  /** A checksum of the changes: the same whenever the handler does the same. */
  readonly digest: number;
}

export class CommandRunner {
  private readonly model: Model;
  private readonly isGuarded: boolean;

  constructor(model: Model, isGuarded: boolean) {
    this.model = model;
    this.isGuarded = isGuarded;
  }

  /** Throws what the handler throws; nothing has happened then. */
  run({ handler }: Pick<Command, 'handler'>, argument: unknown, context: JournaledContext): CommandRun {
    const { transaction, draft } = this.model;
    if (transaction.isOpen) throw nested(context.command);
    transaction.begin();
    try {
      const returned = this.isGuarded
        ? guarded(() => handler(draft, argument, context))
        : handler(draft, argument, context);
      const result = typeof returned === 'object' && returned !== null ? this.finish(returned, context) : returned;
      const digest = transaction.seal();
      return { result: plainResult(result), digest };
    } catch (error) {
      transaction.rollback();
      throw error;
    }
  }

  /** The result of a generator handler is its return value. */
  private finish(returned: object, context: JournaledContext): unknown {
    if (isPromise(returned)) throw promised(context.command, returned);
    if (!isGenerator(returned)) return returned;
    const drive = (): unknown => {
      let step = returned.next();
      while (!step.done) {
        if (isPromise(step.value)) {
          throw promised(context.command, step.value);
        }
        step = returned.next(step.value);
      }
      return step.value;
    };
    return this.isGuarded ? guarded(drive) : drive();
  }
}

/** Replaces drafts in the result by frozen values as they are at the end, because drafts end with the command. */
function plainResult(result: unknown): unknown {
  if (typeof result !== 'object' || result === null) return result;
  const isPlain = Array.isArray(result) || Object.getPrototypeOf(result) === Object.prototype;
  return isPlain || draftState(result) !== undefined ? adopt(result, 'the result') : result;
}

function isGenerator(value: object): value is Generator {
  return Object.prototype.toString.call(value) === '[object Generator]';
}

function nested(name: string): VarveError {
  return new VarveError(
    'INSIDE_COMMAND',
    `The command ${JSON.stringify(name)} was executed by the handler of another.`,
    {
      found: name,
      hint: 'Call a function that both handlers share, or execute the one command after the other.',
    },
  );
}

function promised(name: string, returned: object): VarveError {
  // No one awaits this promise: its rejection would end the process.
  if (returned instanceof Promise) returned.catch(() => undefined);
  return new VarveError('INVALID_COMMAND', `The handler of the command ${JSON.stringify(name)} gave a promise.`, {
    found: name,
    expected: 'a handler that does everything at once',
    hint: 'Nothing was changed. Await what has to be awaited before the command is executed, and pass the result.',
  });
}
