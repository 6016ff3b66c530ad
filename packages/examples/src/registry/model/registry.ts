/**
 * The Replicant Registry as a prevalent system: its model, and everything that can happen to it. Every rule is checked
 * inside a command, where nothing can come between the check and the change.
 */
import { collection, type Frozen, hash, prevalence, type ReadonlyDate } from '@varve/prevalence';
import { Refusal } from './refusal.ts';

/** What is reported about a unit; it never changes. */
export interface Report {
  readonly designation: string;
  readonly model: string;
  readonly role: string;
  /** The date of inception, as text: it is not known for every unit. */
  readonly incept: string;
}

export interface Replicant extends Report {
  status: 'at-large' | 'retired';
  sightings: number;
  lastSeen: Date | null;
}

export type RegisteredReplicant = Frozen<Omit<Replicant, 'lastSeen'>> & { readonly lastSeen: ReadonlyDate | null };

/** Rachael, who cannot be retired. */
const unretirable = 'N7FAB00001';

export const registry = prevalence({
  name: 'registry',
  model: {
    replicants: collection<Replicant>()({
      key: 'designation',
      indexes: { byStatus: hash('status'), byModel: hash('model') },
    }),
  },
  commands: {
    /** The units that an empty registry begins with, all or none. */
    seed: ({ replicants }, reports: readonly Report[]) => {
      if (replicants.size > 0) throw new Refusal('The registry is not empty');
      for (const report of reports) replicants.insert(unseen(report));
    },
    spawn: ({ replicants }, report: Report) => {
      if (replicants.has(report.designation)) throw new Refusal('Designation already registered');
      replicants.insert(unseen(report));
    },
    /** Retired units can be sighted, too: perhaps they were not retired. */
    sight: ({ replicants }, designation: string, { now }) => {
      const replicant = replicants.get(designation);
      if (replicant === undefined) throw notRegistered(designation);
      replicant.sightings++;
      replicant.lastSeen = now;
    },
    retire: ({ replicants }, designation: string) => {
      const replicant = replicants.get(designation);
      if (replicant === undefined) throw notRegistered(designation);
      if (designation === unretirable) {
        throw new Refusal(`${designation} retirement order failed -- system error code RACH32fa00a139`);
      }
      if (replicant.status === 'retired') {
        throw new Refusal(`${designation} was already retired by another unit -- command void`);
      }
      replicant.status = 'retired';
    },
  },
  queries: {
    stats: ({ replicants }) => ({
      atLarge: replicants.byStatus.count('at-large'),
      retired: replicants.byStatus.count('retired'),
      models: [...replicants.byModel.keys()],
    }),
  },
  snapshot: { every: 1000, keep: 3 },
});

/** The registry where commands are executed. */
export type OpenRegistry = Awaited<ReturnType<typeof registry.open>>;

/** What can be read of the registry there, in a follower, and at a past position. */
export type ReadableRegistry = Pick<OpenRegistry, 'model' | 'q' | 'position'>;

function unseen(report: Report): Replicant {
  return { ...report, status: 'at-large', sightings: 0, lastSeen: null };
}

function notRegistered(designation: string): Refusal {
  return new Refusal(`${designation} is not in the registry -- command void`);
}
