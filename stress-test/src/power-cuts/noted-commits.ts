/** What the writer and the check of the power cuts share: the store, and what an acknowledgement says about it. */
import { crc32 } from 'node:zlib';
import type { ReadableEventStore } from '@varve/core';
import { byTime, hashed, type PartitionerOption, type WriteOptions } from '@varve/writer';

export const storeName = 'powered';

const partitioners: readonly PartitionerOption[] = ['shared', 'perStream', 'perCategory', hashed(3), byTime('hour')];

/** Small files and buffers, so that segments, runs and merges are under way when the power is cut. */
export function optionsOf(seed: number): WriteOptions {
  return {
    partitioner: partitioners[seed % partitioners.length]!,
    writeBufferSize: 16_384,
    segmentBytes: 65_536,
    eventsPerIndexRun: 256,
  };
}

/** Everything that was committed up to an event: the event's position, and a checksum over all events up to it. */
export class Note {
  readonly position: number;
  readonly digest: number;

  constructor(position: number, digest: number) {
    this.position = position;
    this.digest = digest;
  }

  static readonly none = new Note(0, 0);

  static parse(line: string): Note {
    if (line === '') return Note.none;
    const match = /^(\d{15}) (\d{10})\n$/u.exec(line);
    if (match === null) throw new Error(`Not an acknowledgement: ${JSON.stringify(line)}`);
    return new Note(Number(match[1]), Number(match[2]));
  }

  /** Has a fixed length, so that it can be written in place. */
  toString(): string {
    return `${String(this.position).padStart(15, '0')} ${String(this.digest).padStart(10, '0')}\n`;
  }

  with(stream: string, event: object): Note {
    return new Note(this.position + 1, crc32(`${stream} ${JSON.stringify(event)}\n`, this.digest));
  }
}

/** The note of the store up to this position, from what can be read. */
export function noteOf(store: ReadableEventStore, position: number): Note {
  let note = Note.none;
  for (const { payload, metadata } of store.getAllEvents(1, position).stored()) {
    note = note.with(metadata.stream, payload as object);
  }
  return note;
}
