/** The command line of the bench. */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { Contender } from './contenders/contender.ts';
import { contenderNamed, contenders } from './contenders/registry.ts';
import type { WorkloadShape } from './reference/reference-workload.ts';

export interface Options {
  readonly contenders: readonly Contender[];
  readonly shape: WorkloadShape;
  readonly rounds: number;
  readonly warmPasses: number;
  readonly lagSeconds: number;
  /** Where a folder for the stores is made, and removed at the end. */
  readonly directory: string;
  readonly quick: boolean;
}

/** The reference workload: what the published figures refer to. */
const FULL = { events: 200_000, rounds: 5, warmPasses: 3, lagSeconds: 5 };

/** Enough to see that everything works and what the order of magnitude is; too little for a figure to quote. */
const QUICK = { events: 40_000, rounds: 2, warmPasses: 2, lagSeconds: 2 };

const STREAMS = 100;
const COMMITS_PER_TICK = 1000;

export const usage = `Usage: npm run bench -- [options]

  --quick              a fifth of the events and two rounds: under a minute, for a first look
  --rounds <n>         how often everything is repeated (default ${FULL.rounds}, quick ${QUICK.rounds})
  --events <n>         how many events (default ${FULL.events}, quick ${QUICK.events})
  --only <a,b>         these contenders alone: ${contenders.map(({ name }) => name).join(', ')}
  --directory <path>   where the stores are put (default: the system's folder for temporary files)
  --help               this text
`;

/** Returns undefined when help was asked for; throws an error with a message for the user. */
export function parseOptions(commandLine: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      events: { type: 'string' },
      only: { type: 'string' },
      directory: { type: 'string', default: tmpdir() },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const size = values.quick ? QUICK : FULL;
  return {
    contenders: values.only === undefined ? contenders : values.only.split(',').map(contenderNamed),
    shape: {
      eventCount: positiveInteger('--events', values.events) ?? size.events,
      streamCount: STREAMS,
      eventsPerCommit: 1,
      commitsPerTick: COMMITS_PER_TICK,
    },
    rounds: positiveInteger('--rounds', values.rounds) ?? size.rounds,
    warmPasses: size.warmPasses,
    lagSeconds: size.lagSeconds,
    directory: values.directory,
    quick: values.quick,
  };
}

function positiveInteger(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new Error(`${option} must be a whole number above zero, not ${JSON.stringify(value)}`);
}
