/**
 * The interface of the Node.js component `prevalence`: a model of plain objects in a folder, commands by name, queries
 * by function, all of them asynchronous. Opens its store and restores its model on first use.
 */
import { EventEmitter } from 'node:events';
import { basename, dirname } from 'node:path';
import { VarveError } from '@varve/core';
import { checkOptions, optionRules } from '@varve/core/internal';
import type { EventStore, WriteOptions } from '@varve/writer';
import { type Command, type CommandMap, type ExecuteOptions, toCommand } from '../commands/command-definition.ts';
import type { CommandContext } from '../commands/command-context.ts';
import { dictionary, value } from '../model/dictionary.ts';
import { isolatedCopy } from '../model/isolated-copy.ts';
import { Model } from '../model/model.ts';
import type { ModelDefinition, PartDefinition } from '../model/model-types.ts';
import { looseCopy } from '../model/plain-value.ts';
import type { SnapshotInfo } from '../snapshot/snapshot-writer.ts';
import { PrevalentSystem } from '../system/prevalent-system.ts';
import type { SystemEvents } from '../system/readable-system.ts';
import type { RestoreInfo } from '../system/restored-model.ts';
import type { CheckedSystem, QueryMap } from '../system/system-definition.ts';
import { resolveSystemOptions, type SystemOptions, systemOptionRules } from '../system/system-options.ts';
import { ReadWriteLock } from './read-write-lock.ts';

export interface RepositoryOptions<Root extends object> extends SystemOptions {
  /** The folder of the journal, which is the folder of a separate store. */
  readonly path: string;
  /** The model before the first command: plain data. */
  readonly model: Root;
  /** The version of the model, to be raised when an older snapshot or journal needs migrating. @default 1 */
  readonly version?: number;
  /** Whether results are deep copies, which belong to the caller; otherwise they are frozen. @default true */
  readonly copy?: boolean;
  /** Options of the store. */
  readonly storageConfig?: WriteOptions;
}

const repositoryRules = {
  ...systemOptionRules,
  path: optionRules.text,
  model: optionRules.object,
  version: optionRules.positiveInteger,
  copy: optionRules.boolean,
  storageConfig: optionRules.object,
};

/** A command of a repository: it changes the model, and may return a result; a generator runs to its end. */
export type RepositoryHandler<Root, Argument = never> = (
  model: Root,
  argument: Argument,
  context: CommandContext,
) => unknown;

type System = PrevalentSystem<ModelDefinition, CommandMap<ModelDefinition>, QueryMap<ModelDefinition>>;

interface OpenRepository {
  readonly store: EventStore;
  readonly system: System;
}

/** The name of the system, for its folders and messages. */
const systemName = 'repository';

export class Repository<Root extends object> extends EventEmitter<SystemEvents> implements AsyncDisposable {
  readonly path: string;
  private readonly options: RepositoryOptions<Root>;
  private readonly system: CheckedSystem;
  private readonly lock = new ReadWriteLock();
  private opening: Promise<OpenRepository> | undefined;

  constructor(options: RepositoryOptions<Root>) {
    super();
    checkOptions(options, repositoryRules);
    this.options = options;
    this.path = options.path;
    const { path: _path, model, version = 1, copy: _copy, storageConfig: _config, ...systemOptions } = options;
    const definition = partsOf(model);
    const resolved = resolveSystemOptions(systemOptions);
    const createModel = (): Model => new Model(definition, true);
    createModel();
    const stream = resolved.journal ?? 'journal';
    this.system = {
      name: systemName,
      version,
      stream,
      commands: new Map<string, Command>(),
      queries: {},
      createModel,
      options: { ...resolved, looseArguments: true },
    };
  }

  /** Defines a command: `handler` runs whenever the command is executed, and again when the model is restored. */
  register<Argument = never>(name: string, handler: RepositoryHandler<Root, Argument>): this {
    const { commands } = this.system;
    if (commands.has(name)) throw registeredTwice(name);
    commands.set(name, toCommand(name, handler));
    return this;
  }

