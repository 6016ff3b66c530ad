/**
 * What is whole by its checksums, and cannot be right: frames that a writer would not have written there, a head that promises
 * half a commit, bytes in a payload that look like a frame. A check must not believe what is merely whole.
 */
import { type Finding, type FindingCode, verifyStore, type VerifyResult } from '@varve/core';
import {
  checksumSeed,
  decodeFileHeader,
  decodeHead,
  encodeFileHeader,
  encodeHeadSlot,
  fileHeaderBytes,
  frameKind,
  frameLayout,
  headSlotOffset,
} from '@varve/core/internal';
import type { SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import type { WriteOptions } from '../src/index.ts';
import { forgeFrames } from './simulation/forged-frame.ts';
import { damageStoreFile, flipBit, openStore, readStoreFile, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

async function verify(disk: SimulatedDisk): Promise<VerifyResult> {
  return verifyStore(storePath, { fileSystem: disk.startProcess() });
}

function seedOf(disk: SimulatedDisk): number {
  return checksumSeed((JSON.parse(readStoreFile(disk, 'store.json').toString()) as { id: string }).id);
}

function about(code: FindingCode, text: string): Partial<Finding> {
  return expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as Partial<Finding>;
}

/** Two writers, one after the other, made ten events each, one per commit, in one stream. */
async function plainStore(options: WriteOptions = {}): Promise<SimulatedDisk> {
  const disk = emptyDisk();
  for (const first of [1, 11]) {
    const store = openStore(disk, { eventsPerIndexRun: 8, ...options });
    for (let n = first; n < first + 10; n++) store.commit('stream', { n });
    await store.close();
  }
  expect(await verify(disk)).toMatchObject({ isWhole: true, events: 20 });
  return disk;
}

describe('a frame that is whole, and', () => {
  const cases: readonly [what: string, number: number, change: (frame: Buffer) => void, Partial<Finding>][] = [
    [
      'is of an epoch before that of an earlier one',
      15,
      (frame) => frame.writeUInt32LE(1, frameLayout.epoch),
      about('CHAIN', 'epoch is lower'),
    ],
    [
      'is of a writer that there was not',
      19,
      (frame) => frame.writeUInt32LE(9, frameLayout.epoch),
      about('CHAIN', 'of a history that the store has lost'),
    ],
    [
      'has a position that was there before',
      12,
      (frame) => frame.writeUIntLE(3, frameLayout.position, 6),
      about('CHAIN', 'not higher than that of an earlier frame'),
    ],
    [
      'is older than the one before',
      5,
      (frame) => frame.fill(0, frameLayout.clock, frameLayout.end),
      about('CHAIN', 'time is earlier'),
    ],
    [
      'is of a stream that there is not',
      5,
      (frame) => frame.writeUInt8(100, frameLayout.end),
      about('REFERENCE', 'a stream or index that the catalog does not have'),
    ],
  ];

  it.each(cases)('%s', async (_, number, change, found) => {
    const disk = await plainStore();
    forgeFrames(disk, '.seg', (frame, at) => {
      if (at === number) change(frame);
    });
    expect((await verify(disk)).findings).toContainEqual(found);
  });

  it('has a version that others of its stream leave no room for', async () => {
    const disk = await plainStore({ eventsPerIndexRun: 64 });
    forgeFrames(disk, '.seg', (frame, at) => {
      if (at === 18) frame.writeUInt8(40, frameLayout.end + 1);
    });
    expect((await verify(disk)).findings).toEqual([about('STREAM_VERSION', 'not consecutive')]);
  });

  it('is of a writer that there was not, does not count', async () => {
    const disk = await plainStore();
    forgeFrames(disk, '.seg', (frame, at) => {
      if (at === 19) frame.writeUInt32LE(9, frameLayout.epoch);
    });
    expect(await verify(disk)).toMatchObject({ events: 19, missing: [{ from: 20, to: 20 }] });
  });

  it('has the position of another one, is missed at its own', async () => {
    const disk = await plainStore();
    forgeFrames(disk, '.seg', (frame, at) => {
      if (at === 12) frame.writeUIntLE(3, frameLayout.position, 6);
    });
    const { findings, missing } = await verify(disk);
    expect(missing).toEqual([{ from: 13, to: 13 }]);
    expect(findings).toContainEqual(about('CHAIN', 'another frame has the position 3, too'));
  });
});

describe('a head that is whole, and', () => {
  it.each([2, 3])('promises a part of a commit: up to %s of 4', async (visible) => {
    const disk = emptyDisk();
    const store = openStore(disk);
    store.commit('first', { n: 1 });
    store.commitAll([
      { stream: 'first', events: [{ n: 2 }] },
      { stream: 'second', events: [{ n: 3 }, { n: 4 }] },
    ]);
    await store.close();
    damageStoreFile(disk, '/head', (bytes) => {
      const head = decodeHead(bytes, bytes.length, seedOf(disk))!;
      const sequence = head.sequence + 1;
      const slot = bytes.subarray(headSlotOffset(sequence));
      encodeHeadSlot(slot, { ...head, sequence, visible, durable: visible }, seedOf(disk));
      return bytes;
    });
    expect((await verify(disk)).findings).toEqual([about('EVENTS_MISSING', 'goes on after the last visible position')]);
  });
});

describe('a segment', () => {
  it('that was begun, and not written, is nothing: the next writer goes on there', async () => {
    const disk = await plainStore();
    const path = storeFiles(disk).find((each) => each.endsWith('.seg'))!;
    const next = String(readStoreFile(disk, path).length).padStart(20, '0');
    const file = disk.startProcess().open(path.replace(/\d{20}/, next), 'create');
    file.write(readStoreFile(disk, path), 0, 10, 0);
    expect(await verify(disk)).toMatchObject({ isWhole: true, events: 20 });
    // Without a head, the new segment is asked for the last position, and has none.
    disk.startProcess().remove(`${storePath}/head`);
    expect(await verify(disk)).toMatchObject({ lastPosition: 20, findings: [{ code: 'HEAD' }] });
  });

  it('does not follow what was before it, when its header says so', async () => {
    const disk = await plainStore();
    damageStoreFile(disk, '.seg', (bytes) => {
      const header = decodeFileHeader(bytes, bytes.length, 'segment', seedOf(disk));
      if (typeof header === 'string') throw new Error(header);
      bytes.set(encodeFileHeader({ ...header, previous: 1 }, seedOf(disk)));
      return bytes;
    });
    expect((await verify(disk)).findings).toContainEqual(about('CHAIN', 'does not follow what was before it'));
  });
});

describe('behind damage, a check goes on', () => {
  const lengthsOf = (disk: SimulatedDisk): number[] => {
    const lengths: number[] = [];
    forgeFrames(disk, '.seg', (frame) => lengths.push(frame.length));
    return lengths;
  };

  function damageFrames(disk: SimulatedDisk, ...positions: number[]): void {
    const lengths = lengthsOf(disk);
    damageStoreFile(disk, '.seg', (bytes) => {
      for (const position of positions) {
        flipBit(bytes, fileHeaderBytes + lengths.slice(0, position - 1).reduce((sum, each) => sum + each, 0));
      }
      return bytes;
    });
  }

  it('at the next frame that the position index leads to, and that is whole', async () => {
    const disk = await plainStore();
    damageFrames(disk, 5, 6);
    const { findings, missing } = await verify(disk);
    expect(missing).toEqual([{ from: 5, to: 6 }]);
    expect(findings).toMatchObject([{ code: 'FRAME', position: 5, lastPosition: 6 }]);
  });

  // A damaged frame, and a wrong entry for it: the whole frames up to where the entry leads were reported as missing, and an
  // export left them out.
  it('not at a frame that a wrong entry of the index leads to', async () => {
    const disk = await plainStore();
    damageFrames(disk, 5);
    const entryBytes = 8;
    damageStoreFile(disk, 'positions-000000000001.idx', (bytes) => {
      bytes.copy(bytes, 4 * entryBytes, 8 * entryBytes, 9 * entryBytes);
      return bytes;
    });
    expect((await verify(disk)).missing).toEqual([{ from: 5, to: 5 }]);
  });

  /** Five events, the third of which contains these bytes and is damaged; nothing but the bytes shows the way past it. */
  async function withBytes(bytesFrom: (segment: Buffer) => Uint8Array): Promise<VerifyResult> {
    const disk = emptyDisk();
    const store = openStore(disk);
    for (const n of [1, 2]) store.commit('stream', { n });
    store.flush();
    store.commit('stream', { bytes: bytesFrom(readStoreFile(disk, '.seg')) });
    for (const n of [4, 5]) store.commit('stream', { n });
    await store.close();
    damageFrames(disk, 3);
    disk.startProcess().remove(`${storePath}/positions-000000000001.idx`);
    return verify(disk);
  }

  it('not at bytes in a payload that look like a frame, or are one of earlier', async () => {
    const { findings, missing } = await withBytes((segment) => {
      const frame = segment.subarray(fileHeaderBytes);
      const [short, long, damaged] = [0, 0, 0].map(() => Buffer.from(frame));
      short!.writeUInt32LE(5, frameLayout.length);
      long!.writeUInt32LE(2 ** 31, frameLayout.length);
      damaged![0]! ^= 1;
      return Buffer.concat([short!, long!, damaged!, frame]);
    });
    expect(missing).toEqual([{ from: 3, to: 3 }]);
    expect(findings.map(({ code }) => code).sort()).toEqual(['EVENTS_MISSING', 'FRAME', 'POSITION_INDEX']);
  });

  it('nowhere, where bytes that were made to look like frames would keep it for hours', async () => {
    const { missing } = await withBytes(() => {
      const bytes = Buffer.alloc(3_145_728);
      const fake = frameLayout.end;
      for (let at = 0; at + fake < 1_048_576; at += fake) {
        bytes.writeUInt32LE(2_000_000, at + frameLayout.length);
        bytes.writeUInt8(frameKind, at + frameLayout.kind);
      }
      return bytes;
    });
    expect(missing).toEqual([{ from: 3, to: 5 }]);
  });
});
