/**
 * A prevalent system that is open on a store: its model can be read at any time, and changed by commands. Guide:
 * docs/prevalence.md.
 */
import { EventEmitter } from 'node:events';
import { checkOptions } from '@varve/core/internal';
import type { EventStore } from '@varve/writer';
import type { CommandMap, Execute, ExecuteOptions } from '../commands/command-definition.ts';
import type { CommandContext } from '../commands/command-context.ts';
import { isolatedCopy } from '../model/isolated-copy.ts';
import type { Frozen, ModelDefinition, ModelDraft, ModelReader } from '../model/model-types.ts';
import { type CommandInfo, Engine, type RestoreInfo } from './engine.ts';
import { executeOptionRules } from './system-options.ts';
import type { CheckedSystem, QueryMap } from './system-definition.ts';

/** What a system tells those who listen. */
export interface SystemEvents {
  /** The model was restored. */
  init: [info: RestoreInfo];
  /** A command was executed, or done again while the model was restored; the model contains it. */
  command: [name: string, argument: unknown, result: unknown, info: CommandInfo];
  /** Nothing can be executed or read any more; or a listener of `command` threw. */
  error: [error: Error];
}

/** The commands of a system as functions. */
export type CommandFunctions<Commands> = { readonly [Name in keyof Commands]: Execute<Commands[Name]> };

/** The queries of a system as functions, which need no model any more. A system that defines none has none. */
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

export class PrevalentSystem<
  Definition extends ModelDefinition,
  Commands extends CommandMap<Definition>,
  Queries extends QueryMap<Definition>,
>
  extends EventEmitter<SystemEvents>
  implements AsyncDisposable
{
  readonly name: string;
  /** The commands: `await system.do.rename({ id: 7, name: 'Ada' })`. */
  readonly do: CommandFunctions<Commands>;
  /** The queries: `system.q.byName('Ada')`. */
  readonly q: QueryFunctions<Queries>;
  private readonly engine: Engine;

  /** @internal Systems come from `open` and `prepare` of their definition. */
  constructor(system: CheckedSystem, store: EventStore) {
    super();
    this.setMaxListeners(0);
    this.name = system.name;
    this.engine = new Engine(system, store, {
      wantsCommands: () => this.listenerCount('command') > 0,
      command: (...told) => this.tellOfCommand(told),
      failed: (error) => this.reportError(error),
    });
    this.do = Object.fromEntries(
      [...system.commands.keys()].map((name) => [
        name,
        (argument: unknown, options?: ExecuteOptions) => this.execute(name, argument, options),
      ]),
    ) as CommandFunctions<Commands>;
    const { reader } = this.engine.model;
    this.q = Object.fromEntries(
      Object.entries(system.queries).map(([name, query]) => [name, (...given: unknown[]) => query(reader, ...given)]),
    ) as QueryFunctions<Queries>;
  }

  /** The model: frozen objects, which change only when a command puts others in their places. */
  get model(): ModelReader<Definition> {
    return this.engine.model.reader as ModelReader<Definition>;
  }

  /** Position, in the store, of the last command that the model contains; 0 when there is none. */
  get position(): number {
    return this.engine.position;
  }

  get isRestored(): boolean {
    return this.engine.isRestored;
  }

  /**
   * Restores the model, unless that was done. Resolves when it can be read. Rejects with `REPLAY_FAILED`,
   * `UNKNOWN_COMMAND`, `NEWER_MODEL` or what reading the store throws, and then nothing can be read.
   */
  async restore(): Promise<RestoreInfo> {
    const isFirst = !this.engine.isRestored;
    const info = await this.engine.restore();
    if (isFirst && !this.hasAnnounced) {
      this.hasAnnounced = true;
      this.emit('init', info);
    }
    return info;
  }

  /**
   * Executes a command by its name: at once, in the order of the calls. Resolves with the frozen result of its handler
   * when it is as safe as `acknowledge` says. Rejects with what the handler throws, and then nothing has happened.
   */
  execute(name: string, argument?: unknown, options: ExecuteOptions = noOptions): Promise<unknown> {
    const refusal = options === noOptions ? undefined : refusalOf(options);
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.engine.execute(name, argument, options.acknowledge);
  }

  /**
   * Changes the model by a function that has no name: what is journaled is what it did. For repairs and imports; a
   * change that the program makes again and again is better a command.
   */
  transact<Result>(
    change: (model: ModelDraft<Definition>, context: CommandContext) => Result,
    options: ExecuteOptions = noOptions,
  ): Promise<Frozen<Result>> {
    const refusal = refusalOf(options);
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.engine.transact(
      (model, _argument, context) => change(model as ModelDraft<Definition>, context),
      options.acknowledge,
    ) as Promise<Frozen<Result>>;
  }

  /** Gives what the function makes of the model; with `copy` as a deep copy. */
  query<Result>(query: (model: ModelReader<Definition>) => Result, options: QueryOptions = {}): Result {
    const result = query(this.model);
    return options.copy === true ? (isolatedCopy(result) as Result) : result;
  }

  /** Waits for what was promised. The store stays open. */
  async close(): Promise<void> {
    await this.engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private hasAnnounced = false;

  private tellOfCommand(told: SystemEvents['command']): void {
    try {
      this.emit('command', ...told);
    } catch (error) {
      // The command has happened: what a listener makes of it is another matter.
      this.reportError(error as Error);
    }
  }

  private reportError(error: Error): void {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }
}

const noOptions: ExecuteOptions = {};

/** Why the options of a command cannot be used: whoever asks by promise is answered by promise. */
function refusalOf(options: ExecuteOptions): Error | undefined {
  try {
    checkOptions(options, executeOptionRules);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
