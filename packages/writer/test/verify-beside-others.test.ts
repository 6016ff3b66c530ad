/**
 * A check reads what others write, merge, archive and remove meanwhile: every moment at which a file or folder can go is tried,
 * one call after the other. A missing file is a finding, or none when nobody needs it; it never ends the check. What the
 * operating system refuses to read ends it: nobody knows then what is in the file.
 *
 * The check ended with `ENOTDIR` beside a snapshot that was being written, `….snapshot.tmp`, which it treated as a folder, and
 * with `ENOENT` when the catalog was removed between two calls.
 */
import assert from 'node:assert/strict';
import { type VerifyResult, verifyStore } from '@varve/core';
import { type Call, type FaultPlan, SimulatedDisk } from '@varve/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { fullStore, fullStoreOptions } from './simulation/full-store.ts';
import { openStore } from './simulation/power-cut.ts';
import { storePath } from './simulation/recorded-run.ts';

/** Nobody needs these forever: runs are merged, commit ids too, and older snapshots and blobs removed. */
const replaceable =
  /\/(\d{12}-\d{12}\.(run|ids)|(names-)?\d{12}\.(idx|snapshot)|[0-9a-f]{64}\.blob|[a-z.0-9-]+\.state)$/;
/** Without these, events are lost, or what is left of those that were dropped. */
const truth = /\.seg$|-\d+\.run$|\/(store|store\.json|catalog|partitions|000001-shared|indexes|commit-ids)$/;

/** A store with every kind of file, also with archived segments, and with the files of a prevalent system. */
async function everything(): Promise<SimulatedDisk> {
  const disk = await fullStore({ segmentBytes: 1024 });
  const store = openStore(disk, { ...fullStoreOptions, segmentBytes: 1024 });
  await store.archive({ before: 60, to: '/archive' });
  await store.drop({ before: 40 });
  await store.close();
  const blob = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.blob';
  const shop = `${storePath}/prevalence/shop`;
  disk.makeDirectory(`${shop}/blobs`);
  const more = [`${storePath}/names-000000000064.idx`, `${shop}/blobs/${blob}`, `${shop}/000000000048.snapshot`];
  // A snapshot that is being written, or was when its process was killed; and one that somebody moved away from its system.
  more.push(`${shop}/000000000096.snapshot.tmp`, `${storePath}/prevalence/000000000032.snapshot`);
  for (const path of more) disk.startProcess().open(path, 'create').close();
  return disk;
}

/** Checks a copy of the disk, while something happens before its calls. */
async function verify(origin: SimulatedDisk, plan: (disk: SimulatedDisk) => FaultPlan): Promise<VerifyResult> {
  const disk = new SimulatedDisk(origin.medium.copy());
  disk.faults = plan(disk);
  return verifyStore(storePath, { fileSystem: disk.startProcess() });
}

let origin: SimulatedDisk;
const calls: Call[] = [];

beforeAll(async () => {
  origin = await everything();
  const { findings, events } = await verify(origin, () => (call) => void calls.push(call));
  // Those two have no byte; nothing else is wrong.
  assert.deepEqual([events, ...findings.map(({ code }) => code)], [74, 'NAME_INDEX', 'SNAPSHOT']);
});

/** Checks while a path is removed before the call with this number. */
async function verifyWithout(number: number, path: string): Promise<VerifyResult> {
  return verify(origin, (disk) => (call) => {
    if (call.number !== number) return undefined;
    disk.faults = undefined;
    disk.startProcess().rename(path, '/gone');
    return undefined;
  });
}

describe('a check', () => {
  it('goes on without any file or folder, from any moment on', { timeout: 60_000 }, async () => {
    const opened = new Set<string>();
    for (const { number, kind, path } of calls) {
      if (origin.medium.find(path) === undefined) continue;
      const { findings, hasAllEvents } = await verifyWithout(number, path);
      const told = findings
        .filter(({ code }) => code !== 'SNAPSHOT' && code !== 'NAME_INDEX')
        .map((found) => `${found.code} ${found.path}`);
      const moment = `${path} goes before call ${number}, ${kind}: ${told.join()}`;
      if (replaceable.test(path)) {
        assert(told.length === 0, moment);
      } else if (kind === 'open' && !opened.has(path)) {
        // It was not read yet: what it has is missed, and the file is named.
        assert(
          told.some((each) => each.endsWith(` ${path}`)),
          moment,
        );
      }
      assert(hasAllEvents || truth.test(path), moment);
      if (kind === 'open') opened.add(path);
    }
    expect([...opened].map((path) => path.replace(/.*\./, '').replace(/.*\//, ''))).toEqual(
      expect.arrayContaining(['json', 'head', 'catalog', 'seg', 'run', 'idx', 'ids', 'state', 'snapshot', 'blob']),
    );
  });

  it('ends where the system refuses anything: what is there is not known then', { timeout: 60_000 }, async () => {
    for (const { number, kind, path } of calls) {
      const check = verify(origin, () => (call) => (call.number === number ? { code: 'EIO' } : undefined));
      const outcome: unknown = await check.catch((error: unknown) => error);
      assert(outcome instanceof Error, `${kind} of ${path} failed, and the check did not`);
      assert.match(`${outcome.message} ${String(outcome.cause)}`, /EIO/);
    }
  });
});
