/** Decodes bytes by a table of docs/format.md alone, which proves that the table describes what the code does. */
import type { TableRow } from './doc-page.ts';

export interface DecodedField {
  readonly field: string;
  readonly start: number;
  readonly end: number;
  readonly value: number | number[] | Buffer;
}

const widths: Readonly<Record<string, number>> = { u8: 1, u32: 4, u48: 6, u56: 7 };

/** Decodes by a table with the columns offset, size, field and type. Throws when sizes and types contradict each other. */
export function decodeFixed(rows: readonly TableRow[], bytes: Buffer): DecodedField[] {
  return rows.map(({ offset, size, field = '', type = '' }) => {
    const start = Number(offset);
    const end = start + Number(size);
    const width = widths[type];
    if (width === undefined) return { field, start, end, value: bytes.subarray(start, end) };
    if (width !== end - start) throw new Error(`${field} is ${type}, and does not take ${end - start} bytes`);
    return { field, start, end, value: readNumber(bytes, start, width) };
  });
}

/**
 * Decodes by a table with the columns field, type and present, one field after the other from `start` on. `flags` are
 * the flags that are set; `known` holds numbers that a type may refer to, besides the fields before it.
 */
export function decodeVariable(
  rows: readonly TableRow[],
  bytes: Buffer,
  start: number,
  flags: readonly string[] = [],
  known: Readonly<Record<string, number>> = {},
): DecodedField[] {
  const numbers: Record<string, number> = { ...known };
  const fields: DecodedField[] = [];
  let at = start;
  for (const row of rows) {
    if (!row.present!.split(', ').every((condition) => holds(condition, flags))) continue;
    const { value, end } = decodeType(row.type!, bytes, at, numbers);
    if (typeof value === 'number') numbers[row.field!] = value;
    fields.push({ field: row.field!, start: at, end, value });
    at = end;
  }
  return fields;
}

/** `condition`: `always`, the name of a flag, or `not` and the name of a flag. */
function holds(condition: string, flags: readonly string[]): boolean {
  if (condition === 'always') return true;
  const flag = condition.replace(/^not /, '');
  return flags.includes(flag) === (flag === condition);
}

export function valuesOf(fields: readonly DecodedField[]): Record<string, DecodedField['value']> {
  return Object.fromEntries(fields.map(({ field, value }) => [field, value]));
}

function decodeType(
  type: string,
  bytes: Buffer,
  at: number,
  numbers: Readonly<Record<string, number>>,
): { value: DecodedField['value']; end: number } {
  const [kind = '', quantity = ''] = type.split(/ × | /);
  if (type === 'varint') return readVarintAt(bytes, at);
  if (type === 'bytes to the end') return { value: bytes.subarray(at), end: bytes.length };
  const count = numbers[quantity];
  if (count === undefined) throw new Error(`The type "${type}" refers to something that is not known`);
  if (kind === 'bytes') return { value: bytes.subarray(at, at + count), end: at + count };
  const value: number[] = [];
  let end = at;
  for (let left = count; left > 0; left--) {
    const item = kind === 'varint' ? readVarintAt(bytes, end) : { value: bytes.readUInt32LE(end), end: end + 4 };
    value.push(item.value);
    end = item.end;
  }
  return { value, end };
}

function readVarintAt(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start, scale = 1; ; at++, scale *= 128) {
    value += (bytes[at]! & 127) * scale;
    if (bytes[at]! < 128) return { value, end: at + 1 };
  }
}

function readNumber(bytes: Buffer, start: number, width: number): number {
  return bytes.subarray(start, start + width).reduceRight((sum, byte) => sum * 256 + byte, 0);
}
