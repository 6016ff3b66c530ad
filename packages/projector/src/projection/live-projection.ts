/**
 * Which version of a projection is read: one small record for each projection, in the format of a consumer's file. A
 * changed projection is built beside the version that is live, and becomes live by one save of this record: at every
 * moment there is exactly one, and a crash leaves either the one before or the one after.
 *
 * Only the projector writes; any process may read.
 */
import { accessible, ConsumerFile } from '@varve/core/internal';
import { consumerIdOf, isSameProjection, type Merge, type ProjectionIdentity } from './projection.ts';
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

/** Makes this version the live one; that is on the medium when this returns, with the states that it has saved. */
export function makeLive(projection: LiveProjection, place: FoundStatePlace): void {
  const file = fileOf(projection.name, place);
  file.acquire();
  try {
    const live = file.load()?.state as LiveProjection | undefined;
    if (live !== undefined && isSameProjection(live, projection) && live.merge === projection.merge) return;
    syncStates(projection, place);
    file.save({ position: 0, epoch: 0, frameChecksum: 0, state: projection }, true);
  } finally {
    file.release();
  }
}

/** Checkpoints need not be on the medium yet: a loss of power would leave a record of states that are not there. */
function syncStates(
  projection: LiveProjection,
  { stateDirectory: directory, storeId, fileSystem }: FoundStatePlace,
): void {
  const { stream, parts } = projection;
  for (let part = 0; part < parts; part++) {
    const consumerId = consumerIdOf(projection, part);
    const { path } = new ConsumerFile({ fileSystem, directory, storeId, source: stream, consumerId });
    // One that has never been read may be read while it is being built.
    if (fileSystem.stat(path) === undefined) continue;
    accessible(path, () => {
      const file = fileSystem.open(path, 'write');
      try {
        file.sync();
      } finally {
        file.close();
      }
    });
  }
  accessible(directory, () => fileSystem.syncDirectory(directory));
}

function fileOf(name: string, { stateDirectory, storeId, fileSystem }: FoundStatePlace): ConsumerFile {
  const directory = `${stateDirectory}/${folder}`;
  return new ConsumerFile({ fileSystem, directory, storeId, source: 'projection', consumerId: name });
}
