import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileSystem } from '../file-system/file-system.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { encodeStoreDescription } from '../format/store-file.ts';
import { ConsumerFile } from './consumer-file.ts';
import { readConsumerState } from './consumer-state.ts';

const storeId = '0123456789abcdef0123456789abcdef';
let storageDirectory: string;
let owner: ConsumerFile;

function place(stream = 'orders') {
  return { storageDirectory, store: 'shop', stream, consumerId: 'totals' };
}

beforeEach(() => {
  storageDirectory = mkdtempSync(join(tmpdir(), 'varve-consumer-state-'));
  const directory = join(storageDirectory, 'shop');
  mkdirSync(directory);
  const description = { id: storeId, codec: 'msgpackr', partitioner: 'shared', created: '2026-01-01T00:00:00.000Z' };
  writeFileSync(join(directory, 'store.json'), encodeStoreDescription(description));
  owner = new ConsumerFile({
    fileSystem: nodeFileSystem,
    directory: `${directory}/consumers`,
    storeId,
    source: 'orders',
    consumerId: 'totals',
  });
  owner.acquire();
});

afterEach(() => {
  owner.release();
  rmSync(storageDirectory, { recursive: true });
});

describe('readConsumerState', () => {
  it('is undefined until something was saved', () => {
    expect(readConsumerState(place())).toBeUndefined();
    expect(readConsumerState(place('other'))).toBeUndefined();
  });

  it('gives what was saved last, while the owner holds the consumer', () => {
    owner.save({ position: 7, epoch: 1, frameChecksum: 5, state: { sum: 3 } }, false);
    owner.save({ position: 9, epoch: 1, frameChecksum: 6, state: { sum: 4, names: new Set(['ö']) } }, false);
    expect(readConsumerState(place())).toEqual({ position: 9, state: { sum: 4, names: new Set(['ö']) } });
  });

  it('looks again when it met the owner in the middle of a write', () => {
    owner.save({ position: 7, epoch: 1, frameChecksum: 5, state: { sum: 3 } }, false);
    const whole = readFileSync(owner.path);
    const torn = Buffer.from(whole).fill(0xff, 64);
    let opened = 0;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open(path, mode) {
        if (path === owner.path) writeFileSync(path, ++opened === 1 ? torn : whole);
        return nodeFileSystem.open(path, mode);
      },
    };
    expect(readConsumerState({ ...place(), fileSystem })).toEqual({ position: 7, state: { sum: 3 } });
    expect(opened).toBe(2);
  });

  it('says which file cannot be read', () => {
    owner.save({ position: 7, epoch: 1, frameChecksum: 5, state: { sum: 3 } }, false);
    const bytes = readFileSync(owner.path);
    bytes.fill(0xff, 64);
    writeFileSync(owner.path, bytes);
    expect(() => readConsumerState(place())).toThrow(
      expect.objectContaining({ code: 'CONSUMER_STATE', path: owner.path }),
    );
  });

  it('says that there is no store', () => {
    expect(() => readConsumerState({ ...place(), store: 'other' })).toThrow(
      expect.objectContaining({ code: 'STORE_MISSING', path: `${storageDirectory}/other` }),
    );
  });
});
