/**
 * The definition of a prevalent system: name, version, model, commands and queries; checked once, and shared by all
 * that run it.
 */
import { VarveError } from '@varve/core';
import { checkOptions, optionRules } from '@varve/core/internal';
import { type Command, type CommandMap, toCommand } from '../commands/command-definition.ts';
import { journalStreamOf } from '../journal/journal.ts';
import { Model } from '../model/model.ts';
import type { ModelDefinition, ModelReader } from '../model/model-types.ts';
import {
  type ResolvedSystemOptions,
  resolveSystemOptions,
  type SystemOptions,
  systemOptionRules,
} from './system-options.ts';

/** Queries by name: each reads the model, and may return anything. */
export type QueryMap<Definition> = Readonly<
  Record<string, (model: ModelReader<Definition>, ...given: never[]) => unknown>
>;

export interface SystemInput<
  Definition extends ModelDefinition,
  Commands extends CommandMap<Definition>,
  Queries extends QueryMap<Definition>,
> extends SystemOptions {
  /** The name of the system, which also identifies its journal, snapshots and blobs. */
  readonly name: string;
  /** The version of the model, to be raised when an older snapshot or journal needs migrating. @default 1 */
  readonly version?: number;
  readonly model: Definition;
  readonly commands: Commands;
  readonly queries?: Queries;
}

/** The same, checked. */
export interface CheckedSystem {
  readonly name: string;
  readonly version: number;
  readonly stream: string;
  readonly commands: Map<string, Command>;
  readonly queries: Readonly<Record<string, (model: object, ...given: unknown[]) => unknown>>;
  readonly options: ResolvedSystemOptions;
  /** Creates an empty model. */
  createModel(): Model;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const systemRules = {
  ...systemOptionRules,
  name: {
    description: 'letters, digits, ".", "_" and "-", at most 100, beginning with a letter or digit',
    accepts: (value: unknown) => typeof value === 'string' && namePattern.test(value),
  },
  version: optionRules.positiveInteger,
  model: optionRules.object,
  commands: optionRules.object,
  queries: {
    description: 'an object of functions',
    accepts: (value: unknown) =>
      typeof value === 'object' && value !== null && Object.values(value).every((query) => typeof query === 'function'),
  },
};

/** Throws `INVALID_OPTION` or `INVALID_COMMAND`. */
export function checkSystem(input: object): CheckedSystem {
  checkOptions(input, systemRules);
  const {
    name,
    version,
    model,
    commands,
    queries = {},
    ...options
  } = input as SystemInput<ModelDefinition, CommandMap<ModelDefinition>, QueryMap<ModelDefinition>>;
  for (const [option, given] of Object.entries({ name, model, commands })) {
    if (given === undefined) throw missing(option);
  }
  const resolved = resolveSystemOptions(options);
  const createModel = (): Model => new Model(model);
  createModel();
  return {
    name,
    version: version ?? 1,
    stream: resolved.journal ?? journalStreamOf(name),
    commands: new Map(Object.entries(commands).map(([command, given]) => [command, toCommand(command, given)])),
    queries: queries as CheckedSystem['queries'],
    options: resolved,
    createModel,
  };
}

function missing(option: string): VarveError {
  return new VarveError('INVALID_OPTION', `A prevalent system needs the option ${JSON.stringify(option)}.`, {
    expected: option,
    hint: 'It takes at least { name, model, commands }.',
  });
}
