/** Checks of stores whose first segments were archived or dropped: what is away, what is lost, and what nobody expects any more. */
import { type VerifyResult, verifyStore } from '@varve/core';
import { frameLayout } from '@varve/core/internal';
import type { SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { fullStore, fullStoreOptions } from './simulation/full-store.ts';
import { damageStoreFile, flipBit, openStore, readStoreFile, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

const verify = async (disk: SimulatedDisk): Promise<VerifyResult> =>
  verifyStore(storePath, { fileSystem: disk.startProcess() });

describe('verifyStore, of a store with archived and dropped segments', () => {
  const small = { ...fullStoreOptions, segmentBytes: 1024 };

  async function archived(): Promise<SimulatedDisk> {
    const disk = await fullStore({ segmentBytes: 1024 });
    const store = openStore(disk, small);
    await store.archive({ before: 60, to: '/archive' });
    await store.drop({ before: 40 });
    await store.close();
    return disk;
  }

  it('finds nothing, and says where it begins', async () => {
    const result = await verify(await archived());
    expect(result).toMatchObject({ isWhole: true, findings: [], lastPosition: 96 });
    expect(result.firstPosition).toBeGreaterThan(1);
    expect(result.events).toBe(97 - result.firstPosition);
  });

  it('tells an archive that is away from events that are lost', async () => {
    const disk = await archived();
    const process = disk.startProcess();
    const segments = disk.medium.files().flatMap(([path]) => (path.startsWith('/archive/') ? [path] : []));
    expect(segments.length).toBeGreaterThan(0);
    for (const path of segments) process.remove(path);
    const result = await verify(disk);
    expect(result.missing).toEqual([]);
    expect(new Set(result.findings.map(({ code }) => code))).toEqual(new Set(['ARCHIVE_MISSING']));
  });

  // Missing segments that nobody archived were treated as a part of the archive before them.
  it('tells what is lost before and behind an archive that is away', async () => {
    const disk = await fullStore({ segmentBytes: 1024 });
    const store = openStore(disk, small);
    await store.archive({ before: 60, to: '/archive' });
    await store.close();
    const paths = disk.medium.files().flatMap(([path]) => (path.endsWith('.seg') ? [path] : []));
    const [first, second, third] = paths.sort((left, right) => (left.slice(-24) < right.slice(-24) ? -1 : 1));
    // The last frame of the first segment, all of the second, which is archived, and the one after it, which is not.
    const process = disk.startProcess();
    process.open(first!, 'write').write(Buffer.of(0), 0, 1, process.stat(first!)!.sizeBytes - 1);
    for (const path of [second!, third!]) process.remove(path);
    const { missing, findings } = await verify(disk);
    expect(missing).toEqual([
      { from: 22, to: 22 },
      { from: 43, to: 63 },
    ]);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'ARCHIVE_MISSING', path: second }));
    const folder = third!.slice(0, third!.lastIndexOf('/'));
    expect(findings).toContainEqual(expect.objectContaining({ code: 'EVENTS_MISSING', position: 43, path: folder }));
  });

  // A segment is kept for its last event. Damage of an earlier, dropped event was found: events were reported as lost.
  it('takes no damage of events that were dropped for any', async () => {
    const options = { ...fullStoreOptions, partitioner: 'hashed(3)', segmentBytes: 256 } as const;
    const disk = await fullStore(options);
    const store = openStore(disk, options);
    await store.drop({ before: 60 });
    await store.close();
    const { firstPosition, events } = await verify(disk);
    const firstIn = (bytes: Buffer): number => bytes.readUIntLE(64 + frameLayout.position, 6);
    // Segments whose first event was dropped, and that are kept for a later one.
    const kept = storeFiles(disk).filter((path) => {
      return path.endsWith('.seg') && firstIn(readStoreFile(disk, path)) + 1 < firstPosition;
    });
    expect(kept.length).toBeGreaterThan(0);
    for (const path of kept) damageStoreFile(disk, path, (bytes) => flipBit(bytes, 64));
    expect(await verify(disk)).toMatchObject({ findings: [], firstPosition, events });
  });

  it('finds damage in an archive', async () => {
    const disk = await archived();
    const [path, file] = disk.medium.files().find(([each]) => each.startsWith('/archive/'))!;
    const bytes = flipBit(Buffer.from(file.bytes), 100);
    const handle = disk.startProcess().open(path, 'write');
    handle.write(bytes, 0, bytes.length, 0);
    expect((await verify(disk)).findings[0]).toMatchObject({ code: 'FRAME', path, offset: 64 });
  });

  it('says that an index run over dropped events cannot be made again', async () => {
    const disk = await archived();
    const run = storeFiles(disk).find((path) => path.endsWith('.run') && path.includes('/000000000000-'))!;
    damageStoreFile(disk, run, (bytes) => flipBit(bytes, bytes.length - 1));
    expect((await verify(disk)).findings[0]).toMatchObject({ code: 'DROPPED_INDEX', path: run, harm: 'events' });
  });
});

describe('a store without a head', () => {
  it('reaches as far as its archive, where a partition has nothing else', async () => {
    const disk = emptyDisk();
    const store = openStore(disk, { partitioner: 'perStream', segmentBytes: 100 });
    for (let n = 1; n <= 6; n++) await store.commit(n < 6 ? 'old' : 'new', { n }).durable;
    await store.archive({ before: 6, to: '/archive' });
    await store.close();
    expect(storeFiles(disk).filter((path) => path.endsWith('.seg'))).toHaveLength(1);
    disk.startProcess().remove(`${storePath}/head`);
    expect(await verify(disk)).toMatchObject({ lastPosition: 6, events: 6 });
    // How far an archive reaches is in the catalog, also while it is away and nothing else is there.
    disk.startProcess().rename('/archive', '/unmounted');
    disk.startProcess().remove(storeFiles(disk).find((path) => path.endsWith('.seg'))!);
    const { lastPosition, findings } = await verify(disk);
    expect(lastPosition).toBe(5);
    expect(findings.map(({ code }) => code)).toContain('ARCHIVE_MISSING');
  });
});
