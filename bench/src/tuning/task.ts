/** What one process of the options measurement does, and what it found. */
import type { CheckpointOptions } from '@varve/core';

/** The options of a writer that JSON can represent. */
export interface TunedOptions {
  readonly serializer?: 'msgpackr' | 'json';
  readonly compression?: 'none' | 'zstd' | 'deflate';
  readonly partitioner?: 'shared' | 'perStream' | 'perCategory' | 'hashed(8)';
  readonly redoLogBytes?: number;
  readonly writeBufferSize?: number;
  readonly maxWriteBufferDocuments?: number;
  readonly syncOnFlush?: boolean;
  readonly segmentBytes?: number;
  readonly eventsPerIndexRun?: number;
  readonly indexTypes?: boolean;
  readonly readCacheBytes?: number;
}

export type TuningTask = { readonly directory: string } & (
  | { readonly kind: 'store'; readonly options: TunedOptions; readonly eventsPerCommit: number }
  | { readonly kind: 'consumer'; readonly checkpoint: CheckpointOptions; readonly events: number }
  | { readonly kind: 'durable'; readonly options: TunedOptions; readonly callers: number }
);

/** Events (for `durable`: commits) per second, and bytes; figures that a kind of task does not measure are left out. */
export interface TuningFigures {
  readonly append?: number;
  readonly scan?: number;
  readonly streams?: number;
  readonly random?: number;
  readonly bytesPerEvent?: number;
  readonly files?: number;
  readonly rssMb?: number;
  readonly consumer?: number;
  readonly durable?: number;
}
