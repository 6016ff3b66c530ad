/** What one process of the measurement of options does, and what it finds. */
import type { CheckpointOptions } from '@varve/core';

/** The options of a writer that can be said in JSON. */
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

/** Events (of `durable`: commits) a second, and bytes; what a kind of task does not measure is left out. */
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