  /**
   * Executes a command: resolves with the result of its handler once the journal has it, rejects with what the handler
   * threw. Commands run one at a time, in the order of the calls, and while no query is running.
   */
  async execute<Result = unknown>(name: string, argument?: unknown, options?: ExecuteOptions): Promise<Result> {
    const given = looseCopy(argument, 'argument');
    const { system } = await this.open();
    const result = await this.lock.write(() => system.execute(name, given, options));
    return this.isolated(result) as Result;
  }

  /**
   * Resolves with the result of the function. It may be asynchronous: until it ends, no command runs, but other queries
   * do.
   */
  async query<Result>(query: (model: Root) => Result | Promise<Result> | Generator<unknown, Result>): Promise<Result> {
    const { system } = await this.open();
    return this.lock.read(async () => {
      const found = await query(system.model as object as Root);
      return this.isolated(isGenerator(found) ? await drive(found) : found) as Result;
    });
  }

  /** Opens the store and restores the model, unless both were done already. */
  async restore(): Promise<RestoreInfo> {
    const { system } = await this.open();
    return system.restore();
  }

  /** Takes a snapshot of the model, from which the next restore begins. */
  async snapshot(): Promise<SnapshotInfo> {
    const { system } = await this.open();
    return system.snapshot();
  }

  /** Waits for executed commands, and releases the folder. */
  async close(): Promise<void> {
    if (this.opening === undefined) return;
    const { store, system } = await this.opening;
    await this.lock.write(() => undefined);
    await system.close();
    await store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private open(): Promise<OpenRepository> {
    this.opening ??= this.openNow().catch((error: unknown) => {
      // The cause may pass, such as another process that has the store open: the next call tries again.
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async openNow(): Promise<OpenRepository> {
    // Imported only here: a process that reads the models of others never loads the writer.
    const { EventStore } = await import('@varve/writer');
    const { storageConfig = {} } = this.options;
    const place = { storageDirectory: dirname(this.path), storageConfig };
    const store = await EventStore.open(basename(this.path), place);
    const system: System = new PrevalentSystem(this.system, store);
    this.forward(system);
    try {
      await system.restore();
    } catch (error) {
      await system.close();
      await store.close();
      throw error;
    }
    return { store, system };
  }

  private forward(system: System): void {
    system.on('init', (info) => this.emit('init', info));
    system.on('command', (...told) => this.emit('command', ...told));
    system.on('snapshot', (info) => this.emit('snapshot', info));
    system.on('snapshotFailed', (error) => this.emit('snapshotFailed', error));
    system.on('error', (error) => {
      if (this.listenerCount('error') > 0) this.emit('error', error);
    });
  }

  private isolated(result: unknown): unknown {
    return this.options.copy === false ? result : isolatedCopy(result);
  }
}

/** Each property of the model becomes a part: an object becomes one of many entries, any other value a single value. */
function partsOf(model: object): ModelDefinition {
  const parts = Object.entries(model).map(([name, initial]): [string, PartDefinition] => [
    name,
    isPlainObject(initial) ? dictionary(initial) : value(initial as unknown),
  ]);
  return Object.fromEntries(parts);
}

function isPlainObject(initial: unknown): initial is Record<string, unknown> {
  return typeof initial === 'object' && initial !== null && Object.getPrototypeOf(initial) === Object.prototype;
}

function isGenerator(found: unknown): found is Generator {
  return Object.prototype.toString.call(found) === '[object Generator]';
}

/** Runs a generator like `co`: yielded values are awaited. */
async function drive(generator: Generator): Promise<unknown> {
  let step = generator.next();
  while (!step.done) {
    let given: unknown;
    try {
      given = await step.value;
    } catch (error) {
      step = generator.throw(error);
      continue;
    }
    step = generator.next(given);
  }
  return step.value;
}

function registeredTwice(name: string): VarveError {
  return new VarveError('INVALID_COMMAND', `The command ${JSON.stringify(name)} was registered already.`, {
    found: name,
    hint: 'Register each name once.',
  });
}
