/**
 * Decides when the job kills one projector and the writer: by their progress, never by time, so that the kills come in
 * the middle of the work however slow the machine is.
 */
import { inGroups } from '../display/number-text.ts';
import type { RunProgress } from './run-progress.ts';

export type Kill = WriterKill | ProjectorKill;

export interface WriterKill {
  readonly victim: 'writer';
  readonly pid: number;
  /** The number of events that other processes could read. */
  readonly storedEvents: number;
}

export interface ProjectorKill {
  readonly victim: 'projector';
  readonly projection: string;
  readonly pid: number;
  readonly handledEvents: number;
  /** The number of events that the saved state contained. The others are handled again. */
  readonly savedEvents: number;
}

/** The kill as a clause. */
export function describeKill(kill: Kill): string {
  if (kill.victim === 'writer') return `the writer was killed with ${inGroups(kill.storedEvents)} events in the store`;
  const { projection, handledEvents, savedEvents } = kill;
  const saved = `${inGroups(handledEvents)} events handled, ${inGroups(savedEvents)} of them saved`;
  return `the projector of ${projection} was killed with ${saved}`;
}

const projectorShare = 0.4;
const writerShare = 0.6;

export class KillPlan {
  private readonly projection: string;
  private readonly kills: Kill[] = [];

  /** `projection`: the name of the one whose projector is killed. */
  constructor(projection: string) {
    this.projection = projection;
  }

  /** The kills so far. */
  get done(): readonly Kill[] {
    return this.kills;
  }

  /** Those that are due now; each is returned once. */
  take(progress: RunProgress): Kill[] {
    const due = [this.dueProjector(progress), this.dueWriter(progress)].filter((kill) => kill !== undefined);
    this.kills.push(...due);
    return due;
  }

  private dueProjector({ totalEvents, projections }: RunProgress): ProjectorKill | undefined {
    const status = projections.find(({ name }) => name === this.projection);
    if (status === undefined || this.hasKilled('projector')) return undefined;
    const { pid, state, position, savedPosition } = status;
    if (pid === undefined || state !== 'running' || position < shareOf(totalEvents, projectorShare)) return undefined;
    return { victim: 'projector', projection: status.name, pid, handledEvents: position, savedEvents: savedPosition };
  }

  private dueWriter({ totalEvents, writer }: RunProgress): WriterKill | undefined {
    const { pid, state, position } = writer;
    if (this.hasKilled('writer') || state !== 'writing' || pid === undefined) return undefined;
    if (position < shareOf(totalEvents, writerShare)) return undefined;
    return { victim: 'writer', pid, storedEvents: position };
  }

  private hasKilled(victim: Kill['victim']): boolean {
    return this.kills.some((kill) => kill.victim === victim);
  }
}

/** At least one event, so that even the smallest job has a middle. */
function shareOf(totalEvents: number, share: number): number {
  return Math.max(1, Math.floor(totalEvents * share));
}
