/** The command line of the flights job. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type FlightProjection, flightProjections } from './projections/flight-projections.ts';

export interface JobOptions {
  readonly flights: number;
  readonly eventsPerSecond: number;
  /** Undefined for a directory that is created for this run and removed at its end. */
  readonly directory: string | undefined;
  readonly deadlineSeconds: number;
  readonly projections: readonly FlightProjection[];
}

const defaults = { flights: 20_000, rate: 5000, deadline: 150 };

export const usage = `Usage: npm start -- [options]

Writes real flights as events in one process, projects them in three others, kills two of the four in the middle, and
compares what the projections have in the end with a plain loop over the flights.

  --flights <n>              how many flights, of ${defaults.flights} (default: all)
  --rate <n>                 events a second that the writer commits at most (default ${defaults.rate})
  --directory <path>         keep the store here; the directory must be empty or missing
                             (default: a temporary one, which is removed)
  --deadline <seconds>       give up after this time (default ${defaults.deadline})
  --replace <name>=<module>  run this module instead of the projection of that name, to see it compared:
                             ${flightProjections.map(({ name }) => name).join(', ')}
  --help                     this text
`;

/** The command line is wrong; the message is for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Returns undefined when the user asked for help. Throws `UsageError`. */
export function parseOptions(commandLine: readonly string[]): JobOptions | undefined {
  const values = parseValues(commandLine);
  if (values.help === true) return undefined;
  if (values.directory === '') throw new UsageError('--directory must name a directory.');
  return {
    flights: wholeNumber('--flights', values.flights, defaults.flights) ?? defaults.flights,
    eventsPerSecond: wholeNumber('--rate', values.rate, 1_000_000) ?? defaults.rate,
    directory: values.directory === undefined ? undefined : resolve(values.directory),
    deadlineSeconds: wholeNumber('--deadline', values.deadline, 86_400) ?? defaults.deadline,
    projections: withReplacements(values.replace ?? []),
  };
}

interface Values {
  readonly flights?: string;
  readonly rate?: string;
  readonly directory?: string;
  readonly deadline?: string;
  readonly replace?: string[];
  readonly help?: boolean;
}

function parseValues(commandLine: readonly string[]): Values {
  try {
    const { values } = parseArgs({
      args: [...commandLine],
      options: {
        flights: { type: 'string' },
        rate: { type: 'string' },
        directory: { type: 'string' },
        deadline: { type: 'string' },
        replace: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function wholeNumber(option: string, value: string | undefined, most: number): number | undefined {
  if (value === undefined) return undefined;
  const number = /^[1-9]\d*$/.test(value) ? Number(value) : NaN;
  if (number <= most) return number;
  throw new UsageError(`${option} must be a whole number from 1 to ${most}, not ${JSON.stringify(value)}.`);
}

function withReplacements(replacements: readonly string[]): FlightProjection[] {
  const modules = new Map(flightProjections.map(({ name, module }) => [name, module]));
  for (const replacement of replacements) {
    const [name = '', path = ''] = replacement.split(/=(.*)/s);
    if (path === '' || !modules.has(name)) {
      const names = [...modules.keys()].join(', ');
      const expected = `<name>=<module>, where the name is one of ${names}`;
      throw new UsageError(`--replace must be ${expected}; it is ${JSON.stringify(replacement)}.`);
    }
    modules.set(name, pathToFileURL(resolve(path)));
  }
  return [...modules].map(([name, module]) => ({ name, module }));
}
