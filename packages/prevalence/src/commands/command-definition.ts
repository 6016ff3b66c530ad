/** Commands: how a definition declares them, and how callers see them. */
import { VarveError } from '@varve/core';
import type { Frozen, ModelDraft } from '../model/model-types.ts';
import type { CommandContext } from './command-context.ts';

/**
 * Changes the model, and may return a result. It runs synchronously, and must do the same whenever it runs on the same
 * model with the same argument: time and randomness come from `context`. When it throws, nothing has happened.
 */
export type CommandHandler<Model, Argument = never, Result = unknown> = (
  model: ModelDraft<Model>,
  argument: Argument,
  context: CommandContext,
) => Result;

/** A command whose argument has changed since it was first journaled. */
export interface VersionedCommand<Model, Argument = never, Result = unknown> {
  /** The version of the argument that the handler takes: the number of upcasters plus one. */
  readonly version?: number;
  /** The first upcaster converts an argument of version 1 to version 2, the next one from 2 to 3, and so on. */
  readonly upcasters?: readonly ((argument: never) => unknown)[];
  readonly handler: CommandHandler<Model, Argument, Result>;
}

export type AnyCommand<Model> = CommandHandler<Model> | VersionedCommand<Model>;

/** The commands of a system by name. `'*'` handles all names that have no command of their own. */
export type CommandMap<Model> = Readonly<Record<string, AnyCommand<Model>>>;

type HandlerOf<Command> = Command extends { readonly handler: infer Handler } ? Handler : Command;

type ResultOf<Result> = Result extends Generator<unknown, infer Returned> ? Frozen<Returned> : Frozen<Result>;

/** How safe a command is when its promise resolves. */
export type Acknowledgement = 'buffered' | 'flushed' | 'durable';

export interface ExecuteOptions {
  /**
   * When the promise resolves: once the command is in the write buffer, the operating system has it (it survives this
   * process), or the medium has it (it survives the machine). @default the option of the system
   */
  readonly acknowledge?: Acknowledgement;
}

/** A command as a function that executes it. */
export type Execute<Command> =
  HandlerOf<Command> extends (model: never, ...rest: infer Rest) => infer Result
    ? Rest extends readonly [infer Argument, ...unknown[]]
      ? undefined extends Argument
        ? (argument?: Argument, options?: ExecuteOptions) => Promise<ResultOf<Result>>
        : (argument: Argument, options?: ExecuteOptions) => Promise<ResultOf<Result>>
      : (argument?: undefined, options?: ExecuteOptions) => Promise<ResultOf<Result>>
    : never;

/** A command in the form that the runner takes. */
export interface Command {
  readonly name: string;
  readonly version: number;
  readonly upcasters: readonly ((argument: unknown) => unknown)[];
  readonly handler: (model: object, argument: unknown, context: CommandContext) => unknown;
}

/** The name of the command that handles all names without a command of their own. */
export const catchAll = '*';

/** Checks a command and converts it to its one form. Throws `INVALID_COMMAND`. */
export function toCommand(name: string, given: unknown): Command {
  const {
    handler,
    version,
    upcasters = [],
    ...rest
  } = (typeof given === 'function' ? { handler: given } : typeof given === 'object' && given !== null ? given : {}) as {
    handler?: unknown;
    version?: unknown;
    upcasters?: unknown;
  };
  const hasUpcasters = Array.isArray(upcasters) && upcasters.every((upcaster) => typeof upcaster === 'function');
  const expectedVersion = hasUpcasters ? upcasters.length + 1 : 1;
  if (
    name === '' ||
    typeof handler !== 'function' ||
    isAsync(handler) ||
    !hasUpcasters ||
    (version !== undefined && version !== expectedVersion) ||
    Object.keys(rest).length > 0
  ) {
    throw new VarveError('INVALID_COMMAND', `The command ${JSON.stringify(name)} cannot be registered.`, {
      found: given,
      expected:
        'a name, and a function that is not async or { version, upcasters, handler } with version - 1 upcasters',
      hint: 'A handler runs at once: do what has to be awaited before the command is executed, and pass the result.',
    });
  }
  return {
    name,
    version: expectedVersion,
    upcasters: upcasters as Command['upcasters'],
    handler: handler as Command['handler'],
  };
}

function isAsync(handler: object): boolean {
  return ['AsyncFunction', 'AsyncGeneratorFunction'].includes(handler.constructor.name);
}
