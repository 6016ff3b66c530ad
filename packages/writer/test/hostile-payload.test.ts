/** A payload that nobody committed, with a valid checksum, ends in an error that says which event it is, however it is read. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checksumSeed, fileHeaderBytes, FrameView, sealFrame } from '@varve/core/internal';
import { beforeEach, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let store: EventStore;

beforeEach(async () => {
  const storageDirectory = temporaryDirectory();
  const writer = new EventStore('shop', { storageDirectory });
  writer.commit('orders', { text: 'x'.repeat(100_000) });
  await writer.close();
  const folder = join(storageDirectory, 'shop');
  const { id } = JSON.parse(readFileSync(join(folder, 'store.json'), 'utf8')) as { id: string };
  const name = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((file) => file.endsWith('.seg'))!;
  const segment = readFileSync(join(folder, name));
  const frame = new FrameView();
  frame.parse(segment, fileHeaderBytes, segment.length, checksumSeed(id));
  // Nested lists, deeper than the stack.
  segment.fill(0x91, frame.payloadStart(0), frame.payloadEnd(0));
  sealFrame(segment, frame.start, frame.end, checksumSeed(id));
  writeFileSync(join(folder, name), segment);
  store = new EventStore('shop', { storageDirectory, readOnly: true });
  return () => store.close();
});

const refusal = expect.objectContaining({ code: 'SERIALIZATION', position: 1 }) as Error;

it('when it is decoded', () => {
  expect(() => store.getEventStream('orders').events).toThrow(refusal);
});

it('when it becomes a line of JSON', async () => {
  const lines = store.getEventStream('orders').toNdjson();
  await expect(lines.toArray()).rejects.toThrow(refusal);
});
