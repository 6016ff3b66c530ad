/** The command line of the bench. */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Contender } from './contenders/contender.ts';
import { contenderNamed, contenders } from './contenders/registry.ts';
import { type Scenario, scenariosFor } from './scenarios.ts';

export interface Options {
  readonly contenders: readonly Contender[];
  readonly scenarios: readonly Scenario[];
  readonly durations: Durations;
  /** The directory in which a folder for the stores is created, and removed at the end. */
  readonly directory: string;
  /** The path of the results as JSON; without it, a new file next to this package. */
  readonly output: string | undefined;
  readonly quick: boolean;
}

/** How long to measure what has no end of its own. */
export interface Durations {
  readonly warmUpTicks: number;
  readonly warmPasses: number;
  readonly lagSeconds: number;
  readonly durableSeconds: number;
}

/** The durations behind the published figures. */
const FULL: Durations = { warmUpTicks: 50, warmPasses: 3, lagSeconds: 5, durableSeconds: 3 };

/** Enough to see that everything works and to find the order of magnitude; too short for figures to quote. */
const QUICK: Durations = { warmUpTicks: 15, warmPasses: 3, lagSeconds: 1, durableSeconds: 0.5 };

const scenarioNames = scenariosFor({ quick: false }).map(({ name }) => name);

export const usage = `Usage: npm run bench -- [options]

  --quick              everything smaller and once, for a first look within three minutes
  --rounds <n>         how often the reference is measured (default 5); the others, 3 times or less, change in proportion
  --events <n>         how many events the reference has (default 200000); the others change in proportion
  --only <a,b>         these contenders alone: ${contenders.map(({ name }) => name).join(', ')}
  --scenarios <a,b>    these scenarios alone: ${scenarioNames.join(', ')}
  --output <path>      the file for the results (default: a new one in bench/results)
  --directory <path>   where the stores are put (default: the system's folder for temporary files)
  --help               this text
`;

/** Returns undefined when the user asked for help; throws an error with a message for the user. */
export function parseOptions(commandLine: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      events: { type: 'string' },
      only: { type: 'string' },
      scenarios: { type: 'string' },
      output: { type: 'string' },
      directory: { type: 'string', default: tmpdir() },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const scenarios = scenariosFor({
    quick: values.quick,
    eventCount: positiveInteger('--events', values.events),
    rounds: positiveInteger('--rounds', values.rounds),
  });
  return {
    contenders: values.only === undefined ? contenders : values.only.split(',').map(contenderNamed),
    scenarios: values.scenarios === undefined ? scenarios : scenariosNamed(values.scenarios.split(','), scenarios),
    durations: values.quick ? QUICK : FULL,
    directory: values.directory,
    output: values.output,
    quick: values.quick,
  };
}

function scenariosNamed(names: readonly string[], scenarios: readonly Scenario[]): readonly Scenario[] {
  return names.map((name) => {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    if (scenario) return scenario;
    throw new Error(`There is no scenario ${JSON.stringify(name)}: ${scenarioNames.join(', ')}`);
  });
}

function positiveInteger(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new Error(`${option} must be a whole number above zero, not ${JSON.stringify(value)}`);
}
