/**
 * What reached a disk: each write and each flush of its cache in order, with what the writer had acknowledged by then. From
 * this, every state can be made in which the disk may be after a power cut.
 */
import fs from 'node:fs';
import type { SeededRandom } from '@varve/core/testing';

export interface DiskWrite {
  readonly kind: 'write';
  readonly position: number;
  /** Where its bytes are in the recording's file. */
  readonly at: number;
  readonly length: number;
  /** What the writer had noted before this write came. */
  readonly acknowledged: string;
}

export interface DiskFlush {
  readonly kind: 'flush';
  readonly acknowledged: string;
}

export type DiskCall = DiskWrite | DiskFlush;

/** What becomes of unflushed writes when the power of the disk is cut. */
export const survivals = ['all', 'none', 'some', 'torn'] as const;
export type Survival = (typeof survivals)[number];

export interface PowerCut {
  /** The first call that the disk did not complete. */
  readonly at: number;
  readonly survival: Survival;
}

/** Records the calls of one run. */
export class Recorder {
  private readonly calls: DiskCall[] = [];
  private readonly path: string;
  private readonly bytes: number;
  private length = 0;

  constructor(path: string) {
    this.path = path;
    this.bytes = fs.openSync(`${path}.bytes`, 'w');
  }

  write(bytes: Uint8Array, position: number, acknowledged: string): void {
    fs.writeSync(this.bytes, bytes, 0, bytes.length, this.length);
    this.calls.push({ kind: 'write', position, at: this.length, length: bytes.length, acknowledged });
    this.length += bytes.length;
  }

  flush(acknowledged: string): void {
    this.calls.push({ kind: 'flush', acknowledged });
  }

  close(): void {
    fs.closeSync(this.bytes);
    fs.writeFileSync(path(this.path), JSON.stringify(this.calls));
  }
}

export class Recording {
  readonly calls: readonly DiskCall[];
  private readonly bytes: Uint8Array;

  constructor(recordedAt: string) {
    this.calls = JSON.parse(fs.readFileSync(path(recordedAt), 'utf8')) as DiskCall[];
    this.bytes = fs.readFileSync(`${recordedAt}.bytes`);
  }

  /** The latest that the writer had noted when the power was cut. */
  acknowledgedAt({ at }: PowerCut): string {
    const call = this.calls[Math.min(at, this.calls.length - 1)]!;
    return call.acknowledged;
  }

  /** Brings the image, which is as the disk was before the run, into the state after the cut. */
  apply(image: string, { at, survival }: PowerCut, random: SeededRandom, sectorBytes: number): void {
    const flushed = this.calls.slice(0, at).findLastIndex(({ kind }) => kind === 'flush');
    const file = fs.openSync(image, 'r+');
    try {
      for (const [index, call] of this.calls.slice(0, at + 1).entries()) {
        if (call.kind === 'flush') continue;
        if (index < flushed || (index < at && survival === 'all')) this.put(file, call, 0, call.length);
        else if (survival === 'some' && random.chance(0.5)) this.put(file, call, 0, call.length);
        else if (survival === 'torn' || survival === 'all') this.tear(file, call, random, sectorBytes);
      }
    } finally {
      fs.closeSync(file);
    }
  }

  /** Each sector may have been written, or not. */
  private tear(file: number, call: DiskWrite, random: SeededRandom, sectorBytes: number): void {
    for (let start = 0; start < call.length; start += sectorBytes) {
      if (random.chance(0.5)) this.put(file, call, start, Math.min(sectorBytes, call.length - start));
    }
  }

  private put(file: number, call: DiskWrite, start: number, length: number): void {
    fs.writeSync(file, this.bytes, call.at + start, length, call.position + start);
  }
}

function path(recordedAt: string): string {
  return `${recordedAt}.json`;
}
