/**
 * What is measured: the reference workload, and others that each differ from it in one thing. Every scenario has its
 * own store, which all its workloads read.
 */
import type { WorkloadShape } from './reference/reference-workload.ts';
import { type WorkloadName, workloadNames } from './workloads/workload-name.ts';

export interface Scenario {
  readonly name: string;
  readonly shape: WorkloadShape;
  readonly workloads: readonly WorkloadName[];
  readonly rounds: number;
  /** All of them when left out. */
  readonly contenders?: readonly string[];
}

const REFERENCE: WorkloadShape = {
  eventCount: 200_000,
  streamCount: 100,
  eventsPerCommit: 1,
  commitsPerTick: 1000,
  eventSize: 'order',
  derived: false,
};

/**
 * event-storage keeps one open file per stream, and fails at the operating system's limit; classic-level, which writes
 * each commit as a batch with a promise of its own, takes minutes.
 */
const MANY_STREAMS = ['varve', 'sqlite', 'lmdb'];

interface Change extends Partial<WorkloadShape> {
  readonly name: string;
  readonly workloads: readonly WorkloadName[];
  readonly rounds?: number;
  readonly contenders?: readonly string[];
  /** The divisor of the event count in a quick run, where it differs from `QUICK_PART`. */
  readonly quickPart?: number;
}

const REFERENCE_ROUNDS = 5;
const ROUNDS = 3;

const CHANGES: readonly Change[] = [
  { name: 'reference', workloads: workloadNames.filter((name) => name !== 'derived'), rounds: REFERENCE_ROUNDS },
  { name: 'commits-of-10', eventsPerCommit: 10, commitsPerTick: 100, workloads: ['append', 'scan'] },
  { name: 'commits-of-100', eventsPerCommit: 100, commitsPerTick: 10, workloads: ['append', 'scan'] },
  { name: 'events-of-100-bytes', eventSize: '100 B', workloads: ['append', 'scan'] },
  { name: 'events-of-1-kb', eventSize: '1 KB', eventCount: 100_000, workloads: ['append', 'scan'] },
  {
    name: 'events-of-10-kb',
    eventSize: '10 KB',
    eventCount: 20_000,
    commitsPerTick: 100,
    workloads: ['append', 'scan'],
  },
  { name: 'derived-stream', derived: true, workloads: ['append', 'derived'] },
  { name: 'one-stream', streamCount: 1, workloads: ['append', 'read-streams'] },
  {
    name: 'streams-10-thousand',
    streamCount: 10_000,
    workloads: ['append', 'open', 'read-streams'],
    contenders: MANY_STREAMS,
  },
  {
    name: 'streams-20-thousand-of-5',
    streamCount: 20_000,
    eventCount: 100_000,
    workloads: ['append', 'open', 'read-streams'],
    contenders: MANY_STREAMS,
  },
  {
    name: 'streams-1-million-of-5',
    streamCount: 1_000_000,
    eventCount: 5_000_000,
    workloads: ['append', 'open', 'read-streams'],
    rounds: 1,
    contenders: MANY_STREAMS,
    quickPart: 50,
  },
];

/** The same store, ten times as large at each step: the cost of an event must not depend on how many there are. */
const GROWTH: readonly Change[] = [10_000, 100_000, 1_000_000, 10_000_000].map((eventCount) => ({
  name: `growth-${eventCount}`,
  eventCount,
  workloads: ['append', 'open', 'scan', 'random', 'reindex'],
  rounds: eventCount > 1_000_000 ? 1 : 3,
  contenders: eventCount > 1_000_000 ? ['varve', 'lmdb'] : ['varve', 'event-storage', 'sqlite', 'lmdb'],
}));

export function isGrowth(scenario: string): boolean {
  return scenario.startsWith('growth-');
}

/**
 * The divisors of the event counts in a quick run: enough events to see that everything works, and to find the order of
 * magnitude.
 */
const QUICK_PART = { reference: 5, others: 20 };
const QUICK_ROUNDS = 1;
/** What a quick run leaves out: scenarios between two others, and stores that are done before the code is compiled. */
const QUICK_LEAVES_OUT: ReadonlySet<string> = new Set([
  'commits-of-10',
  'commits-of-100',
  'events-of-100-bytes',
  'events-of-1-kb',
  'one-stream',
  'streams-10-thousand',
  'streams-20-thousand-of-5',
  'growth-10000',
  'growth-100000',
]);

/** `eventCount` and `rounds` are those of the reference; the other scenarios change in proportion. */
export function scenariosFor({ quick, eventCount, rounds }: ScenarioSize): readonly Scenario[] {
  const changes = [...CHANGES, ...GROWTH].filter(({ name }) => !quick || !QUICK_LEAVES_OUT.has(name));
  return changes.map((change) => {
    const { name, workloads, contenders, rounds: ownRounds = ROUNDS, quickPart, ...shape } = change;
    const smaller = quickPart ?? (name === 'reference' ? QUICK_PART.reference : QUICK_PART.others);
    const full = { ...REFERENCE, ...shape };
    const part = eventCount === undefined ? (quick ? smaller : 1) : REFERENCE.eventCount / eventCount;
    const scaled = Math.max(1, Math.round(full.eventCount / part));
    // With more than 100 streams, their number shrinks with the events, so that the events per stream stay the same.
    const streamCount = full.streamCount > 100 ? Math.max(1, Math.round(full.streamCount / part)) : full.streamCount;
    return {
      name,
      workloads,
      shape: { ...full, eventCount: scaled, streamCount },
      rounds: rounds === undefined ? (quick ? QUICK_ROUNDS : ownRounds) : inProportion(ownRounds, rounds),
      ...(contenders && { contenders }),
    };
  });
}

function inProportion(ownRounds: number, referenceRounds: number): number {
  return Math.max(1, Math.floor((ownRounds * referenceRounds) / REFERENCE_ROUNDS));
}

export interface ScenarioSize {
  readonly quick: boolean;
  readonly eventCount?: number | undefined;
  readonly rounds?: number | undefined;
}
