/**
 * Which version of a projection is read: one small record per projection, in the format of a consumer's file. A changed
 * projection is built next to the live version, and becomes live by one save of this record. At every moment exactly
 * one version is live, and a crash leaves either the previous one or the next one.
 *
 * Only the projector writes; any process may read.
 */
import { accessible, ConsumerFile } from '@varve/core/internal';
import { consumerIdOf, isSameProjection, type Merge, type ProjectionIdentity } from './projection.ts';
import type { FoundStatePlace } from './state-place.ts';

/** What a reader must know of a version of a projection to read its state without its module. */
export interface LiveProjection extends ProjectionIdentity {
  readonly parts: number;
  /** `function`: only the module knows how. */
  readonly merge: 'union' | 'sum' | 'function';
}

/** The folder of the records, within that of the states. */
const folder = 'live';

export function liveProjectionOf<State>(
  projection: ProjectionIdentity & { readonly merge?: Merge<State> },
): LiveProjection {
  const { name, stream, version, parts = 1, merge = 'union' } = projection;
  return { name, stream, version, parts, merge: typeof merge === 'function' ? 'function' : merge };
}

/** The live version; undefined when there was none yet. Throws `CONSUMER_STATE` when the record is damaged, and `DIVERGED`. */
export function readLiveProjection(name: string, place: FoundStatePlace): LiveProjection | undefined {
  return fileOf(name, place).load()?.state as LiveProjection | undefined;
}

/** Makes this version the live one; when this returns, the record is on the medium, and so are the version's saved states. */
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

/** Checkpoints need not be on the medium yet: after a power cut the record would name states that do not exist. */
function syncStates(
  projection: LiveProjection,
  { stateDirectory: directory, storeId, fileSystem }: FoundStatePlace,
): void {
  const { stream, parts } = projection;
  for (let part = 0; part < parts; part++) {
    const consumerId = consumerIdOf(projection, part);
    const { path } = new ConsumerFile({ fileSystem, directory, storeId, source: stream, consumerId });
    // A first version becomes live while it is still being built, so a part may not have a state yet.
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
