/** Names and sizes of partitions: refused before the first byte, or the same at each opening. */
import type { FileSystem } from '@varve/core';
import {
  checksumSeed,
  decodeFileHeader,
  encodeFileHeader,
  fileHeaderBytes,
  fileNames,
  maxPartitionBytes,
  positionsFileName,
  readWholeFile,
  segmentFileName,
} from '@varve/core/internal';
import type { PartitionerOption } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { countedIn, countFrom, thrownBy } from './counted-events.ts';
import { StoresOnDisk } from './stores-on-disk.ts';

describe('the name that a partitioner function gives', () => {
  const hostile = [
    '../../outside',
    '..',
    '/',
    'a\0b',
    'Twin',
    'twin',
    'TWIN',
    'con',
    '\u{1f600}',
    '\u00e9',
    'e\u0301',
    'x'.repeat(1024),
    `${'x'.repeat(1023)}y`,
    '-',
    '.tmp',
    'a\nb',
  ];

  it('may be any well-formed text, and is the same partition at each open', async () => {
    const stores = new StoresOnDisk();
    const partitioner: PartitionerOption = ({ payload }) => (payload as { to: string }).to;
    for (let round = 1; round <= 3; round++) {
      const store = stores.open({ partitioner });
      for (const to of hostile) store.commit('s', { to, round });
      await store.close();
    }
    expect(stores.partitions()).toHaveLength(hostile.length);
    // Nothing is outside of the folder of partitions, and there is one file in each.
    expect((stores.process.list('/data') ?? []).sort()).toEqual(['store']);
    for (const folder of stores.process.list('/data/store/partitions')!) {
      expect(stores.process.list(`/data/store/partitions/${folder}`)).toEqual([segmentFileName(0)]);
    }
    const reader = stores.openReader();
    const read = [...reader.getAllEvents()] as { to: string; round: number }[];
    expect(read.map(({ to }) => to)).toEqual([...hostile, ...hostile, ...hostile]);
    await reader.close();
  });

  it.each([['\ud800'], ['a\udc00b'], [''], ['x'.repeat(1025)], [7], [undefined], [null], [{}]])(
    'is refused when it is %j, with nothing written',
    async (name) => {
      const stores = new StoresOnDisk();
      const store = stores.open({ partitioner: (() => name) as () => string });
      const refused = thrownBy(() => store.commit('s', { n: 1 })) as {
        readonly code: string;
        readonly found?: unknown;
      };
      expect([refused.code, refused.found]).toEqual(['INVALID_OPTION', name]);
      expect(store.position).toBe(0);
      await store.close();
      expect(stores.partitions()).toEqual([]);
    },
  );
});

/** Makes the first segment of a store look as if `baseOffset` bytes came before it; recovery indexes it again. */
function moveTo(fileSystem: FileSystem, folder: string, baseOffset: number): void {
  const path = `${folder}/${segmentFileName(0)}`;
  const id = /"id": "(\w+)"/.exec(new TextDecoder().decode(readWholeFile(fileSystem, '/data/store/store.json')))![1]!;
  const seed = checksumSeed(id);
  const header = decodeFileHeader(readWholeFile(fileSystem, path)!, fileHeaderBytes, 'segment', seed);
  if (typeof header === 'string') throw new Error(header);
  const file = fileSystem.open(path, 'write');
  const bytes = encodeFileHeader({ ...header, baseOffset }, seed);
  file.write(bytes, 0, bytes.length, 0);
  file.close();
  fileSystem.rename(path, `${folder}/${segmentFileName(baseOffset)}`);
  for (const name of [fileNames.head, positionsFileName(1)]) fileSystem.remove(`/data/store/${name}`);
}

describe('a partition that is as large as the position index can address', () => {
  it.each<[string, PartitionerOption]>([
    ['shared', 'shared'],
    ['s', 'perStream'],
  ])('refuses a commit before its first byte: %s', async (name, partitioner) => {
    const stores = new StoresOnDisk();
    const first = stores.open({ partitioner });
    first.commit('s', { n: 1 });
    await first.close();
    moveTo(stores.process, `/data/store/partitions/000001-${name}`, maxPartitionBytes - 1000);
    const store = stores.open({ partitioner, segmentBytes: 400 });
    let accepted = 1;
    let refusal: unknown;
    while ((refusal = thrownBy(() => store.commit('s', { n: accepted + 1 }))) === undefined) accepted++;
    expect(refusal).toMatchObject({ code: 'PARTITION_FULL', expected: maxPartitionBytes });
    expect(accepted).toBeGreaterThan(5);
    expect(store.position).toBe(accepted);
    // The store goes on in other partitions, and everything that was accepted is there.
    const other = partitioner === 'perStream' ? 1 : 0;
    if (other > 0) store.commit('t', { n: accepted + 1 });
    await store.close();
    const again = stores.open();
    expect(countedIn(again.getAllEvents())).toEqual(countFrom(1, accepted + other));
    expect(thrownBy(() => again.commit('s', { n: 0 }))).toMatchObject({ code: 'PARTITION_FULL' });
    await again.close();
  });
});
