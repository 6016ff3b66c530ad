/**
 * A prevalent system that is open on a store: its model can be read at any time, and changed by commands. Guide:
 * docs/prevalence.md.
 */
import { checkOptions } from '@varve/core/internal';
import type { EventStore } from '@varve/writer';
import type { CommandMap, Execute, ExecuteOptions } from '../commands/command-definition.ts';
import type { CommandContext } from '../commands/command-context.ts';
import type { Frozen, ModelDefinition, ModelDraft } from '../model/model-types.ts';
import type { SnapshotInfo } from '../snapshot/snapshot-writer.ts';
import { Engine } from './engine.ts';
import { ReadableSystem } from './readable-system.ts';
import type { RestoreInfo } from './restored-model.ts';
import { executeOptionRules } from './system-options.ts';
import type { CheckedSystem, QueryMap } from './system-definition.ts';

/** The commands of a system as functions. */
export type CommandFunctions<Commands> = { readonly [Name in keyof Commands]: Execute<Commands[Name]> };

/** A model in memory that commands change, open for writing in this process; `open` of a definition creates it. */
export class PrevalentSystem<
  Definition extends ModelDefinition,
  Commands extends CommandMap<Definition>,
  Queries extends QueryMap<Definition>,
>
  extends ReadableSystem<Definition, Queries>
  implements AsyncDisposable
{
  /** The commands: `await system.do.rename({ id: 7, name: 'Ada' })`. */
  readonly do: CommandFunctions<Commands>;
  private readonly engine: Engine;

  /** @internal Systems come from `open` and `prepare` of their definition. */
  constructor(system: CheckedSystem, store: EventStore) {
    const engine = new Engine(system, store, {
      wantsCommands: () => this.listenerCount('command') > 0,
      command: (...told) => this.tell('command', ...told),
      restored: (info) => this.tell('init', info),
      ended: (error) => this.reportError(error),
      snapshotTaken: (info) => this.tell('snapshot', info),
      snapshotFailed: (error) => this.tell('snapshotFailed', error),
    });
    super(system, engine.model, store);
    this.engine = engine;
    this.do = Object.fromEntries(
      [...system.commands.keys()].map((name) => [
        name,
        (argument: unknown, options?: ExecuteOptions) => this.execute(name, argument, options),
      ]),
    ) as CommandFunctions<Commands>;
  }

  get position(): number {
    return this.engine.position;
  }

  get isRestored(): boolean {
    return this.engine.isRestored;
  }

  /**
   * Restores the model, unless that was done already. Resolves when it can be read. Rejects with `REPLAY_FAILED`,
   * `UNKNOWN_COMMAND`, `NEWER_MODEL` or what reading the store throws; nothing can be read then.
   */
  restore(): Promise<RestoreInfo> {
    return this.engine.restore();
  }

  /**
   * Executes a command by its name: immediately, in the order of the calls. Resolves with the frozen result of its
   * handler when the command is as safe as `acknowledge` says. Rejects with what the handler throws; nothing has
   * happened then.
   */
  execute(name: string, argument?: unknown, options: ExecuteOptions = noOptions): Promise<unknown> {
    const refusal = options === noOptions ? undefined : refusalOf(options);
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.engine.execute(name, argument, options.acknowledge);
  }

  /**
   * Changes the model by a function without a name; its changes are journaled. For repairs and imports; a change that
   * the program makes repeatedly should be a command.
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

  /**
   * Takes a snapshot of the model as it is now, while commands continue. Resolves when it is durable. Rejects with
   * `SNAPSHOT_FAILED`; the system continues as before.
   */
  snapshot(): Promise<SnapshotInfo> {
    return this.engine.takeSnapshot();
  }

  /** Waits for promised acknowledgements. The store stays open. */
  async close(): Promise<void> {
    await this.engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const noOptions: ExecuteOptions = {};

/** The error in the options of a command, if any; the caller receives it as a rejection. */
function refusalOf(options: ExecuteOptions): Error | undefined {
  if (isPlainChoice(options)) return undefined;
  try {
    checkOptions(options, executeOptionRules);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** A cheap check that accepts the valid options of most commands. */
function isPlainChoice(options: ExecuteOptions): boolean {
  if (typeof options !== 'object' || options === null) return false;
  for (const name in options) if (name !== 'acknowledge') return false;
  return executeOptionRules.acknowledge.accepts(options.acknowledge);
}
