/**
 * Which version of a projection is read: one small record for each projection, in the format of a consumer's file. A
 * changed projection is built beside the version that is live, and becomes live by one save of this record: at every
 * moment there is exactly one, and a crash leaves either the one before or the one after.
 *
 * Only the projector writes; any process may read.
 */
import { nodeFileSystem } from '@varve/core';
import { ConsumerFile } from '@varve/core/internal';
import { isSameProjection, type Merge, type ProjectionIdentity } from './projection.ts';
import type { FoundStatePlace } from './state-place.ts';

/** A version of a projection, as far as it must be known to read its state without its module. */
export interface LiveProjection extends ProjectionIdentity {
  readonly parts: number;
  /** `function`: only the module can tell how. */
  readonly merge: 'union' | 'sum' | 'function';
}

/** Folder of the records, in that of the states. */
const folder = 'live';

export function liveProjectionOf<State>(
  projection: ProjectionIdentity & { readonly merge?: Merge<State> },
): LiveProjection {
  const { name, stream, version, parts = 1, merge = 'union' } = projection;
  return { name, stream, version, parts, merge: typeof merge === 'function' ? 'function' : merge };
}

/** The live version; undefined when there was none yet. Throws `CONSUMER_STATE` when the record is damaged, `DIVERGED`. */
export function readLiveProjection(name: string, place: FoundStatePlace): LiveProjection | undefined {
  return fileOf(name, place).load()?.state as LiveProjection | undefined;
}

/** Makes this version the live one; that is on the medium when this returns. */
export function makeLive(projection: LiveProjection, place: FoundStatePlace): void {
  const file = fileOf(projection.name, place);
  file.acquire();
  try {
    const live = file.load()?.state as LiveProjection | undefined;
    if (live !== undefined && isSameProjection(live, projection) && live.merge === projection.merge) return;
    file.save({ position: 0, epoch: 0, frameChecksum: 0, state: projection }, true);
  } finally {
    file.release();
  }
}

function fileOf(name: string, { stateDirectory, storeId }: FoundStatePlace): ConsumerFile {
  const directory = `${stateDirectory}/${folder}`;
  return new ConsumerFile({ fileSystem: nodeFileSystem, directory, storeId, stream: 'projection', consumerId: name });
}
