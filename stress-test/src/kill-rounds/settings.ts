/** Settings that the processes of the kill rounds share. */
import { createHash, type Hash } from 'node:crypto';
import type { EventMetadata } from '@varve/core';
import { byTime, hashed, type PartitionerOption, type WriteOptions } from '@varve/writer';
import { writeBufferBytes } from '../kill/settings.ts';

const partitioners: Readonly<Record<string, PartitionerOption>> = {
  shared: 'shared',
  perStream: 'perStream',
  perCategory: 'perCategory',
  hashed: hashed(3),
  byTime: byTime('hour'),
  custom: (event) => `length-${JSON.stringify(event).length % 3}`,
};

/** A store for each way to partition, named after it. */
export const storeNames: readonly string[] = Object.keys(partitioners);

/** Small values, so that a kill finds segments, runs and merges under way. */
export function optionsOf(name: string): WriteOptions {
  return {
    partitioner: partitioners[name]!,
    writeBufferSize: writeBufferBytes,
    segmentBytes: 131_072,
    eventsPerIndexRun: 512,
  };
}

/** Everything that an event consists of, as text. */
export function checksumText(payload: unknown, { position, stream }: EventMetadata): string {
  return `${position} ${stream} ${JSON.stringify(payload)}\n`;
}

/** What was seen of a log: how much, and a hash over every event, its position and its stream. */
export interface Seen {
  readonly position: number;
  readonly hash: string;
}

export class SeenEvents {
  private readonly hash: Hash = createHash('sha256');
  private position = 0;

  add(payload: unknown, metadata: EventMetadata): void {
    this.hash.update(checksumText(payload, metadata));
    this.position = metadata.position;
  }

  get seen(): Seen {
    return { position: this.position, hash: this.hash.copy().digest('hex') };
  }
}
