/**
 * Which partition an event goes to. The shared log is the default: a store with a million streams is a handful of
 * files, and one sync makes a whole group of commits durable.
 */

/** Names the partition of an event; must always give the same name for the same arguments. */
export type PartitionerFunction = (event: never, position: number, stream: string) => string;

/** A ready-made partitioner by name, or a function. */
export type PartitionerOption = 'shared' | 'perStream' | PartitionerFunction;

export interface Partitioner {
  /** The name in `store.json`. */
  readonly name: string;
  /** Undefined when all events go to one partition, so that nothing has to be asked per event. */
  readonly partitionOf: ((event: unknown, position: number, stream: string) => string) | undefined;
}

export const partitionerNames = ['shared', 'perStream'] as const;

/** The partition of the shared log. */
export const sharedPartition = 'shared';

/** The name that `store.json` records for a partitioner. */
export function partitionerNameOf(option: PartitionerOption): string {
  return typeof option === 'string' ? option : 'custom';
}

export function createPartitioner(option: PartitionerOption): Partitioner {
  if (option === 'shared') return { name: 'shared', partitionOf: undefined };
  if (option === 'perStream') return { name: 'perStream', partitionOf: (_event, _position, stream) => stream };
  return { name: 'custom', partitionOf: option as (event: unknown, position: number, stream: string) => string };
}
