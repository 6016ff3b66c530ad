/** The worked example of docs/format.md: the bytes of one frame and one head slot, field by field. */
import { checksumSeed } from '../src/format/checksum.ts';
import { encodeHeadSlot, headSlotBytes } from '../src/format/head.ts';
import type { DocPage } from './doc-page.ts';
import { encodeFrame } from './encode-frame.ts';
import { decodeFixed, decodeVariable, type DecodedField } from './layout-table.ts';

const seed = checksumSeed('0123456789abcdef0123456789abcdef');

function exampleFrame(): Buffer {
  const fields = {
    previous: 0x1122_3344,
    epoch: 3,
    position: 41,
    clockUs: Date.UTC(2026, 0, 1) * 1000,
    streamId: 5,
    streamVersion: 8,
  };
  const payloads = ['{"type":"ItemAdded"}', '{"type":"ItemPaid"}'].map((text) => Buffer.from(text));
  return encodeFrame({ seed, fields, payloads, metadata: Buffer.from('{"user":7}') });
}

function exampleHead(): Buffer {
  const slot = Buffer.alloc(headSlotBytes);
  const clockUs = Date.UTC(2026, 0, 1) * 1000 + 1250;
  const positions = { visible: 42, durable: 42, indexed: 0 };
  const flags = { clean: false, hasCommitIds: false, redo: 0 };
  const catalog = { catalogBytes: 211, durableCatalogBytes: 211 };
  encodeHeadSlot(slot, { sequence: 7, epoch: 3, clockUs, ...flags, ...catalog, ...positions }, seed);
  return slot;
}

/** Both examples as the page shows them, decoded with the page's own tables. */
export function describeExamples(page: DocPage): string[] {
  const frame = exampleFrame();
  const fixed = decodeFixed(page.table('Frame'), frame);
  const variable = decodeVariable(page.table('Frame', 2), frame, fixed.at(-1)!.end, ['several', 'metadata']);
  const head = exampleHead();
  return [describe(frame, [...fixed, ...variable]), describe(head, decodeFixed(page.table('Head'), head))];
}

const bytesPerLine = 8;

function describe(bytes: Buffer, fields: readonly DecodedField[]): string {
  const lines = [line('offset', 'bytes', 'field', 'value')];
  for (const { field, start, end, value } of fields) {
    for (let at = start; at < end; at += bytesPerLine) {
      const hex = bytes
        .subarray(at, Math.min(end, at + bytesPerLine))
        .toString('hex')
        .replaceAll(/..(?=.)/g, '$& ');
      lines.push(at === start ? line(String(at), hex, field, valueText(field, value)) : line(String(at), hex));
    }
  }
  return `${lines.join('\n')}\n`;
}

function valueText(field: string, value: DecodedField['value']): string {
  if (typeof value !== 'number') return Buffer.isBuffer(value) ? textOf(value) : value.join(', ');
  return /^(checksum|previous|kind)$/.test(field) ? `0x${value.toString(16)}` : String(value);
}

function textOf(bytes: Buffer): string {
  return bytes.every((byte) => byte === 0) ? '' : bytes.toString('utf8');
}

function line(offset: string, hex: string, field = '', value = ''): string {
  return `${offset.padEnd(8)}${hex.padEnd(3 * bytesPerLine + 1)}${field.padEnd(16)}${value}`.trimEnd();
}
