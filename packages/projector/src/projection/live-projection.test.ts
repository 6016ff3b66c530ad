/**
 * Power cuts after a version has become live. A bug once put its record on the medium before the state that the record
 * names, because checkpoints do not wait for the medium: readers then found nothing where the previous version had had
 * everything.
 */
import { ConsumerFile } from '@varve/core/internal';
import { crashStates, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { expect, it } from 'vitest';
import { makeLive, readLiveProjection } from './live-projection.ts';
import { consumerIdOf, type ProjectionIdentity } from './projection.ts';

const stateDirectory = '/data/store/consumers';
const storeId = '0123456789abcdef0123456789abcdef';

function placeOn(disk: SimulatedDisk) {
  return { stateDirectory, storeId, fileSystem: disk.startProcess() };
}

function version(number: number, parts: number) {
  return { name: 'count', stream: '_all', version: number, parts, merge: 'sum' } as const;
}

function stateFile(disk: SimulatedDisk, projection: ProjectionIdentity, part: number): ConsumerFile {
  return new ConsumerFile({
    fileSystem: disk.startProcess(),
    directory: stateDirectory,
    storeId,
    source: projection.stream,
    consumerId: consumerIdOf(projection, part),
  });
}

/** Saves what a worker of the version would save, one checkpoint after the other. */
function save(
  disk: SimulatedDisk,
  projection: ProjectionIdentity,
  positions: readonly number[],
  durable: boolean,
): void {
  for (let part = 0; part < (projection.parts ?? 1); part++) {
    const file = stateFile(disk, projection, part);
    file.acquire();
    for (const position of positions) {
      file.save({ position, epoch: 1, frameChecksum: 1, state: position }, durable);
    }
    file.release();
  }
}

it.each([
  ['its first checkpoint', [7]],
  ['several', [3, 5, 7]],
])('finds the state of the version that is live, or the one before: %s', (_, positions) => {
  const disk = new SimulatedDisk();
  disk.makeDirectory('/data');
  const [before, after] = [version(1, 1), version(2, 2)];
  save(disk, before, [7], true);
  makeLive(before, placeOn(disk));
  save(disk, after, positions, false);
  makeLive(after, placeOn(disk));

  const choice = { random: new SeededRandom(1), randomStates: 20, isThorough: true };
  let count = 0;
  for (const { medium } of crashStates(disk.medium, choice)) {
    const found = new SimulatedDisk(medium);
    const live = readLiveProjection('count', placeOn(found))!;
    for (let part = 0; part < live.parts; part++) {
      expect(stateFile(found, live, part).load()?.position).toBe(7);
    }
    count++;
  }
  expect(count).toBeGreaterThan(0);
});
