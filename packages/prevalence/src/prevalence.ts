/** The function with which every use of the package begins. */
import { checkOptions, optionRules } from '@varve/core/internal';
import type { CommandMap } from './commands/command-definition.ts';
import type { ModelDefinition } from './model/model-types.ts';
import { Repository, type RepositoryOptions } from './repository/repository.ts';
import { PrevalenceDefinition } from './system/prevalence-definition.ts';
import type { QueryMap, SystemInput } from './system/system-definition.ts';

/**
 * Defines a prevalent system: a model in memory, commands that change it and are journaled, queries. Throws
 * `INVALID_OPTION` and `INVALID_COMMAND`.
 *
 * Given a `path` and a model of plain objects, it makes a repository in that folder instead, with commands that are
 * registered by name: the interface of the Node.js component `prevalence`.
 */
export function prevalence<
  const Definition extends ModelDefinition,
  const Commands extends CommandMap<Definition>,
  const Queries extends QueryMap<Definition>,
>(input: SystemInput<Definition, Commands, Queries>): PrevalenceDefinition<Definition, Commands, Queries>;
export function prevalence<Root extends object>(options: RepositoryOptions<Root>): Repository<Root>;
export function prevalence(input: object): object {
  checkOptions({ definition: input }, { definition: optionRules.object });
  if ('path' in input) return new Repository(input as RepositoryOptions<object>);
  return new PrevalenceDefinition(
    input as SystemInput<ModelDefinition, CommandMap<ModelDefinition>, object & QueryMap<ModelDefinition>>,
  );
}
