/** The command line of the registry. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface RegistryOptions {
  readonly port: number;
  readonly directory: string;
  /** How long an order to retire is held before it is executed. */
  readonly delayMs: number;
  /** Whether this process only follows the one that executes the commands. */
  readonly isFollower: boolean;
}

const defaults = { port: 8989, followPort: 8990, directory: './registry-data', delay: 5 };
const maxDelaySeconds = 60;

export const usage = `Usage: npm run registry -- [options]

Serves the Replicant Registry on this machine: a prevalent system with pages that are pushed to.

  --port <n>           where it listens; 0 for any port that is free (default ${defaults.port}, with --follow ${defaults.followPort})
  --directory <path>   where the store is (default ${defaults.directory})
  --delay <seconds>    how long an order to retire is held before it is carried out; 0 for not at all (default ${defaults.delay})
  --follow             shows the registry of another process, read-only
  --help               this text
`;

/** The command line is wrong; the message is for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Returns undefined when the user asked for help. Throws `UsageError`. */
export function parseOptions(commandLine: readonly string[]): RegistryOptions | undefined {
  const { help, follow = false, port, directory = defaults.directory, delay } = parseValues(commandLine);
  if (help === true) return undefined;
  if (directory === '') throw new UsageError('--directory must name a directory.');
  if (follow && delay !== undefined) {
    throw new UsageError('--delay has no meaning with --follow, which takes no orders.');
  }
  return {
    port: portOf(port) ?? (follow ? defaults.followPort : defaults.port),
    directory: resolve(directory),
    delayMs: (secondsOf(delay) ?? defaults.delay) * 1000,
    isFollower: follow,
  };
}

interface Values {
  readonly port?: string;
  readonly directory?: string;
  readonly delay?: string;
  readonly follow?: boolean;
  readonly help?: boolean;
}

function parseValues(commandLine: readonly string[]): Values {
  try {
    const { values } = parseArgs({
      args: [...commandLine],
      options: {
        port: { type: 'string' },
        directory: { type: 'string' },
        delay: { type: 'string' },
        follow: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function portOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const port = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port must be a whole number from 0 to 65535, not ${JSON.stringify(value)}.`);
}

function secondsOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d{1,3}(\.\d{1,3})?$/.test(value) ? Number(value) : NaN;
  if (seconds <= maxDelaySeconds) return seconds;
  throw new UsageError(
    `--delay must be a number of seconds from 0 to ${maxDelaySeconds}, such as 2.5, not ${JSON.stringify(value)}.`,
  );
}
