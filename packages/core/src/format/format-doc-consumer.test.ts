/** Compares what docs/format.md says of the files of consumers with the code. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { DocPage } from '../../test/doc-page.ts';
import { decodeFixed, valuesOf } from '../../test/layout-table.ts';
import {
  consumerMark,
  consumerSlotLayout,
  consumerSlotSeed,
  encodeConsumerHeader,
  encodeConsumerRecord,
} from './consumer-record.ts';

const page = new DocPage('format.md');
const id = '0123456789abcdef0123456789abcdef';

it('"Consumer" and "Consumer slot" decode a file', () => {
  const mark = { holds: 'state', kind: 'stream', key: 'orders', consumerId: 'mailer' } as const;
  const consumer = consumerMark(mark);
  const header = Buffer.from(encodeConsumerHeader({ slotBytes: 0x0605_0403_0201, storeId: id, consumer }));
  expect(valuesOf(decodeFixed(page.table('Consumer'), header))).toEqual({
    checksum: crc32(header.subarray(4)),
    magic: Buffer.from('VARVC'),
    version: 2,
    slotBytes: 0x0605_0403_0201,
    storeId: Buffer.from(id),
    consumer: createHash('sha256').update('["state","stream","orders","mailer"]').digest().subarray(0, 16),
  });
  const record = { sequence: 2 ** 47, position: 2 ** 40, epoch: 3, frameChecksum: 2 ** 31 };
  const slot = Buffer.alloc(33);
  encodeConsumerRecord(slot, { ...record, state: Buffer.from('state') }, consumerSlotSeed(header));
  const sum = crc32(slot.subarray(4), header.readUInt32LE(0));
  expect(valuesOf(decodeFixed(page.table('Consumer slot'), slot))).toEqual({ ...record, checksum: sum, length: 33 });
  expect(slot.subarray(consumerSlotLayout.end)).toEqual(Buffer.from('state'));
});
